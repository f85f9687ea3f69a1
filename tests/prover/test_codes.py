"""For each check a policy that fails it with exactly this text, and a neighbour one edit away that is clean.

`UPDATE_GOLDEN=1 pytest tests/prover/test_codes.py` writes the texts anew: read what changed before you commit it.
"""

import os
from pathlib import Path

import pytest

from resolver.diagnostics import render_all
from tests.prover.shipped import Edit, edited, found_in

GOLDEN = Path(__file__).parent / "golden"
CALM = """    calm:
      pri: 45
      all:
        - m: {$and: [{$nex: {role_default: 1}}, {role: critic}]}
      run: {tier: general}

    unlisted_role:
"""
NO_ENTRY = "  escalation_state: {}\n"
SAFE = "{$gte: {strikes: 3}}, {$nex: {raised_tier: 1}}"
AT_ONCE = "{$or: [{$gte: {strikes: 3}}, {kind: task}]}"
OVERRIDES = "  phase_overrides:\n    execution:\n      worker_a: fast\n      worker_b: fast\n"
ESCALATION = """    escalation:
      pri: 20
      all:
        - m: {$ex: {escalated_tier: 1}}
      run: {tier: {$m: escalated_tier}}
      because: An escalation outranks phase and role.
"""
HELD = "{role: code_execution}, {$gte"
PIN = "- m: {role: code_execution}"
THREE = "- m: {$and: [{result: failure}, {$gte: {strikes: 3}}]}"


def entry(key: str, tier: str) -> Edit:
    return "model_tiers", NO_ENTRY, f'  escalation_state:\n    "{key}": {tier}\n'


CASES: dict[str, tuple[list[Edit], Edit]] = {  # name → what makes the good neighbour, and the edit that makes it bad
    "gap": ([], ("precedence", "- m: {$nex: {role_default: 1}}", "- m: {role: critic}")),
    "gap-outcome": (
        [],
        ("three_strikes", "- m: {result: success}", "- m: {$and: [{result: success}, {role: critic}]}"),
    ),
    "dangling": ([], ("precedence", "- m: {$ex: {phase_override: 1}}", "- m: {$ex: {phase: 1}}")),
    "dangling-outcome": ([], ("three_strikes", SAFE, "{$gte: {strikes: 4}}, {$nex: {raised_tier: 1}}")),
    "lowers": (
        [
            ("model_tiers", "    critic: general\n", "    critic: fast\n"),
            ("model_tiers", "  phase_overrides:\n", "  phase_overrides:\n    planning:\n      critic: reasoning\n"),
            ("three_strikes", "{$nex: {raised_tier: 1}}", "{$or: [{$nex: {raised_tier: 1}}, {$nex: {next_tier: 1}}]}"),
        ],
        ("three_strikes", "{$m: raised_tier}", "{$m: next_tier}"),
    ),
    "success-effect": ([], ("three_strikes", "run: reset", "run: hold")),
    "hair-trigger": (
        [
            ("three_strikes", SAFE, f"{AT_ONCE}, {{$nex: {{raised_tier: 1}}}}"),
            ("code_execution", f"{HELD}: {{strikes: 3}}}}", f"{{role: code_execution}}, {AT_ONCE}"),
        ],
        ("three_strikes", THREE, f"- m: {{$and: [{{result: failure}}, {AT_ONCE}]}}"),
    ),
    "stuck": ([], ("three_strikes", "run: ignore", "run: reset")),
    "futile": ([("model_tiers", OVERRIDES, "")], ("precedence", "      pri: 40\n", "      pri: 19\n")),
    "futile-unread": ([], ("precedence", ESCALATION, "")),
    "futile-pinned": ([], ("code_execution", PIN, "- m: {role: [code_execution, critic]}")),
    "futile-phase": ([], ("code_execution", PIN, "- m: {$or: [{role: code_execution}, {phase: review}]}")),
    "futile-literal": ([], ("precedence", "{tier: {$m: escalated_tier}}", "{tier: general}")),
    "shadowed": ([], ("three_strikes", "pri: 20", "pri: 65")),
    "vacuous": (
        [],
        ("code_execution", PIN, "- m: {$and: [{role: critic}, {role: proposer}]}"),
    ),
    "redundant": ([], ("precedence", "    unlisted_role:\n", CALM)),
    "held-down": (
        [entry("layout:orchestrator", "reasoning")],
        ("model_tiers", '"layout:orchestrator": reasoning', '"layout:orchestrator": general'),
    ),
    "no-effect": (
        [entry("layout:critic", "reasoning")],
        ("model_tiers", '"layout:critic": reasoning', '"layout:code_execution": reasoning'),
    ),
    "no-effect-override": ([], ("model_tiers", "      worker_a: fast\n", "      worker_a: general\n")),
    "no-effect-outranked": ([], ("precedence", "      pri: 30\n", "      pri: 45\n")),
    "no-effect-pinned": (
        [],
        ("model_tiers", "      worker_b: fast\n", "      worker_b: fast\n      code_execution: reasoning\n"),
    ),
    "unlisted": ([], ("model_tiers", "      worker_a: fast\n", "      worker_aa: fast\n")),
    "unlisted-entry": (
        [entry("layout:critic", "reasoning")],
        ("model_tiers", '"layout:critic": reasoning', '"layout:critics": reasoning'),
    ),
    "unlisted-beside": ([], ("model_tiers", "      worker_b: fast\n", "      worker_b: fast\n      worker_c: fast\n")),
    "unlisted-swapped": (
        [],
        ("model_tiers", "  phase_overrides:\n", "  phase_overrides:\n    critic:\n      review: reasoning\n"),
    ),
    "unlisted-rule": (
        [("code_execution", HELD, "{role: [code_execution, critic]}, {$gte")],
        ("code_execution", "[code_execution, critic]", "[code_execution, critics]"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_author_is_told_what_is_wrong(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text is that of the golden file, and it has the code that the case is named after, and no other."""
    setup, bad = CASES[case]
    edited(tmp_path, *setup, bad)
    monkeypatch.chdir(tmp_path)
    found = found_in(Path("policies"))
    assert {one.code for one in found} == {next(code for code in CODES if case == code or case.startswith(f"{code}-"))}
    said, expected = f"{render_all(found)}\n", GOLDEN / f"{case}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(said, encoding="utf-8", newline="\n")
    assert said == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_good_neighbour_is_clean(case: str, tmp_path: Path) -> None:
    """Without the one edit there is nothing to say."""
    assert found_in(edited(tmp_path, *CASES[case][0])) == ()


def test_every_check_has_a_case_and_a_page() -> None:
    """The cases, the golden files and the pages of `resolver check --explain` are about the same checks."""
    pages = Path(__file__).parents[2] / "docs" / "checks"
    # What is too complex is too large for a case here: see test_bounds.py.
    assert {page.stem for page in pages.glob("*.md")} >= {*CODES, "too-complex"}
    assert {golden.stem for golden in GOLDEN.glob("*.txt")} == set(CASES)
    assert set(CODES) <= set(CASES)


CODES = (
    "gap", "dangling", "lowers", "success-effect", "hair-trigger", "stuck", "futile", "shadowed", "vacuous",
    "redundant", "held-down", "no-effect", "unlisted",
)  # fmt: skip
