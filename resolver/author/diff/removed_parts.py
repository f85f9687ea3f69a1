"""Places in a new policy for rows and rules that only the old policy has: what is beside them in the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from resolver.diagnostics import Place, Source
from resolver.domain import Policy, Rule
from resolver.domain.policy import RowPath, RulesetName

_RuleName = tuple[RulesetName, str]
_Part = TypeVar("_Part", RowPath, _RuleName)


class RemovedParts:
    """Finds the places of removed parts: of the part before, or else of the next one, that both policies have."""

    def __init__(self, old: Policy, new: Policy) -> None:
        self._old, self._new = old, new
        self._sections: dict[RowPath, dict[RowPath, RowPath]] = {}
        self._rules = {_name(rule): rule for rules in new.rules.values() for rule in rules}
        self._files: dict[Source, dict[_RuleName, _RuleName]] = {}

    def row(self, path: RowPath) -> Place | None:
        """Return the place for a row, a model or settings of `model_tiers`, or of its section if nothing is beside it.

        None if the section is gone, too.
        """
        places = self._old.model_tiers.places
        if path in self._new.model_tiers.places or path not in places:
            return None
        section = path[:-1]
        if section not in self._sections:
            of_section = [other for other in places if other[:-1] == section]
            self._sections[section] = _beside(of_section, self._new.model_tiers.places)
        kept = self._sections[section].get(path)
        return self._new.model_tiers.places.get(("sections", path[0]) if kept is None else kept)

    def rule(self, rule: Rule) -> Place | None:
        """Return the place for a rule; None if the new policy has no other rule of its file."""
        source = rule.place.source
        if source not in self._files:
            of_file = [other for rules in self._old.rules.values() for other in rules if other.place.source is source]
            in_order = sorted(of_file, key=lambda other: other.place.sort_key)
            self._files[source] = _beside([_name(other) for other in in_order], self._rules)
        kept = self._files[source].get(_name(rule))
        return None if kept is None else self._rules[kept].place


def _name(rule: Rule) -> _RuleName:
    return rule.ruleset, rule.name


def _beside(parts: Sequence[_Part], new: Iterable[_Part]) -> dict[_Part, _Part]:
    """Return for each part that is not in `new` the nearest one before it that is, or else the next one after it."""
    kept = {*new}
    beside: dict[_Part, _Part] = {}
    for in_order in (reversed(parts), parts):  # what the second pass finds counts
        last: _Part | None = None
        for part in in_order:
            if part in kept:
                last = part
            elif last is not None:
                beside[part] = last
    return beside
