"""The ladder, its tiers, and the rows that rules see as facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.domain import ModelTiers, Subject
from tests.loader.texts import RULES, TIERS, load, problems

_THREE = """\
model_tiers:
  tiers:
    reasoning: {providers: {groq: kimi}}
    fast: {providers: {groq: llama}}
    general: {providers: {groq: qwen}}
"""


def _tiers(folder: Path, text: str) -> ModelTiers:
    return load(folder, a=text + RULES).model_tiers


def _noted(folder: Path, text: str) -> list[str]:
    return problems(folder, a=text + RULES)


@pytest.mark.parametrize("ladder", ["", "  ladder:\n", "  ladder: []\n", "  ladder: ~\n"])
def test_the_default_ladder(tmp_path: Path, ladder: str) -> None:
    """Without a ladder, or with one that is null or empty, it is fast, general, reasoning."""
    text = _THREE.replace("  tiers", f"{ladder}  tiers")
    found = _tiers(tmp_path, text)
    assert found.ladder.tiers == ("fast", "general", "reasoning")
    assert list(found.tiers) == ["fast", "general", "reasoning"]


def test_a_ladder_of_its_own(tmp_path: Path) -> None:
    """A ladder has any names, lowest first."""
    text = "model_tiers: {ladder: [b, 'null', a], tiers: {a: &p {providers: {x: y}}, b: *p, 'null': *p}}\n"
    rules = RULES.replace("tier: fast", "tier: a")
    assert load(tmp_path, a=text + rules).model_tiers.ladder.tiers == ("b", "null", "a")


def test_the_ladder_names_tiers_that_are_defined(tmp_path: Path) -> None:
    """Each tier of the ladder is defined, and each tier that is defined is on it."""
    assert _noted(tmp_path, TIERS.replace("[fast, general]", "[fast, general, slow, fast]")) == [
        "unknown-tier: the ladder names `slow`, which `tiers` does not define",
        "duplicate-tier: `fast` is on the ladder twice",
    ]
    assert _noted(tmp_path, TIERS.replace("[fast, general]", "[fast]")) == [
        "off-ladder: the tier `general` is not on the ladder"
    ]
    assert _noted(tmp_path, _THREE.replace("reasoning", "expensive")) == [
        "unknown-tier: the ladder names `reasoning`, which `tiers` does not define",
        "off-ladder: the tier `expensive` is not on the ladder",
    ]


def test_a_misspelt_tier_is_one_problem(tmp_path: Path) -> None:
    """A tier that is close to one of the ladder is not off it as well."""
    for text in (TIERS.replace("    general", "    genral"), _THREE.replace("    reasoning", "    resoning")):
        [found] = _noted(tmp_path, text)
        assert found.startswith("unknown-tier: ")


@pytest.mark.parametrize("tiers", ["", "  tiers:\n", "  tiers: {}\n", "  tiers: []\n", "  tiers: fast\n"])
def test_no_tiers(tmp_path: Path, tiers: str) -> None:
    """Without tiers there is one problem, and no tier that a row or a rule names is called unknown."""
    rows = "  role_defaults: {critic: fast}\n  escalation_state: {'a:b': general}\n"
    assert len(_noted(tmp_path, f"model_tiers:\n  ladder: [fast, general]\n{tiers}{rows}")) == 1
    assert len(_noted(tmp_path, f"model_tiers:\n{tiers}{rows}")) == 1


@pytest.mark.parametrize("ladder", ["fast", "{fast: general}", "[1, 2]", "['']"])
def test_a_ladder_that_is_none(tmp_path: Path, ladder: str) -> None:
    """A ladder that cannot be read is a problem of its own, and not one for each tier."""
    for found in _noted(tmp_path, TIERS.replace("[fast, general]", ladder)):
        assert found.startswith(("type: ", "empty: "))


def test_providers_in_the_order_to_try_them(tmp_path: Path) -> None:
    """The default order comes first, then others as written; `provider_order` replaces it."""
    text = TIERS.replace("{groq: llama}", "{local: a, gemini: b, other: c, groq: d, cerebras: e}")
    assert list(_tiers(tmp_path, text).tiers["fast"].providers.items()) == [
        ("cerebras", "e"),
        ("groq", "d"),
        ("gemini", "b"),
        ("local", "a"),
        ("other", "c"),
    ]
    found = _tiers(tmp_path, f"{text}  provider_order: [other, groq, nobody]\n")
    assert list(found.tiers["fast"].providers) == ["other", "groq", "local", "gemini", "cerebras"]
    assert found.provider_order == ("other", "groq", "nobody")


def test_cool_down(tmp_path: Path) -> None:
    """A policy says for how many seconds a provider that failed comes last; 30 if it says nothing, or null."""
    written = {"": 30, "  cool_down: null\n": 30, "  cool_down: 0\n": 0, "  cool_down: 86400\n": 86_400}
    assert {text: _tiers(tmp_path, TIERS + text).cool_down for text in written} == written


def test_descriptions(tmp_path: Path) -> None:
    """A tier has a description, or an empty one."""
    found = _tiers(tmp_path, TIERS.replace("fast: {", "fast: {description: quick, ")).tiers
    assert [tier.description for tier in found.values()] == ["quick", ""]


@pytest.mark.parametrize("providers", ["providers: {}", "providers: ~", "providers: ", "description: a, providers: {}"])
def test_a_tier_without_providers(tmp_path: Path, providers: str) -> None:
    """A tier without providers cannot run anything."""
    text = TIERS.replace("providers: {groq: llama}", providers)
    assert _noted(tmp_path, text) == ["no-providers: the tier `fast` has no providers"]


def test_rows(tmp_path: Path) -> None:
    """Sections, tiers, models, defaults, overrides and escalations each have their place."""
    found = _tiers(
        tmp_path,
        f"""{TIERS}  role_defaults: {{critic: fast, '': general}}
  phase_overrides:
    planning: {{critic: general}}
    review:
  escalation_state: {{'a:b:critic': general, ':': fast}}
