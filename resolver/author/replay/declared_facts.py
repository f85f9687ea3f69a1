"""The extra facts of a record that a policy declares; the policy of that time may have declared more."""

from __future__ import annotations

from typing import Any, NamedTuple

from resolver.diagnostics import ResolverError
from resolver.table import DecisionTable

Facts = tuple[tuple[str, Any], ...]
_MOST_NAMES = 1_000
"""Names of facts that are counted; a log may have any number of them."""


class LeftOutFact(NamedTuple):
    """A fact that was left out: the number of lines that had it, and the reason for the first of them."""

    lines: int
    reason: str


LeftOut = dict[str, LeftOutFact]
"""The facts that were left out, by name."""


class DeclaredFacts:
    """Leaves out facts and values that the policy of `table` does not declare; equal facts are checked once."""

    def __init__(self, table: DecisionTable) -> None:
        self.table = table
        self.left_out: LeftOut = {}
        self._known: dict[object, tuple[Facts, dict[str, str]]] = {}

    def of(self, given: dict[str, Any]) -> Facts:
        """Return the facts among `given` that the policy declares."""
        try:
            # `True == 1`, but a boolean is no number here
            key = (tuple(given.items()), tuple(map(type, given.values())))
            if key not in self._known:
                self._known[key] = self._checked(given)
            facts, refused = self._known[key]
        except TypeError:  # a value that no fact can have
            facts, refused = self._checked(given)
        for name, reason in refused.items():
            if name in self.left_out or len(self.left_out) < _MOST_NAMES:
                earlier = self.left_out.get(name, LeftOutFact(0, reason))
                self.left_out[name] = LeftOutFact(earlier.lines + 1, earlier.reason)
        return facts

    def _checked(self, given: dict[str, Any]) -> tuple[Facts, dict[str, str]]:
        """Return the facts that the policy declares, and the reasons against the rest."""
        facts: list[tuple[str, Any]] = []
        refused: dict[str, str] = {}
        for name, value in sorted(given.items()):
            try:
                facts += self.table.check_extra({name: value}).items()
            except ResolverError as error:
                refused[name] = str(error)
        return tuple(facts), refused
