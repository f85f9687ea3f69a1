"""Rules with their priorities, patterns and effects."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.domain import Effect, EffectKind, Equal, Reference, Rule, RulesetName
from tests.loader.texts import COMPLETE, OUTCOME_RULES, TIER_RULES, TIERS, load, outcome_rule, problems, tier_rule

_FAILURE = "{result: failure}"


def _rule(folder: Path, rulesets: str, name: str = "written") -> Rule:
    policy = load(folder, a=TIERS + rulesets)
    return next(rule for rules in policy.rules.values() for rule in rules if rule.name == name)


def _noted(folder: Path, rule: str) -> list[str]:
    return problems(folder, a=f"{TIERS}rulesets:\n{TIER_RULES}    written: {rule}\n{OUTCOME_RULES}")


def test_a_rule(tmp_path: Path) -> None:
    """A rule has its name, ruleset, priority, condition, effect, reason and place."""
    text = f"""{TIERS}rulesets:
{OUTCOME_RULES}  tier:
    critics:
      pri: 10
      all:
        - m: {{role: critic}}
      run: {{tier: general}}
      because: >
        Critics
        think.
"""
    [rule] = load(tmp_path, a=text).rules[RulesetName.TIER]
    assert (rule.name, rule.ruleset, rule.pri) == ("critics", RulesetName.TIER, 10)
    assert rule.condition == Equal("role", ("critic",))
    assert rule.effect == Effect(EffectKind.TIER, "general")
    assert rule.because == "Critics think."
    assert str(rule.place) == f"{tmp_path / 'a.yaml'}:10"


def test_no_reason(tmp_path: Path) -> None:
    """A rule without a reason, or with an empty one, has an empty one."""
    assert _rule(tmp_path, tier_rule("{role: a}")).because == ""
    assert _noted(tmp_path, "{pri: 1, all: [{m: {role: a}}], run: {tier: fast}, because: }") == []


def test_rules_are_sorted_by_priority(tmp_path: Path) -> None:
    """The rules of a ruleset are those of all files, lowest `pri` first."""
    more = "rulesets: {tier: {b: {pri: 95, all: [{m: {role: a}}], run: {tier: fast}}}}"
    policy = load(tmp_path, a=TIERS + tier_rule("{role: a}"), b=more)
    assert [rule.name for rule in policy.rules[RulesetName.TIER]] == ["written", "always", "b"]


@pytest.mark.parametrize(
    ("run", "effect"),
    [
        ("{tier: fast}", Effect(EffectKind.TIER, "fast")),
        ("{tier: {$m: role_default}}", Effect(EffectKind.TIER, Reference("role_default"))),
    ],
)
def test_effects_of_tier(tmp_path: Path, run: str, effect: Effect) -> None:
    """A rule of `tier` names a tier, or a fact that holds one."""
    assert _rule(tmp_path, tier_rule("{role: a}", run)).effect == effect


@pytest.mark.parametrize(
    ("run", "effect"),
    [
        ("count", Effect(EffectKind.COUNT)),
        ("reset", Effect(EffectKind.RESET)),
        ("ignore", Effect(EffectKind.IGNORE)),
        ("hold", Effect(EffectKind.HOLD)),
        ("{escalate_to: general}", Effect(EffectKind.ESCALATE, "general")),
        ("{escalate_to: {$m: raised_tier}}", Effect(EffectKind.ESCALATE, Reference("raised_tier"))),
    ],
)
def test_effects_of_outcome(tmp_path: Path, run: str, effect: Effect) -> None:
    """A rule of `outcome` has one of five effects."""
    assert _rule(tmp_path, outcome_rule(_FAILURE, run)).effect == effect


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ("{hold: }", "effect: `hold` has no argument"),
        ("{count: 1}", "effect: `count` has no argument"),
        ("escalate_to", "effect: `escalate_to` needs a tier"),
        ("escalate", "effect: unknown effect `escalate`"),
        ("{tier: fast}", "wrong-effect: `tier` is an effect of the ruleset `tier`, not of `outcome`"),
    ],
)
def test_effects_of_outcome_that_are_refused(tmp_path: Path, run: str, message: str) -> None:
    """An effect of `outcome` is written as it is, without anything or with a tier."""
    assert problems(tmp_path, a=TIERS + outcome_rule(_FAILURE, run)) == [message]


def test_a_fact_with_the_values_of_the_ladder_holds_a_tier(tmp_path: Path) -> None:
    """A fact of the policy's own whose values are tiers can be what a rule gives."""
    facts = "facts: {wish: {values: [general]}, preset: {values: [fast, swarm]}}\n"
    rules = tier_rule("{$ex: {wish: 1}}", "{tier: {$m: wish}}")
    assert _rule(tmp_path, facts + rules).effect.target == Reference("wish")
    found = problems(tmp_path, a=TIERS + facts + rules.replace("$m: wish", "$m: preset"))
    assert found == ["reference: `preset` does not hold a tier"]


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ("hold", "wrong-effect: `hold` is an effect of the ruleset `outcome`, not of `tier`"),
        ("{escalate_to: fast}", "wrong-effect: `escalate_to` is an effect of the ruleset `outcome`, not of `tier`"),
        ("fast", "effect: `fast` is a tier, not an effect"),
        ("tier", "effect: `tier` needs a tier"),
        ("{tier: ~}", "effect: `tier` needs a tier"),
        ("{tier: fast, hold: 1}", "effect: `run` has exactly one effect"),
        ("{}", "effect: `run` has exactly one effect"),
        ("~", "effect: `run` is empty"),
        ("''", "effect: unknown effect ``"),
        ("1", "effect: `run` is an effect, not an integer"),
        ("[fast]", "effect: `run` is an effect, not a list"),
        ("{tire: fast}", "effect: unknown effect `tire`"),
        ("{tier: 1}", "type: a tier's name is text, and `1` is an integer"),
        ("{tier: [fast]}", "type: a tier's name is text, and this is a list"),
        ("{tier: slow}", "unknown-tier: unknown tier `slow`"),
        ("{tier: {$m: role}}", "reference: `role` does not hold a tier"),
        ("{tier: {$m: next_tier}}", "unknown-fact: the ruleset `tier` has no fact `next_tier`"),
        ("{tier: {$x: role}}", "reference: a reference to another fact is written `{$m: fact}`"),
    ],
)
def test_effects_that_are_refused(tmp_path: Path, run: str, message: str) -> None:
    """An effect is one of its ruleset's, with a tier where it needs one."""
    assert _noted(tmp_path, f"{{pri: 1, all: [{{m: {{role: a}}}}], run: {run}}}") == [message]


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("~", "pattern"),
        ("[]", "pattern"),
        ("[{m: {role: a}}, {m: {role: b}}]", "pattern"),
        ("{m: {role: a}}", "pattern"),
        ("m", "pattern"),
        ("[m]", "pattern"),
        ("[{}]", "pattern"),
        ("[{m: {role: a}, n: {role: b}}]", "pattern"),
        ("[{n: {role: a}}]", "pattern"),
        ("[{$and: [{role: a}]}]", "pattern"),
        ("[{m: ~}]", "type"),
    ],
)
def test_patterns_that_are_refused(tmp_path: Path, pattern: str, code: str) -> None:
    """A rule has exactly one pattern, for one event, which is named `m`."""
    [found] = _noted(tmp_path, f"{{pri: 1, all: {pattern}, run: {{tier: fast}}}}")
    assert found.startswith(f"{code}: ")