""",
    )
    assert found.role_defaults == {"critic": "fast", "": "general"}
    assert found.phase_overrides == {"planning": {"critic": "general"}, "review": {}}
    assert found.escalation_state == {Subject("a:b", "critic"): "general", Subject("", ""): "fast"}
    rows = {path: (place.line, place.column) for path, place in found.places.items()}
    assert rows == {
        ("ladder",): (2, 3),
        ("sections", "tiers"): (3, 3),
        ("sections", "role_defaults"): (6, 3),
        ("sections", "phase_overrides"): (7, 3),
        ("sections", "escalation_state"): (10, 3),
        ("tiers", "fast"): (4, 5),
        ("tiers", "general"): (5, 5),
        ("tiers", "fast", "groq"): (4, 24),
        ("tiers", "general", "groq"): (5, 27),
        ("role_defaults", "critic"): (6, 19),
        ("role_defaults", ""): (6, 33),
        ("phase_overrides", "planning", "critic"): (8, 16),
        ("escalation_state", "a:b:critic"): (10, 22),
        ("escalation_state", ":"): (10, 45),
    }


@pytest.mark.parametrize("part", ["role_defaults", "phase_overrides", "escalation_state", "provider_order", "ladder"])
@pytest.mark.parametrize("nothing", ["", "~", "null", "{}", "[]"])
def test_optional_parts_may_be_empty(tmp_path: Path, part: str, nothing: str) -> None:
    """An optional part that is null or empty is none."""
    if nothing == ("{}" if part in ("provider_order", "ladder") else "[]"):
        return
    found = _tiers(tmp_path, f"{_THREE}  {part}: {nothing}\n")
    assert not found.role_defaults
    assert not found.phase_overrides
    assert not found.escalation_state
    assert not found.provider_order


def test_a_role_may_be_called_like_a_setting(tmp_path: Path) -> None:
    """Only settings of a provider have the messages of settings."""
    text = f"{TIERS}  phase_overrides: {{p: {{limits: 1, api_key_env: 2}}}}\n"
    assert _noted(tmp_path, text) == [
        "type: `1` is an integer, but text is expected for `model_tiers.phase_overrides.p.limits`",
        "type: `2` is an integer, but text is expected for `model_tiers.phase_overrides.p.api_key_env`",
    ]


def test_rows_that_are_refused(tmp_path: Path) -> None:
    """A row has a tier of the ladder, and an escalation a triad and a role."""
    text = f"""{TIERS}  role_defaults: {{a: slow, b: 1, c: ~, d:e: fast}}
  phase_overrides: {{p: {{a: genral}}, '': {{a: fast}}}}
  escalation_state: {{critic: general, 't:r': slow}}
"""
    assert _noted(tmp_path, text) == [
        "unknown-tier: unknown tier `slow`",
        "type: `1` is an integer, but text is expected for `model_tiers.role_defaults.b`",
        "type: `~` is nothing, but text is expected for `model_tiers.role_defaults.c`",
        "colon: the role `d:e` has a colon, which ends the triad in `triad:role`",
        "unknown-tier: unknown tier `genral`",
        "empty: a phase's name is empty, which means no phase",
        "subject: `critic` has no colon between triad and role",
        "unknown-tier: unknown tier `slow`",
    ]
