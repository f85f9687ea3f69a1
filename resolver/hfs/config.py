"""HFS's section `model_tiers` as a pydantic model, with the fields of HFS's own class."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

TierName = Literal["fast", "general", "reasoning"]
TIER_ORDER: tuple[TierName, ...] = get_args(TierName)
"""The ladder, lowest first. It is part of HFS's interface, so that no policy can change it."""


def _or_none(value: Any) -> Any:
    return {} if value is None else value


def _complete(tiers: dict[TierName, TierConfig]) -> dict[TierName, TierConfig]:
    missing = [name for name in TIER_ORDER if name not in tiers]
    if missing:
        raise ValueError(f"tiers without a definition: {', '.join(missing)}")
    return tiers


class TierConfig(BaseModel):
    """A tier: its model id at each provider."""

    description: str = ""
    providers: dict[str, str]


class ModelTiersConfig(BaseModel):
    """The section `model_tiers`: all three tiers, and the rows. `null` means none."""

    model_config = ConfigDict(validate_assignment=True)

    tiers: Annotated[dict[TierName, TierConfig], AfterValidator(_complete)]
    role_defaults: Annotated[dict[str, TierName], BeforeValidator(_or_none)] = Field(default_factory=dict)
    phase_overrides: Annotated[dict[str, dict[str, TierName]], BeforeValidator(_or_none)] = Field(default_factory=dict)
    escalation_state: Annotated[dict[str, TierName], BeforeValidator(_or_none)] = Field(default_factory=dict)
