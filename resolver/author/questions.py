"""What two policies are asked, each sort of request once."""

from __future__ import annotations

from types import EllipsisType

from resolver.author.compared import Names, Pair, Roles
from resolver.author.difference import Answer, Name
from resolver.author.joint import Asked, Joint
from resolver.domain import Rule, Value
from resolver.table import DecisionTable
from resolver.table.table import target_of

Given = tuple[tuple[str, Value], ...]
"""Extra facts of a request."""
Both = tuple[Answer, Answer, Given]
"""What requests get under the old policy and under the new one, with extra facts for which they do."""
Facts = dict[str, Value]


class Questions:
    """Asks two policies the same, and keeps the answers for all that neither can tell apart."""

    def __init__(self, old: DecisionTable, new: DecisionTable) -> None:
        self.tables = (old, new)
        self.ladders = old.policy.model_tiers.ladder, new.policy.model_tiers.ladder
        self.names = Names(old, new)
        self.joint = Joint(old, new)
        self.entries: list[str | None] = [None, *(t for t in self.ladders[0].tiers if t in self.ladders[1].tiers)]
        self._known: dict[tuple[object, ...], list[Both]] = {}

    def requests(
        self, roles: Roles, triad: Name, phase: Name, entry: str | None, other: str | EllipsisType | None = ...
    ) -> list[Both]:
        """Return what requests get with this entry (under the new policy with an `other`), one for each pair."""
        entries = entry, entry if isinstance(other, EllipsisType) else other
        key = (*self.key(roles, triad, phase), entries)
        if key not in self._known:
            facts = self.facts(roles, triad, phase, entries)
            asked = [Asked(table.tier, of) for table, of in zip(self.tables, facts, strict=True)]
            found: dict[tuple[Answer, Answer], Given] = {}
            for rules, extra in self.joint.answers(*asked):
                old, new = (answer(rule, {**of, **extra}) for rule, of in zip(rules, facts, strict=True))
                if (old, new) not in found or len(extra) < len(found[old, new]):
                    found[old, new] = tuple(extra.items())
            self._known[key] = [(*both, extra) for both, extra in found.items()]
        return self._known[key]

    def key(self, roles: Roles, triad: Name, phase: Name) -> tuple[object, ...]:
        """Return what is the same for all requests that neither policy can tell apart."""
        role = roles.names[0] if roles.names[0] in self.names.rule_roles else ""
        named = phase if phase is None or phase in self.names.rule_phases else ""
        return role, triad, named, roles.defaults, self.override(roles, phase)

    def override(self, roles: Roles, phase: Name) -> Pair:
        """Return the overrides of a phase under both policies."""
        return next((pair for name, pair in roles.overrides if name == phase), (None, None))

    def facts(
        self, roles: Roles, triad: Name, phase: Name, entries: tuple[str | None, str | None]
    ) -> tuple[Facts, Facts]:
        """Return the facts that both policies see of a request, without extra ones."""
        names = {
            "triad": self.names.concrete("triad", triad),
            "role": self.names.concrete("role", roles.names[0]),
            "phase": self.names.concrete("phase", phase),
        }
        rows = zip(roles.defaults, self.override(roles, phase), entries, strict=True)
        old, new = (
            {**names, "role_default": default, "phase_override": override, "escalated_tier": entry}
            for default, override, entry in rows
        )
        return _there(old), _there(new)


def answer(rule: Rule | None, facts: Facts) -> Answer:
    """Return the tier that `rule` gives a request with these facts."""
    return Answer(target_of(rule, facts) if rule else None, rule)


def _there(facts: dict[str, str | None]) -> Facts:
    return {name: value for name, value in facts.items() if value is not None}
