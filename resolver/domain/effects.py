"""Effects: the action of a rule when it wins."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from resolver.domain.conditions import Reference


class EffectKind(StrEnum):
    """The effects of both rulesets: `tier` belongs to the ruleset `tier`, the rest to the ruleset `outcome`.

    No rule can have the effect `queued`. An outcome has it while it waits because the state's database is unreachable.
    """

    TIER = "tier"
    COUNT = "count"
    RESET = "reset"
    IGNORE = "ignore"
    HOLD = "hold"
    ESCALATE = "escalate"
    QUEUED = "queued"


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect. Only `tier` and `escalate` have a `target`: a tier, or a reference to the fact that holds the tier."""

    kind: EffectKind
    target: str | Reference | None = None
