"""Each mistake is reported once, and hides no other; what only follows from it is not reported."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from resolver.diagnostics import Diagnostic, PolicyError
from resolver.loader import load_policy, policy_files, shipped_policy
from tests.loader.texts import COMPLETE, RULES, TIERS, problems, tier_rule

SHIPPED = {file.name: file.read_text(encoding="utf-8") for file in policy_files(shipped_policy())}
FACTS = """\
facts:
  preset: {values: [cheap, dear], description: x}
  budget:
    integer: true
rulesets:
  tier:
    cheap_runs:
      pri: 5
      all: [{m: {$and: [{preset: cheap}, {$gte: {budget: 3}}]}}]
      run: {tier: fast}
"""
BREAKS: list[Callable[[str], str]] = [
    lambda line: f'{line} "',
    lambda line: f"{line}: [",
    lambda line: f"{line} : x: y",
    lambda line: f"  {line}" if line.strip() else f"{line}}}",
    lambda line: f"\t{line}",
    lambda line: f"{line}\n}} ",
    lambda line: line.replace(":", ": 'x", 1),
    lambda line: line.removeprefix(" ") if line.startswith(" ") else f"{line} {{",
    lambda line: line.replace(":", " ", 1),
    lambda line: line.replace(":", ":-", 1),
]
TYPOS = [
    ("model_tiers.yaml", "critic: general", "critic: genral"),
    ("model_tiers.yaml", "provider_order:", "provider_ordr:"),
    ("model_tiers.yaml", "orchestrator: reasoning", "orchestrator: 3"),
    ("precedence.yaml", "$ex: {escalated_tier: 1}", "$ex: {escalatd_tier: 1}"),
    ("precedence.yaml", "pri: 20", "prio: 20"),
    ("precedence.yaml", "pri: 40", "pri: 30"),
    ("three_strikes.yaml", "run: count", "run: coutn"),
    ("three_strikes.yaml", "raised_tier}", "raisd_tier}"),
    ("three_strikes.yaml", "result: success", "result: succes"),
    ("code_execution.yaml", "run: hold", "run: holdd"),
    ("code_execution.yaml", "      pri: 10\n", ""),
]


def _found(folder: Path, texts: dict[str, str]) -> list[Diagnostic]:
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    try:
        return list(load_policy(folder).warnings)
    except PolicyError as error:
        return list(error.diagnostics)


def _broken(name: str, breaks: list[Callable[[str], str]]) -> Iterator[str]:
    """Yield the shipped file of this name with one line after the other broken, each in another way."""
    lines = SHIPPED[name].split("\n")
    for index, line in enumerate(lines):
        broken = breaks[index % len(breaks)](line)
        yield "\n".join([*lines[:index], broken, *lines[index + 1 :]])


@pytest.mark.slow
@pytest.mark.parametrize("turn", [0, 5])
@pytest.mark.parametrize("name", SHIPPED)
def test_a_syntax_error_has_no_consequences(tmp_path: Path, name: str, turn: int) -> None:
    """Whatever a file that is not YAML may hold, nothing else is said to be missing or unknown."""
    for text in _broken(name, [*BREAKS[turn:], *BREAKS[:turn]]):
        codes = [found.code for found in _found(tmp_path, {**SHIPPED, name: text})]
        if "syntax" in codes:
            assert [code for code in codes if code != "tab"] == ["syntax"]


@pytest.mark.slow
@pytest.mark.parametrize(("file", "old", "new"), TYPOS)
def test_a_syntax_error_hides_no_problem_of_another_file(tmp_path: Path, file: str, old: str, new: str) -> None:
    """Other files are checked with what can be read of the broken one."""
    assert SHIPPED[file].count(old) == 1
    texts = {**SHIPPED, file: SHIPPED[file].replace(old, new)}
    expected = [str(found) for found in _found(tmp_path, texts)]
    assert len(expected) == 1
    for name in SHIPPED.keys() - {file}:
        for text in itertools.islice(_broken(name, BREAKS[1:2] + BREAKS[8:]), 9, None, 4):
            found = _found(tmp_path, {**texts, name: text})
            if any(one.code == "syntax" for one in found):
                assert [str(one) for one in found if one.code not in ("syntax", "tab")] == expected


@pytest.mark.slow
@pytest.mark.parametrize("name", [*SHIPPED, "facts.yaml"])
def test_a_typo_is_one_problem(tmp_path: Path, name: str) -> None:
    """A letter that is missing anywhere is reported at most once: at the word, or where the right word is used."""
    texts = {**SHIPPED, "facts.yaml": FACTS}
    assert not _found(tmp_path, texts)
    text = texts[name]
    for match in re.finditer(r"[A-Za-z_$][\w$]{2,}", text):
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if any(part in before for part in ("#", "because", "description:")):
            continue
        half = match.start() + len(match[0]) // 2
        found = _found(tmp_path, {**texts, name: text[:half] + text[half + 1 :]})
        assert len(found) <= 1, f"{match[0]}: {[one.message for one in found]}"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"a": RULES, "b": TIERS.replace("model_tiers", "model_tier")},
            ["unknown-key: unknown section `model_tier`"],
        ),
        (
            {"a": TIERS, "b": RULES.replace("rulesets", "ruleset")},
            ["unknown-key: unknown section `ruleset`"],
        ),
        (
            {"a": COMPLETE, "b": "fact: {preset: {values: [a]}}\n", "c": "rulesets: {tier: {x: {pri: 1, all: "
             "[{m: {preset: a}}], run: {tier: fast}}}}\n"},
            ["unknown-key: unknown section `fact`"],
        ),
        (
            {"a": COMPLETE, "b": "model_tier: {role_defaults: {critic: fsat}}\n"},
            ["unknown-key: unknown section `model_tier`", "unknown-tier: unknown tier `fsat`"],
        ),
        (
            {"a": COMPLETE, "b": "model_tier: {role_default: {critic: fsat}}\n"},
            [
                "unknown-key: unknown section `model_tier`",
                "unknown-key: unknown key `role_default` in `model_tiers`",
                "unknown-tier: unknown tier `fsat`",
            ],
        ),
        (
            {"a": COMPLETE, "b": "model_tiers: {role_defualts: {c: fast}}\nmodel_tier: {role_defaults: {c: a}}\n"},
            [
                "unknown-key: unknown key `role_defualts` in `model_tiers`",
                "unknown-key: unknown section `model_tier`",
            ],
        ),
        (
            {"a": TIERS, "b": RULES.replace("  tier:", "  requests:").replace("pri: 90", "pri: -1", 1)},
            [
                "unknown-key: unknown ruleset `requests` in `rulesets`",
                "range: `-1` is outside 0 to 65,535, the range of `pri`",
            ],
        ),
        (
            {"a": TIERS, "b": RULES.replace("ignore", "{tier: fast}").replace("{m: {$ex: {role: 1}}}", "{m: {}}")},
            [
                "empty: a condition is empty",
                "empty: a condition is empty",
                "wrong-effect: `tier` is an effect of the ruleset `tier`, not of `outcome`",
            ],
        ),
        (
            {"a": RULES, "b": "tiers: {fast: {providers: {groq: a}}, general: {providers: {groq: b}}}\n"},
            ["unknown-key: unknown section `tiers`"],
        ),
    ],
)  # fmt: skip
def test_a_misspelled_key_is_read_as_the_key_that_was_meant(
    tmp_path: Path, files: dict[str, str], expected: list[str]
) -> None:
    """So it is not missing as well, and the problems of its content are reported."""
    assert problems(tmp_path, **files) == expected


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (TIERS.encode("utf-16"), "encoding"),
        (TIERS.replace("llama", "lläma").encode("latin-1"), "encoding"),
        (f"%TAG ! x:\n---\n{TIERS}".encode(), "tag"),
        (f"{TIERS}  x: {'[' * 200}{']' * 200}\n".encode(), "too-deep"),
        (TIERS.encode() + b"#" * (21 * 2**20), "too-large"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_has_no_consequences(tmp_path: Path, content: bytes, code: str) -> None:
    """Its words are known unless it is too large, and a missing section that it may hold is not missed."""
    (tmp_path / "tiers.yaml").write_bytes(content)
    found = _found(tmp_path, {"rules.yaml": RULES.replace("ignore", "ignroe")})
    assert [one.code for one in found] == ["effect", code]


def test_entries_of_a_second_section_are_checked(tmp_path: Path) -> None:
    """All problems are reported at once, also those in a section that another file already has."""
    first = TIERS + "  escalation_state: {'a:critic': general}\n" + RULES
    second = "model_tiers: {escalation_state: {layout/critic: fast, 'b:critic': genral}}\n"
    found = problems(tmp_path, policy=first, second=second)
    assert [problem.partition(":")[0] for problem in found] == ["duplicate-key", "subject", "unknown-tier"]


@pytest.mark.parametrize(
    ("comment", "is_hidden"), [("# fas", False), ("  # x fas", False), ("'# fas'", True), ("a#fas", True)]
)
def test_a_comment_is_not_content(comment: str, is_hidden: bool, tmp_path: Path) -> None:
    """A name in a comment of a broken file is not a name that the file has."""
    rules = RULES.replace("{tier: fast}", "{tier: fas}")
    found = problems(tmp_path, policy=TIERS + rules, broken=f"a: [\n{comment}\n: :")
    codes = [problem.partition(":")[0] for problem in found]
    assert ("unknown-tier" in codes) is not is_hidden


MISSING = {
    "missing-section": ("rulesets", {"policy": TIERS}),
    "unknown-tier": ("fas", {"policy": TIERS + RULES.replace("{tier: fast}", "{tier: fas}")}),
    "off-ladder": ("extra", {"policy": TIERS + "    extra: {providers: {groq: x}}\n" + RULES}),
    "unused-provider": ("own_api", {"policy": TIERS + "  providers: {own_api: {timeout: 3}}\n" + RULES}),
    "unknown-fact": ("own_fact", {"policy": TIERS + tier_rule("{own_fact: a}")}),
    "unknown-value": (
        "team", {"policy": TIERS + tier_rule("{preset: team}"), "facts": "facts: {preset: {values: [solo]}}\n"}
    ),
    "missing-key": ("model_tiers tiers", {"policy": "model_tiers: {ladder: []}\n" + RULES}),
}  # fmt: skip
"""Problems that a broken file may solve: the name that it must have for that, and the rest of the policy."""


@pytest.mark.parametrize("code", MISSING)
def test_a_broken_file_hides_a_problem_only_if_it_has_the_name(code: str, tmp_path: Path) -> None:
    """A problem is hidden by the name that is missing, whatever the words of its message."""
    name, files = MISSING[code]
    without, with_name = tmp_path / "without", tmp_path / "with_name"
    for folder, text in ((without, "other: ["), (with_name, f"other {name}: [")):
        folder.mkdir()
        codes = [problem.partition(":")[0] for problem in problems(folder, **files, broken=text)]
        assert (code in codes) is (folder is without), codes