@pytest.mark.parametrize("pri", ["-1", "65536", "'1'", "1.0", "true", "~", "010", "x", "[1]"])
def test_priorities_that_are_refused(tmp_path: Path, pri: str) -> None:
    """A priority is an integer from 0 to 65,535."""
    [found] = _noted(tmp_path, f"{{pri: {pri}, all: [{{m: {{role: a}}}}], run: {{tier: fast}}}}")
    assert found.startswith(("range: ", "type: "))


def test_the_lowest_and_the_highest_priority(tmp_path: Path) -> None:
    """Both ends of the range are priorities."""
    for pri in (0, 65_535):
        assert _rule(tmp_path, tier_rule("{role: a}", pri=pri)).pri == pri


def test_the_same_priority(tmp_path: Path) -> None:
    """Two rules of one ruleset never share a priority; rules of different rulesets may."""
    found = problems(tmp_path, a=TIERS + tier_rule("{role: a}", pri=90))
    assert found == ["same-pri: `written` has the same `pri` as `always` in line 8"]
    assert problems(tmp_path, a=COMPLETE) == []


@pytest.mark.parametrize("key", ["any", "count", "cap", "span"])
def test_patterns_of_several_events(tmp_path: Path, key: str) -> None:
    """What joins several events is refused by name, and what is left out for it is not missed."""
    replaced = "" if key == "any" else "all: [{m: {role: a}}], "
    [found] = _noted(tmp_path, f"{{pri: 1, {replaced}{key}: [], run: {{tier: fast}}}}")
    assert found == f"pattern: `{key}` matches several events, and a decision sees only one"


def test_a_ruleset_without_rules(tmp_path: Path) -> None:
    """Both rulesets have rules, or the policy answers nothing."""
    message = "missing-key: the ruleset `outcome` has no rules"
    for outcome in ("", "  outcome:\n", "  outcome: {}\n"):
        assert problems(tmp_path, a=f"{TIERS}rulesets:\n{TIER_RULES}{outcome}") == [message]
