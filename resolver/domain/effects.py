"""Effects: the results of rules that win."""

from __future__ import annotations

from enum import StrEnum

from resolver.domain.conditions import Reference
from resolver.frozen import frozen


class EffectKind(StrEnum):
    """The effects of both rulesets: `tier` belongs to the ruleset `tier`, all others to `outcome`.

    No rule has the effect `queued`. It is the effect of an outcome that waits until the state's database can be
    reached.
    """

    TIER = "tier"
    COUNT = "count"
    RESET = "reset"
    IGNORE = "ignore"
    HOLD = "hold"
    ESCALATE = "escalate"
    QUEUED = "queued"


@frozen
class Effect:
    """An effect. `target`, for `tier` and `escalate` only, is the tier, or the fact that holds the tier."""

    kind: EffectKind
    target: str | Reference | None = None

    @property
    def referred_fact(self) -> str | None:
        """The fact that holds the target tier, None if the effect names the tier or has none."""
        return self.target.fact if isinstance(self.target, Reference) else None
