"""Places of changes lead to the lines that an edit touched, and rows are named where rows decide."""

from __future__ import annotations

import shutil
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from resolver.author import Difference, compare
from resolver.loader import shipped_policy
from resolver.serving import load_and_prove

_CHEAP = """    cheap:
      pri: 15
      all: [{m: {role_default: general}}]
      run: {tier: fast}
"""
_BY_ROW = ("model_tiers.yaml", "proposer: general", "proposer: reasoning")
EDITS: dict[str, list[tuple[str, str, str]]] = {
    "a default": [("model_tiers.yaml", "critic: general", "critic: fast")],
    "several defaults": [
        ("model_tiers.yaml", "critic: general", "critic: fast"),
        ("model_tiers.yaml", "peer_2: general", "peer_2: fast"),
    ],
    "an override": [("model_tiers.yaml", "worker_b: fast", "worker_b: reasoning")],
    "a new override": [("model_tiers.yaml", "    execution:\n", "    execution:\n      critic: reasoning\n")],
    "a new default": [("model_tiers.yaml", "    # dialectic\n", "    # dialectic\n    judge: reasoning\n")],
    "the priority of a rule": [("precedence.yaml", "pri: 30", "pri: 45")],
    "the tier of a rule": [("precedence.yaml", "run: {tier: general}", "run: {tier: reasoning}")],
    "a rule that matches less": [("code_execution.yaml", "- m: {role: code_execution}", "- m: {role: coder}")],
    "an outcome": [("three_strikes.yaml", "filtered, context]", "filtered, context, tool]")],
    "a row that a rule compares with": [("model_tiers.yaml", "critic: general", "critic: reasoning")],
    "a row of another rule": [_BY_ROW],
    "an entry": [("model_tiers.yaml", '"a:critic": general', '"a:critic": reasoning')],
}


def _changed(folder: Path, edits: list[tuple[str, str, str]]) -> tuple[Difference, set[str]]:
    """The difference of the shipped policy and an edited copy, and the edited lines as `file:line`."""
    for name in ("old", "new"):
        shutil.copytree(shipped_policy(), folder / name)
        rows = folder / name / "model_tiers.yaml"
        text = rows.read_text(encoding="utf-8").replace(
            "escalation_state: {}", 'escalation_state: {"a:critic": general}'
        )
        rows.write_text(text, encoding="utf-8")
        if edits == EDITS["a row that a rule compares with"]:
            rules = folder / name / "precedence.yaml"
            text = rules.read_text(encoding="utf-8").replace("  tier:\n", f"  tier:\n{_CHEAP}", 1)
            rules.write_text(text, encoding="utf-8")
    lines = set()
    for name, old, new in edits:
        file = folder / "new" / name
        before = file.read_text(encoding="utf-8")
        assert old in before
        file.write_text(before.replace(old, new, 1), encoding="utf-8")
    for name in {name for name, _, _ in edits}:
        texts = [(folder / side / name).read_text(encoding="utf-8").splitlines() for side in ("old", "new")]
        for tag, _, _, first, last in SequenceMatcher(None, texts[0], texts[1], autojunk=False).get_opcodes():
            lines |= {f"{name}:{line + 1}" for line in range(first, last) if tag != "equal"}
    return compare(load_and_prove(folder / "old"), load_and_prove(folder / "new")), lines


@pytest.mark.parametrize("name", EDITS)
def test_every_place_is_a_line_that_was_edited(tmp_path: Path, name: str) -> None:
    """A reviewer is led to the lines of the change, whether rules or rows decide, and to all of them."""
    found, edited = _changed(tmp_path, EDITS[name])
    causes = [each.cause for each in found.requests] + [each.cause for each in found.outcomes]
    causes += [each.cause for each in found.entries]
    assert causes
    places = {f"{Path(place.source.name).name}:{place.line}" for cause in causes for place in cause.places}
    if name == "a rule that matches less":
        places = {place for place in places if place.startswith("code_execution")}  # its condition is below its name
        assert places
    elif name.startswith(("the ", "an outcome")):
        rules = {line.partition(":")[0] for line in edited}
        assert {place.partition(":")[0] for place in places} == rules  # a rule is cited by its name
    else:
        assert places == edited


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("a default", ("critic: general", "critic: fast")),
        ("an override", ("worker_b: fast` in `execution", "worker_b: reasoning` in `execution")),
        ("a new override", ("critic: general", "critic: reasoning` in `execution")),
        ("a row that a rule compares with", ("critic: general", "critic: reasoning")),
    ],
)
def test_rows_that_decide_are_named(tmp_path: Path, name: str, rows: tuple[str, str]) -> None:
    """The row before and the row now, also if a rule only compares with it, or another section decides now."""
    found, _ = _changed(tmp_path, EDITS[name])
    cause = found.requests[0].cause
    assert [f"`{row}` (" in str(of[0]) for row, of in zip(rows, (cause.old_rows, cause.new_rows), strict=True)] == [
        True,
        True,
    ]


def test_a_row_that_is_gone_is_named_as_the_one_that_decided(tmp_path: Path) -> None:
    """The new policy has no such row; the old one had it at a place."""
    found, _ = _changed(tmp_path, [("model_tiers.yaml", "    synthesizer: reasoning\n", "")])
    cause = found.requests[0].cause
    assert str(cause.old_rows[0]).startswith("`synthesizer: reasoning` (")
    assert cause.new_rows == ()
    assert [place.text for place in cause.places] == ["critic"]  # the row before it, which is still there


def test_no_row_is_named_where_a_rule_decides(tmp_path: Path) -> None:
    """A rule with a tier of its own needs no row, and neither does a changed ladder of another role."""
    pinned = ("precedence.yaml", "  tier:\n", f"  tier:\n{_CHEAP.replace('role_default: general', 'role: critic')}")
    found, _ = _changed(tmp_path, [pinned])
    assert {change.cause.new_rows for change in found.requests} == {()}
    assert {change.cause.places[0].text for change in found.requests} == {"cheap"}
