"""Our own class for HFS's config: the fields of HFS's, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from resolver.hfs import ModelSelector, ModelTiersConfig, TierConfig, TierName
from tests.hfs.managers import Writing

OURS: dict[str, Any] = {"tiers": {name: {"providers": {"groq": name}} for name in ("fast", "general", "reasoning")}}


def test_our_config_has_the_fields_of_hfs() -> None:
    config = ModelTiersConfig(**OURS)
    assert set(ModelTiersConfig.model_fields) == {"tiers", "role_defaults", "phase_overrides", "escalation_state"}
    assert config.tiers["fast"] == TierConfig(description="", providers={"groq": "fast"})
    assert (config.role_defaults, config.phase_overrides, config.escalation_state) == ({}, {}, {})
    assert set(TierName.__args__) == {"fast", "general", "reasoning"}  # type: ignore[attr-defined]
    assert ModelSelector(config, Writing("groq")).get_model("t", "r") == "groq/general"


@pytest.mark.parametrize(
    "wrong",
    [
        {"tiers": {"fast": {"providers": {}}, "general": {"providers": {}}}},
        {"tiers": {**OURS["tiers"], "huge": {"providers": {}}}},
        {"tiers": {}},
        {},
        {**OURS, "role_defaults": {"r": "huge"}},
        {**OURS, "phase_overrides": {"p": {"r": "huge"}}},
        {**OURS, "escalation_state": {"t:r": "huge"}},
        {**OURS, "tiers": {**OURS["tiers"], "fast": {}}},
    ],
    ids=str,
)
def test_our_config_refuses_missing_and_unknown_tiers(wrong: dict[str, Any]) -> None:

    with pytest.raises(ValidationError):
        ModelTiersConfig(**wrong)


@pytest.mark.parametrize("part", ["role_defaults", "phase_overrides", "escalation_state"])
def test_our_config_takes_null_for_none(part: str) -> None:
    assert getattr(ModelTiersConfig(**(OURS | {part: None})), part) == {}
