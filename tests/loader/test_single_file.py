"""A policy in an application's single file, on top of the shipped one."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.diagnostics import PolicyError
from resolver.domain import Policy, Subject
from resolver.loader import load_policy, shipped_policy
from tests.loader.texts import COMPLETE, RULES, TIER_RULES, TIERS


def _single(folder: Path, text: str) -> Policy:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return load_policy(path)


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


def _rule_names(policy: Policy) -> list[str]:
    return [rule.name for rules in policy.rules.values() for rule in rules]


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "config: {}\n", "config:\n", "[1, 2]\n", "name: x\n", "config: {name: x}\n"]
)
def test_a_single_file_without_sections_is_the_shipped_policy(tmp_path: Path, text: str) -> None:
    """An application's file that says nothing of a policy gets the shipped one."""
    policy, shipped = _single(tmp_path, text), load_policy(shipped_policy())
    assert policy.revision == shipped.revision
    assert policy.files == 1


@pytest.mark.parametrize("sections", [COMPLETE, f"config:\n{_indented(COMPLETE)}"])
def test_a_single_file_has_sections_at_its_root_or_under_config(tmp_path: Path, sections: str) -> None:
    """The sections mean the same in both places, and what they have replaces what is shipped."""
    policy = _single(tmp_path, f"name: x\n{sections}")
    assert list(policy.model_tiers.tiers) == ["fast", "general"]
    assert {name: len(rules) for name, rules in policy.rules.items()} == {"tier": 1, "outcome": 1}


def test_the_rest_of_a_single_file_is_not_looked_at(tmp_path: Path) -> None:
    """Keys, tags, duplicates, merges and anchors outside our sections are the application's."""
    rest = """\
name: !app {a: 1, a: 2}
1: &base {role_defaults: {critic: fast}}
other: {<<: *base, x: !!python/object:y [1]}
? [a, b]
: model_tiers
config: {name: !secret x, model_tiers: {role_defaults: {critic: fast}}}
"""
    assert _single(tmp_path, rest).model_tiers.role_defaults["critic"] == "fast"


def test_sections_may_use_anchors_of_the_rest(tmp_path: Path) -> None:
    """An alias in our sections may name a value outside of them."""
    text = "x: &rows {critic: fast}\nmodel_tiers: {role_defaults: *rows}\n"
    assert _single(tmp_path, text).model_tiers.role_defaults["critic"] == "fast"


def test_without_tiers_the_shipped_rows_are_the_base(tmp_path: Path) -> None:
    """A single file without tiers has the shipped `model_tiers` under its own rows."""
    text = """\
model_tiers:
  role_defaults: {critic: reasoning, mine: fast}
  phase_overrides: {execution: {worker_a: general}, review: {critic: fast}}
  escalation_state: {'t:critic': reasoning}
"""
    policy = _single(tmp_path, text)
    shipped = load_policy(shipped_policy()).model_tiers
    found = policy.model_tiers
    assert found.tiers == shipped.tiers
    assert found.role_defaults == {**shipped.role_defaults, "critic": "reasoning", "mine": "fast"}
    assert found.phase_overrides == {
        "execution": {"worker_a": "general", "worker_b": "fast"},
        "review": {"critic": "fast"},
    }
    assert found.escalation_state == {Subject("t", "critic"): "reasoning"}
    assert _rule_names(policy) == _rule_names(load_policy(shipped_policy()))
    files = {role: Path(found.places["role_defaults", role].source.name).name for role in ("critic", "proposer")}
    assert files == {"critic": "config.yaml", "proposer": "model_tiers.yaml"}


def test_with_tiers_nothing_of_the_shipped_rows_is_left(tmp_path: Path) -> None:
    """A single file with tiers replaces all of `model_tiers`, and keeps the shipped rules if it has none."""
    text = TIERS.replace("[fast, general]", "[fast, general, reasoning]") + "    reasoning: {providers: {groq: kimi}}\n"
    policy = _single(tmp_path, text)
    assert policy.model_tiers.tiers["fast"].providers == {"groq": "llama"}
    assert not policy.model_tiers.role_defaults
    assert _rule_names(policy) == _rule_names(load_policy(shipped_policy()))


