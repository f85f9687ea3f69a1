"""The rows of a policy as an index over the decision diagram: what a request is looked up in.

`rows[role]` is a pair: for the triads that differ from all others, and for those others, the decision by phase. Roles,
triads and phases with the same decisions share the same objects, so 100,000 roles cost what their combinations cost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from resolver.domain import Decision, ModelTiers, Policy, Subject
from resolver.table.any_other import ANY_OTHER, AnyOther
from resolver.table.question import Answer, Question

Phases = dict[str | AnyOther | None, Decision | None]
"""The decision by phase; None where no rule decides, or the winning rule's reference is absent."""
Row = tuple[dict[str, Phases], Phases]
_NO_OVERRIDES: Mapping[str, str] = MappingProxyType({})


class Rows:
    """Looks the decision of a request up in the diagram, once for each distinct combination of a policy's rows.

    Only the triads and phases count that the diagram still tells apart once the role, and then the triad, is fixed.
    """

    def __init__(self, policy: Policy, question: Question) -> None:
        self.policy = policy
        self.question = question
        self.overrides = _by_role(policy.model_tiers)
        self._decisions: dict[tuple[str, str], Decision] = {}
        self._phases: dict[tuple[object, ...], Phases] = {}
        self._tiers: dict[tuple[object, ...], frozenset[str]] = {}

    def all(self) -> dict[str, Row]:
        """Return the row of every role that a default, an override, an escalation or a rule names."""
        tiers = self.policy.model_tiers
        escalated: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for subject, tier in tiers.escalation_state.items():
            escalated[subject.role][subject.triad] = tier
        named = dict.fromkeys((*self.listed_roles(), *escalated))
        return {role: self.row(role, escalated.get(role, {})) for role in named}

    def listed_roles(self) -> list[str]:
        """Return the roles that a default, an override or a rule names, as far as a request can name them."""
        named = dict.fromkeys((*self.policy.model_tiers.role_defaults, *self.overrides, *self.question.named("role")))
        return [role for role in named if ":" not in role]

    def triads(self, role: str | None) -> list[str]:
        """Return the triads that differ from all others to the rules, for `role` (None: one that is not listed)."""
        return [*self.question.leads(self._after_role(role), "triad")[0]]

    def row(self, role: str | None, escalated: Mapping[str, str] = MappingProxyType({})) -> Row:
        """Return the row of `role`, or of any role that is not listed, with these escalations by triad."""
        told_apart, other = self.question.leads(self._after_role(role), "triad")
        others = self._phases_of(other, role, None)
        triads = {
            triad: self._phases_of(told_apart.get(triad, other), role, escalated.get(triad))
            for triad in dict.fromkeys((*told_apart, *escalated))
        }
        return {triad: phases for triad, phases in triads.items() if phases is not others}, others

    def changed(self, role: str, row: Row | None, escalated: Mapping[str, str | None]) -> Row:
        """Return `row` of `role` (None: no row yet) with these escalations by triad (None: none) instead of its own."""
        old, others = self.row(role) if row is None else row
        told_apart, other = self.question.leads(self._after_role(role), "triad")
        triads = old.copy()
        for triad, tier in escalated.items():
            phases = self._phases_of(told_apart.get(triad, other), role, tier)
            if phases is others:
                triads.pop(triad, None)
            else:
                triads[triad] = phases
        return triads, others

    def decisions(self, triad: str | None, role: str | None, escalated: str | None) -> Phases:
        """Return the decision by phase of a subject; None is a triad or a role that is not listed."""
        return self._phases_of(self._after_names(triad, role), role, escalated)

    def _phases_of(self, node: int, role: str | None, escalated: str | None) -> Phases:
        """Return the decision by phase where `node` is left once triad and role are fixed."""
        default, overrides = self._rows_of(role)
        key = (node, default, tuple(overrides.items()), escalated)
        if key not in self._phases:
            phases: Phases = {
                phase: self._without_facts(left) for phase, left in self._by_phase(node, default, overrides, escalated)
            }
            phases[""] = phases[None]
            self._phases[key] = phases
        return self._phases[key]

    def tiers_without_entry(self, subject: Subject) -> frozenset[str]:
        """Return every tier that the policy gives `subject` without an entry, in whatever phase, with any facts."""
        node = self._after_names(subject.triad, subject.role)
        default, overrides = self._rows_of(subject.role)
        key = (node, default, tuple(overrides.items()))
        if key not in self._tiers:
            leaves = {
                leaf
                for _, left in self._by_phase(node, default, overrides, None)
                for leaf in self.question.diagram.leaves(left)
            }
            tiers = (self.question.answer(leaf).tier for leaf in leaves)
            self._tiers[key] = frozenset(tier for tier in tiers if tier is not None)
        return self._tiers[key]

    def decision(self, answer: Answer) -> Decision | None:
        """Return the decision for an answer, None if it has no tier; the same object for the same decision."""
        rule, tier = answer.rule, answer.tier
        if rule is None or tier is None:
            return None
        key = (rule.name, tier)
        if key not in self._decisions:
            models = self.policy.model_tiers.tiers[tier].providers
            self._decisions[key] = Decision(tier, rule.name, rule.because, models, self.policy.revision)
        return self._decisions[key]

    def _after_role(self, role: str | None) -> int:
        return self.question.below(self.question.root, "role", ANY_OTHER if role is None else role)

    def _after_names(self, triad: str | None, role: str | None) -> int:
        return self.question.below(self._after_role(role), "triad", ANY_OTHER if triad is None else triad)

    def _rows_of(self, role: str | None) -> tuple[str | None, Mapping[str, str]]:
        """Return the default and the overrides of a role."""
        if role is None:
            return None, _NO_OVERRIDES
        return self.policy.model_tiers.role_defaults.get(role), self.overrides.get(role, _NO_OVERRIDES)

    def _by_phase(
        self, node: int, default: str | None, overrides: Mapping[str, str], escalated: str | None
    ) -> Iterator[tuple[str | AnyOther | None, int]]:
        """Yield each phase that matters below `node`, with the node that is left once all rows are fixed, too."""
        below = self.question.below
        for phase in (None, *dict.fromkeys((*overrides, *self.question.leads(node, "phase")[0])), ANY_OTHER):
            override = overrides.get(phase) if isinstance(phase, str) else None
            left = below(below(node, "phase", phase), "role_default", default)
            yield phase, below(below(left, "phase_override", override), "escalated_tier", escalated)

    def _without_facts(self, node: int) -> Decision | None:
        """Return the decision below `node` for requests without extra facts."""
        return self.decision(self.question.answer(self.question.after({}, node=node)))


def _by_role(tiers: ModelTiers) -> dict[str, dict[str, str]]:
    overrides: dict[str, dict[str, str]] = {}
    for phase, rows in tiers.phase_overrides.items():
        for role, tier in rows.items():
            overrides.setdefault(role, {})[phase] = tier
    return overrides
