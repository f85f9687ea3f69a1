"""The extra facts of a record that a policy declares; the policy of that time may have declared more."""

from __future__ import annotations

from typing import Any

from resolver.diagnostics import ResolverError
from resolver.table import DecisionTable

Facts = tuple[tuple[str, Any], ...]


class DeclaredFacts:
    """Leaves out facts and values that the policy of `table` does not declare; equal facts are checked once."""

    def __init__(self, table: DecisionTable) -> None:
        self.table = table
        self._known: dict[object, Facts] = {}

    def of(self, given: dict[str, Any]) -> Facts:
        """Return the facts among `given` that the policy declares."""
        try:
            # `True == 1`, but a boolean is no number here
            key = (tuple(given.items()), tuple(map(type, given.values())))
            if key not in self._known:
                self._known[key] = self._checked(given)
            return self._known[key]
        except TypeError:  # a value that no fact can have
            return self._checked(given)

    def _checked(self, given: dict[str, Any]) -> Facts:
        facts: list[tuple[str, Any]] = []
        for name, value in sorted(given.items()):
            try:
                facts += self.table.check_extra({name: value}).items()
            except ResolverError:
                continue
        return tuple(facts)
