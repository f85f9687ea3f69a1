"""Keys and types of the sections."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loader.texts import COMPLETE, OUTCOME_RULES, RULES, TIERS, problems


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("modeltiers: {}", "unknown section `modeltiers`"),
        ("rulesets: {tiers: {}}", "unknown ruleset `tiers` in `rulesets`"),
        ("model_tiers: {role: {}}", "unknown key `role` in `model_tiers`"),
        (
            "model_tiers: {tiers: {slow: {model: x, providers: {a: b}}}}",
            "unknown key `model` in `model_tiers.tiers.slow`",
        ),
        ("facts: {x: {values: [a], default: a}}", "unknown key `default` in `facts.x`"),
        ("rulesets: {tier: {r: {because: x, why: y}}}", "unknown key `why` in `rulesets.tier.r`"),
    ],
)
def test_unknown_keys(tmp_path: Path, text: str, message: str) -> None:
    """A key that nobody knows is an error wherever keys are known."""
    found = problems(tmp_path, a=COMPLETE, b=text)
    assert f"unknown-key: {message}" in found


def test_a_misspelt_key_is_not_missing_as_well(tmp_path: Path) -> None:
    """A required key that is written wrongly is one problem."""
    assert problems(tmp_path, a=COMPLETE.replace("{providers: {groq: llama}}", "{provider: {groq: llama}}")) == [
        "unknown-key: unknown key `provider` in `model_tiers.tiers.fast`"
    ]
    assert problems(tmp_path, a=COMPLETE.replace("run: ignore", "runs: ignore")) == [
        "unknown-key: unknown key `runs` in `rulesets.outcome.always`"
    ]


def test_a_merge_key_may_have_had_what_is_missing(tmp_path: Path) -> None:
    """What `<<` would have brought is not missed."""
    rows = "fast: &fast {providers: {groq: llama}}\n    general: {<<: *fast}"
    text = f"model_tiers:\n  ladder: [fast, general]\n  tiers:\n    {rows}\n{RULES}"
    assert problems(tmp_path, a=text) == ["merge-key: `<<` merges mappings in YAML 1.1 only"]


def test_what_is_missing(tmp_path: Path) -> None:
    """Each key that a rule has to have is missed, at the rule."""
    text = f"{TIERS}rulesets:\n  tier:\n    r: {{}}\n{OUTCOME_RULES}"
    assert problems(tmp_path, a=text) == [
        f"missing-key: `rulesets.tier.r` has no `{key}`" for key in ("all", "pri", "run")
    ]


@pytest.mark.parametrize("value", ["1", "1.5", "true", "~", "[a]", "{a: b}", "!!int 5", "!x a"])
def test_every_wrong_type_is_one_problem(tmp_path: Path, value: str) -> None:
    """A value of a wrong type is refused once, and one with a tag for its tag."""
    for key in ("role_defaults: {a: VALUE}", "provider_order: [VALUE]", "escalation_state: {'a:b': VALUE}"):
        [found] = problems(tmp_path, a=f"{TIERS}  {key.replace('VALUE', value)}\n{RULES}")
        assert found.startswith("tag: " if value.startswith("!") else "type: ")


def test_a_role_can_be_named_like_a_mark_of_a_key(tmp_path: Path) -> None:
    """A role named `[key]` is a role."""
    assert problems(tmp_path, a=f"{TIERS}  role_defaults: {{'[key]': fast, b: 1}}\n{RULES}") == [
        "type: `1` is an integer, but text is expected for `model_tiers.role_defaults.b`"
    ]
    assert problems(tmp_path, a=f"{TIERS}  role_defaults: {{'[key]': 1}}\n{RULES}")[0].startswith("type: ")


@pytest.mark.parametrize(
    "text",
    [
        '  role_defaults: {"a\\0": fast}',
        "  role_defaults: {" + "ü" * 512 + ": fast}",
        '  phase_overrides: {"a\\0": {}}',
        '  provider_order: ["a\\0"]',
        "  escalation_state: {'a:" + "ü" * 511 + "': fast}",
    ],
)
def test_names_that_the_engine_cannot_read(tmp_path: Path, text: str) -> None:
    """A name with a NUL, or of more than 1,023 bytes, is refused wherever it stands."""
    [found] = problems(tmp_path, a=f"{TIERS}{text}\n{RULES}")
    assert found.startswith("name: ")


def test_the_longest_name(tmp_path: Path) -> None:
    """A name of 1,023 bytes is a name."""
    assert problems(tmp_path, a=f"{TIERS}  role_defaults: {{{'a' * 1_021}é: fast}}\n{RULES}") == []
