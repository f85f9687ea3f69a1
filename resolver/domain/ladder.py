"""The ladder: a policy's tiers, lowest first."""

from __future__ import annotations

from resolver.frozen import frozen


@frozen
class Ladder:
    """The names of the tiers through which an escalation climbs, lowest first, each once.

    >>> ladder = Ladder(("fast", "general", "reasoning"))
    >>> ladder.rank("general"), ladder.above("general"), ladder.above("reasoning")
    (1, 'reasoning', None)
    """

    tiers: tuple[str, ...]

    @property
    def top(self) -> str:
        """The highest tier; IndexError if the ladder is empty."""
        return self.tiers[-1]

    def rank(self, tier: str) -> int:
        """Return the number of tiers below `tier`."""
        return self.tiers.index(tier)

    def above(self, tier: str) -> str | None:
        """Return the tier one step above `tier`, or None at the top; ValueError if the ladder lacks it."""
        rank = self.rank(tier) + 1
        return self.tiers[rank] if rank < len(self.tiers) else None
