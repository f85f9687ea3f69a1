"""The decisions of a policy by role, triad and phase: an index over the decision diagram that answers requests.

The row of a role is a pair. The first part has the decisions by phase for each triad that differs from the rest; the
second part has the decisions by phase for every other triad. Roles, triads and phases with the same decisions share the
same objects, so the memory for 100,000 roles depends only on how many combinations of decisions there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from resolver.domain import Decision, Facts, ModelTiers, Policy, Rule, Subject
from resolver.table.any_other import ANY_OTHER, AnyOther
from resolver.table.changed_mapping import with_changes
from resolver.table.question import Answer, Question

Phases = dict[str | AnyOther | None, Decision | None]
"""The decision by phase. It is None if no rule decides, or if the winning rule refers to a fact that is absent."""
IndexRow = tuple[Mapping[str, Phases], Phases]
"""The decisions of a role: by triad for the triads that differ from the rest, and for every other triad."""
Request = tuple[str | AnyOther | None, Rule, Facts]
"""A request of a subject: its phase, the rule that decides, and its extra facts."""
_NO_OVERRIDES: Mapping[str, str] = MappingProxyType({})


class Rows:
    """Computes rows from the diagram, once for each distinct combination of what the policy file says of a subject.

    A row tells apart only the triads and phases that the diagram still tells apart once the role, and then the triad,
    is fixed.
    """

    def __init__(self, policy: Policy, question: Question, extra: Facts = MappingProxyType({})) -> None:
        """Prepare the rows.

        Args:
            policy: The policy.
            question: Its question `tier`.
            extra: The extra facts of all requests.

        """
        self.policy = policy
        self.question = question
        self.extra = extra
        self.overrides = _by_role(policy.model_tiers)
        self._decisions: dict[tuple[str, str], Decision] = {}
        self._phases: dict[tuple[object, ...], Phases] = {}
        self._tiers: dict[tuple[object, ...], frozenset[str]] = {}
        self._requests: dict[tuple[object, ...], Request | None] = {}

    def all(self) -> dict[str, IndexRow]:
        """Return the row of every role that a default, an override, an escalation or a rule names."""
        tiers = self.policy.model_tiers
        escalated: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for subject, tier in tiers.escalation_state.items():
            escalated[subject.role][subject.triad] = tier
        named = dict.fromkeys((*self.listed_roles(), *escalated))
        return {role: self.row(role, escalated.get(role, {})) for role in named}

    def listed_roles(self) -> list[str]:
        """Return the roles that a default, an override or a rule names, without names that no request can have."""
        named = dict.fromkeys((*self.policy.model_tiers.role_defaults, *self.overrides, *self.question.named("role")))
        return [role for role in named if ":" not in role]

    def triads(self, role: str | None) -> list[str]:
        """Return the triads that rules tell apart for `role` (None: any role that is not listed)."""
        return [*self.question.leads(self._after_role(role), "triad")[0]]

    def row(self, role: str | None, escalated: Mapping[str, str] = MappingProxyType({})) -> IndexRow:
        """Return the row of a role.

        Args:
            role: The role; None means any role that is not listed.
            escalated: The role's entries in `escalation_state`, by triad.

        """
        named, unnamed = self.question.leads(self._after_role(role), "triad")
        usual = self._phases_of(unnamed, role, None)
        triads = {triad: self._phases_of(node, role, escalated.get(triad)) for triad, node in named.items()}
        by_tier = {tier: self._phases_of(unnamed, role, tier) for tier in {*escalated.values()}}
        triads |= {triad: by_tier[tier] for triad, tier in escalated.items() if triad not in named}
        return {triad: phases for triad, phases in triads.items() if phases is not usual}, usual

    def changed(self, role: str, row: IndexRow | None, escalated: Mapping[str, str | None]) -> IndexRow:
        """Return `row` with other escalations.

        Args:
            role: The role of the row.
            row: The row as it is; None if the role has no row yet.
            escalated: The new entry of each triad that changes; None deletes the entry.

        """
        old, usual = self.row(role) if row is None else row
        named, unnamed = self.question.leads(self._after_role(role), "triad")
        triads: dict[str, Phases | None] = {}
        for triad, tier in escalated.items():
            phases = self._phases_of(named.get(triad, unnamed), role, tier)
            triads[triad] = None if phases is usual else phases
        return with_changes(old, triads), usual

    def decisions(self, triad: str | None, role: str | None, escalated: str | None) -> Phases:
        """Return the decisions of a subject by phase.

        Args:
            triad: The triad; None means any triad that no rule names.
            role: The role; None means any role that is not listed.
            escalated: The subject's entry in `escalation_state`; None if it has none.

        """
        return self._phases_of(self._after_names(triad, role), role, escalated)

    def _phases_of(self, node: int, role: str | None, escalated: str | None) -> Phases:
        """Return the decisions by phase below `node`, at which triad and role are fixed."""
        default, overrides = self._rows_of(role)
        key = (node, default, tuple(overrides.items()), escalated)
        if key not in self._phases:
            phases: Phases = {
                phase: self._decided(below) for phase, below in self._by_phase(node, default, overrides, escalated)
            }
            phases[""] = phases[None]
            self._phases[key] = phases
        return self._phases[key]

    def tiers_without_entry(self, subject: Subject) -> frozenset[str]:
        """Return every tier that `subject` gets without an entry, over all phases and all extra facts."""
        node = self._after_names(subject.triad, subject.role)
        default, overrides = self._rows_of(subject.role)
        key = (node, default, tuple(overrides.items()))
        if key not in self._tiers:
            by_phase = self._by_phase(node, default, overrides, None)
            leaves = self.question.diagram.leaves(*(below for _, below in by_phase))
            tiers = (self.question.answer(leaf).tier for leaf in leaves)
            self._tiers[key] = frozenset(tier for tier in tiers if tier is not None)
        return self._tiers[key]

    def request_on(self, subject: Subject, tier: str) -> Request | None:
        """Return a request of `subject` that runs on `tier` without an entry.

        Args:
            subject: The subject of the request.
            tier: The tier.

        Returns:
            The request, with the fewest extra facts, and in the first phase with so few; None if there is none.

        """
        question = self.question
        node = self._after_names(subject.triad, subject.role)
        default, overrides = self._rows_of(subject.role)
        key = (node, default, tuple(overrides.items()), tier)
        if key not in self._requests:
            requests = (
                (phase, rule, question.example(below, leaf))
                for phase, below in self._by_phase(node, default, overrides, None)
                for leaf in sorted(question.diagram.leaves(below), reverse=True)
                if question.answer(leaf).tier == tier and (rule := question.answer(leaf).rule) is not None
            )
            self._requests[key] = min(requests, key=lambda request: len(request[2]), default=None)
        return self._requests[key]

    def decision(self, answer: Answer) -> Decision | None:
        """Return the decision for an answer, None if the answer has no tier. Equal decisions are the same object."""
        rule, tier = answer.rule, answer.tier
        if rule is None or tier is None:
            return None
        key = (rule.name, tier)
        if key not in self._decisions:
            answer_tier = self.policy.model_tiers.tiers[tier]
            self._decisions[key] = Decision(
                tier, rule.name, rule.because, answer_tier.providers, self.policy.revision, answer_tier.options
            )
        return self._decisions[key]

    def _after_role(self, role: str | None) -> int:
        return self.question.below(self.question.root, "role", ANY_OTHER if role is None else role)

    def _after_names(self, triad: str | None, role: str | None) -> int:
        return self.question.below(self._after_role(role), "triad", ANY_OTHER if triad is None else triad)

    def _rows_of(self, role: str | None) -> tuple[str | None, Mapping[str, str]]:
        """Return the default tier of a role (None: no default), and its overrides by phase."""
        if role is None:
            return None, _NO_OVERRIDES
        return self.policy.model_tiers.role_defaults.get(role), self.overrides.get(role, _NO_OVERRIDES)

    def _by_phase(
        self, node: int, default: str | None, overrides: Mapping[str, str], escalated: str | None
    ) -> Iterator[tuple[str | AnyOther | None, int]]:
        """Yield each phase that matters below `node`, with the node for the phase, its override, default and entry."""
        below = self.question.below
        for phase in (None, *dict.fromkeys((*overrides, *self.question.leads(node, "phase")[0])), ANY_OTHER):
            override = overrides.get(phase) if isinstance(phase, str) else None
            reached = below(below(node, "phase", phase), "role_default", default)
            yield phase, below(below(reached, "phase_override", override), "escalated_tier", escalated)

    def _decided(self, node: int) -> Decision | None:
        """Return the decision below `node`, at which only extra facts are still unknown."""
        return self.decision(self.question.answer(self.question.after(self.extra, node=node)))


def _by_role(tiers: ModelTiers) -> dict[str, dict[str, str]]:
    """Return the overrides of each role, by phase."""
    overrides: dict[str, dict[str, str]] = {}
    for phase, rows in tiers.phase_overrides.items():
        for role, tier in rows.items():
            overrides.setdefault(role, {})[phase] = tier
    return overrides