def test_with_rulesets_nothing_of_the_shipped_rules_is_left(tmp_path: Path) -> None:
    """A single file with rules replaces both rulesets, and keeps the shipped tiers if it has none."""
    policy = _single(tmp_path, RULES)
    assert {name: len(rules) for name, rules in policy.rules.items()} == {"tier": 1, "outcome": 1}
    assert policy.model_tiers.role_defaults == load_policy(shipped_policy()).model_tiers.role_defaults
    with pytest.raises(PolicyError, match="the ruleset `outcome` has no rules"):
        _single(tmp_path, f"rulesets:\n{TIER_RULES}")


def test_a_single_file_with_sections_in_both_places(tmp_path: Path) -> None:
    """Sections at the root and under `config` are one policy, in which no key is given twice."""
    text = f"{TIERS}config:\n{_indented(RULES)}"
    assert _single(tmp_path, text).files == 1
    with pytest.raises(PolicyError, match="`fast` is already given in line 4"):
        _single(tmp_path, f"{text}{_indented(TIERS)}")


def test_a_single_file_with_several_documents(tmp_path: Path) -> None:
    """One document holds the sections, and the others are the application's."""
    policy = _single(tmp_path, f"name: x\n---\nconfig:\n{_indented(COMPLETE)}---\n- !a b\n---\nplain text\n")
    assert list(policy.model_tiers.tiers) == ["fast", "general"]
    with pytest.raises(PolicyError, match="must be in one document"):
        _single(tmp_path, f"{TIERS}---\nconfig:\n{_indented(RULES)}")


def test_our_sections_of_a_single_file_are_checked(tmp_path: Path) -> None:
    """In our sections unknown keys, tags and merges are refused, as in a directory."""
    with pytest.raises(PolicyError) as caught:
        _single(tmp_path, "x: 1\nconfig: {y: 2, model_tiers: {z: 3, role_defaults: !t {<<: {a: fast}}}}\n")
    assert [found.code for found in caught.value.diagnostics] == ["unknown-key", "tag", "merge-key"]


def test_a_broken_single_file_is_not_the_shipped_policy(tmp_path: Path) -> None:
    """A file that cannot be read is never taken for one that says nothing."""
    with pytest.raises(PolicyError) as caught:
        _single(tmp_path, "model_tiers: {role_defaults: {critic: fast}\n")
    assert [found.code for found in caught.value.diagnostics] == ["syntax"]


@pytest.mark.parametrize(
    ("text", "key", "help"),
    [
        ("model_tier: {role_defaults: {critic: fast}}\n", "model_tier", "did you mean `model_tiers`?"),
        ("config: {modelTiers: {role_defaults: {critic: fast}}}\n", "modelTiers", "did you mean `model_tiers`?"),
        (f"{COMPLETE}ruleset: {{}}\n", "ruleset", "did you mean `rulesets`?"),
        ("role_defaults: {critic: fast}\n", "role_defaults", "it belongs under `model_tiers`"),
        ("config: {phase_overrides: {plan: {critic: fast}}}\n", "phase_overrides", "it belongs under `model_tiers`"),
        ("app: {model_tiers: {}}\n", "model_tiers", "move it from `app` to the left margin, or under `config`"),
    ],
)
def test_a_key_that_is_almost_a_section_is_a_warning(tmp_path: Path, text: str, key: str, help: str) -> None:
    """Otherwise the shipped policy would apply, in silence."""
    (warning,) = _single(tmp_path, text).warnings
    assert (warning.code, warning.message, warning.help) == ("not-read", f"`{key}` is not read", help)


@pytest.mark.parametrize(
    "text", ["models: {}\n", "rules: []\n", "config: {tiers: [a]}\n", f"app: {{model_tiers: 1}}\n{COMPLETE}"]
)
def test_keys_of_the_application_are_no_warning(tmp_path: Path, text: str) -> None:
    """Words that any application may use say nothing of a policy."""
    assert not _single(tmp_path, text).warnings
