"""A whole policy: a directory of files, or an application's single file."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.domain import RulesetName
from resolver.loader import load_policy, shipped_policy
from tests.loader.texts import COMPLETE, OUTCOME_RULES, RULES, TIER_RULES, TIERS, load, problems


def test_the_shipped_policy() -> None:
    """The shipped policy loads without a warning."""
    policy = load_policy(shipped_policy())
    assert policy.model_tiers.ladder.tiers == ("fast", "general", "reasoning")
    assert [rule.name for rule in policy.rules[RulesetName.TIER]][:2] == ["code_execution", "escalation"]
    assert [rule.pri for rule in policy.rules[RulesetName.OUTCOME]] == [10, 20, 30, 40, 50, 60]
    assert (policy.files, policy.warnings, policy.facts) == (4, (), {})


def test_sections_of_several_files(tmp_path: Path) -> None:
    """A section may be spread over files, down to the rows of a phase and the rules of a ruleset."""
    policy = load(
        tmp_path,
        a=TIERS + "  role_defaults: {critic: fast}\n  phase_overrides: {planning: {critic: fast}}\n",
        b=f"rulesets:\n{TIER_RULES}",
        c="model_tiers: {role_defaults: {judge: general}, phase_overrides: {planning: {judge: fast}, review: {}}}",
        d=f"rulesets:\n{OUTCOME_RULES}",
        e="facts:\nmodel_tiers:\nrulesets: {tier: , outcome: ~}\n",
    )
    assert policy.model_tiers.role_defaults == {"critic": "fast", "judge": "general"}
    assert policy.model_tiers.phase_overrides == {"planning": {"critic": "fast", "judge": "fast"}, "review": {}}
    assert {name: len(rules) for name, rules in policy.rules.items()} == {"tier": 1, "outcome": 1}
    assert policy.files == 5


@pytest.mark.parametrize(
    "part", ["escalation_state: {'a:b': fast}", "ladder: [fast, general]", "provider_order: [groq]"]
)
def test_parts_that_stand_in_one_file(tmp_path: Path, part: str) -> None:
    """The escalations, the ladder and the order of providers are not spread."""
    [found] = problems(tmp_path, a=f"model_tiers: {{{part}}}", b=f"model_tiers: {{{part}}}", c=RULES, d=TIERS)[:1]
    assert found.startswith("duplicate-key: ")


def test_what_is_missing(tmp_path: Path) -> None:
    """A directory borrows nothing: each section that it has to have is missed."""
    assert problems(tmp_path, a="# nothing") == [
        "missing-section: the section `model_tiers` is missing",
        "missing-section: the section `rulesets` is missing",
        "not-read: `a.yaml` is empty, and adds nothing to the policy",
    ]
    assert problems(tmp_path, a=f"{TIERS}rulesets:\n") == ["missing-section: the section `rulesets` is empty"]


def test_all_problems_of_all_files(tmp_path: Path) -> None:
    """Problems are sorted by file and place."""
    found = problems(
        tmp_path,
        b=TIERS + "  roles: {}\n",
        a=RULES.replace("tier: fast", "tier: slow").replace("ignore", "ignored"),
        c="fact: {}\n",
    )
    assert found == [
        "unknown-tier: unknown tier `slow`",
        "effect: unknown effect `ignored`",
        "unknown-key: unknown key `roles` in `model_tiers`",
        "unknown-key: unknown section `fact`",
    ]


def test_a_file_that_cannot_be_read_may_hold_what_is_missing(tmp_path: Path) -> None:
    """What one file lacks is not missed while another one cannot be read, and other problems are."""
    found = problems(tmp_path, a="model_tiers: {tiers: [", b=RULES.replace("pri: 90", "pri: x", 1), c=b"\xff")
    assert [text.partition(":")[0] for text in found] == ["syntax", "type", "encoding"]


def test_warnings_do_not_keep_a_policy_from_loading(tmp_path: Path) -> None:
    """A policy with warnings has them."""
    [warning] = load(tmp_path, a=COMPLETE.replace("ladder: ", "ladder:\t")).warnings
    assert (warning.code, warning.place.line) == ("tab", 2)


def test_a_problem_in_an_alias_is_said_once(tmp_path: Path) -> None:
    """What is wrong in a value that is used again by an alias is wrong once."""
    rules = f"""rulesets:
  tier:
    a: {{pri: 1, all: [{{m: &x {{rolle: a}}}}], run: {{tier: fast}}}}
    b: {{pri: 2, all: [{{m: {{$or: [*x, *x]}}}}], run: {{tier: fast}}}}
{OUTCOME_RULES}"""
    assert problems(tmp_path, a=TIERS + rules) == ["unknown-fact: the ruleset `tier` has no fact `rolle`"]


def test_an_alias_bomb_ends_at_once(tmp_path: Path) -> None:
    """A condition of a few lines that would be 2⁶⁰ conditions is refused before it is read."""
    bomb = "".join(f"          - &c{n} {{$or: [*c{n - 1}, *c{n - 1}]}}\n" for n in range(1, 45))
    text = f"""{TIERS}rulesets:
  tier:
    a:
      pri: 1
      run: {{tier: fast}}
      all:
      - m:
          $or:
          - &c0 {{role: critic}}
{bomb}{OUTCOME_RULES}"""
    assert [found.partition(":")[0] for found in problems(tmp_path, a=text)] == ["alias-bomb"]
