"""What a subject's requests get and what its outcomes do, in every state: read off the decision tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from resolver.domain import EffectKind, Facts, Reference, Rule, Value
from resolver.prover.extras import Extra, Place, Together, descend
from resolver.prover.limits import Limits
from resolver.prover.subjects import PhaseClass, SubjectClass
from resolver.table import DecisionTable
from resolver.table.diagram import winner_of
from resolver.table.outcome import raised_tier
from resolver.table.question import Question
from resolver.table.table import target_of


@dataclass(frozen=True, slots=True)
class State:
    """An entry of `escalation_state` (None: none) and the streak under it: strikes and the highest tier that failed."""

    entry: str | None
    strikes: int = 0
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request with what it gets: the rule that wins and its tier, None where there is none."""

    phase: PhaseClass
    extra: Extra
    rule: Rule | None
    tier: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """An outcome of a request with what it does: the rule that wins (None: none does), and the tier that it names."""

    request: Request
    failed: bool
    kind: str | None
    rule: Rule | None
    to_tier: str | None

    @property
    def effect(self) -> EffectKind | None:
        """Return the effect of the rule that wins."""
        return self.rule.effect.kind if self.rule else None


Known = dict[str, Value | None]
"""Extra facts as far as they are known, None for those that are absent."""


@dataclass(frozen=True, slots=True)
class Case:
    """One and the same request, in a phase with these extra facts, that fails again and again with one kind."""

    phase: PhaseClass
    known: Known
    kind: str | None


class Machine:
    """The subjects of one class as a state machine."""

    def __init__(self, table: DecisionTable, together: Together, subject: SubjectClass, limits: Limits) -> None:
        self.table = table
        self.together = together
        self.subject = subject
        self.limits = limits
        self.ladder = table.policy.model_tiers.ladder
        phases: dict[object, PhaseClass] = {}
        for phase in subject.phases:
            phases.setdefault(self._signature(phase), phase)
        self.phases = tuple(phases.values())
        self._alike = phases
        self._requests: dict[str | None, list[Request]] = {}

    def requests(self, entry: str | None) -> list[Request]:
        """Return one request for each phase and answer, whatever the extra facts, no phase first."""
        if entry not in self._requests:
            found: dict[tuple[PhaseClass, str | None, str | None], Request] = {}
            for phase in self.phases:
                facts = self._facts(phase, entry)
                for rule, extra in self.together.answers(self._place(facts)):
                    tier = target_of(rule, {**facts, **dict(extra)}) if rule else None
                    key = (phase, rule.name if rule else None, tier)
                    found.setdefault(key, Request(phase, extra, rule, tier))
            self._requests[entry] = list(found.values())
        return self._requests[entry]

    def phase_class(self, phase: PhaseClass) -> PhaseClass | None:
        """Return the one of `phases` that no rule can tell from `phase`, if there is one."""
        return self._alike.get(self._signature(phase))

    def changes(self, before: str | None, after: str | None) -> Iterator[tuple[Request, Request]]:
        """Yield what requests get under one entry and under another, one pair for each phase and pair of answers."""
        for phase in self.phases:
            yield from self._pairs((phase, before), (phase, after))

    def steps(self, state: State) -> Iterator[Step]:
        """Yield the outcomes in `state`: one for each request, kind and effect, failures first."""
        seen: set[tuple[PhaseClass, str]] = set()
        requests = []
        for request in self.requests(state.entry):
            if request.tier is not None and (request.phase, request.tier) not in seen:
                seen.add((request.phase, request.tier))
                requests.append(request)
        for request in requests:
            for kind in self.limits.kinds:
                yield from self.failures(state, request, kind)
        for request in requests:
            facts = {**self._names(request.phase), "result": "success"}
            yield from self._outcomes(state, request, facts, failed=False, kind=None)

    def failures(self, state: State, request: Request, kind: str | None) -> Iterator[Step]:
        """Yield what a failure of this kind does to requests of this phase and tier, whatever their extra facts."""
        yield from self._outcomes(state, request, self._failure(state, request, kind), failed=True, kind=kind)

    def _failure(self, state: State, request: Request, kind: str | None) -> Facts:
        assert request.tier is not None
        failed = self._failed(state, request.tier)
        raised = raised_tier(self.table, self.subject.subject, state.entry, request.tier, failed)
        facts: dict[str, Value | None] = {
            **self._names(request.phase),
            "result": "failure",
            "kind": kind,
            "strikes": state.strikes + 1,
            "failed_tier": failed,
            "next_tier": self.ladder.above(failed),
            "raised_tier": raised,
        }
        return {name: value for name, value in facts.items() if value is not None}

    def failure_of(self, state: State, case: Case) -> Step | list[Known] | None:
        """Return what a failure of just this case does, None where it cannot fail: it runs on the top, or on nothing.

        Where that depends on an extra fact that is not known yet, return its values, one for each answer.
        """
        extra = {name: value for name, value in case.known.items() if value is not None}
        asked = {**self._facts(case.phase, state.entry), **extra}
        answered = self._decided(self.table.tier, asked, case.known)
        if isinstance(answered, list):
            return answered
        tier = target_of(answered, asked) if answered else None
        if tier is None or tier == self.ladder.top:
            return None
        request = Request(case.phase, tuple(extra.items()), answered, tier)
        facts = {**self._failure(state, request, case.kind), **extra}
        rule = self._decided(self.table.outcome, facts, case.known)
        if isinstance(rule, list):
            return rule
        return Step(request, True, case.kind, rule, target_of(rule, facts) if rule else None)

    def _decided(self, question: Question, facts: Facts, known: Known) -> Rule | list[Known] | None:
        """Return the rule that wins, or the values of the next extra fact that it, or its effect, depends on."""
        unknown = {name: at for name, at in self.together.order.items() if name not in known}
        _, node = descend(question, facts, unknown)
        if node >= 0:
            variable = question.universe.variables[question.diagram.level[node]]
            name = variable.facts[0]
            if name in self.together.targets:
                return self._values(question, name)
            branches, otherwise = question.diagram.branches[node], question.diagram.otherwise[node]
            leads: dict[int, Value | None] = {}
            for at, values in enumerate(variable.classes):
                leads.setdefault(branches.get(at, otherwise), values.get(name))
            return [{name: value} for value in leads.values()]
        winner = winner_of(node)
        rule = None if winner is None else question.rules[winner]
        if rule is not None and isinstance(target := rule.effect.target, Reference) and target.fact in unknown:
            return self._values(question, target.fact)
        return rule

    def _values(self, question: Question, name: str) -> list[Known]:
        """Return every value of an extra fact, absent first."""
        return [{name: facts.get(name)} for facts in question.universe.variables[question.level(name)].classes]

    def overrides_nothing(self, phase: str, tier: str) -> bool:
        """Tell whether requests in `phase` get the same tier with the override `tier` as without one."""
        pairs = self._pairs((PhaseClass(phase, None), None), (PhaseClass(phase, tier), None))
        return all(without.tier == overridden.tier for without, overridden in pairs)

    def after(self, state: State, step: Step) -> State:
        """Return the state after `step`; strikes beyond what rules can tell apart stay where they are."""
        effect, tier = step.effect, step.request.tier
        if effect is EffectKind.COUNT and step.failed and tier is not None:
            strikes = min(state.strikes + 1, self.limits.strikes)
            return State(state.entry, strikes, self._failed(state, tier))
        if effect is EffectKind.ESCALATE and step.to_tier is not None:
            return State(step.to_tier)
        return state if effect in (EffectKind.IGNORE, None) else State(state.entry)

    def _outcomes(
        self, state: State, request: Request, facts: Facts, *, failed: bool, kind: str | None
    ) -> Iterator[Step]:
        seen: set[tuple[str | None, str | None]] = set()
        asked = self._facts(request.phase, state.entry)
        outcome = descend(self.table.outcome, facts, self.together.order)
        for answered, rule, extra in self.together.pairs(self._place(asked), outcome):
            given = dict(extra)
            if answered is None or target_of(answered, {**asked, **given}) != request.tier:
                continue
            to_tier = target_of(rule, {**facts, **given}) if rule else None
            if (key := (rule.name if rule else None, to_tier)) not in seen:
                seen.add(key)
                yield Step(Request(request.phase, extra, answered, request.tier), failed, kind, rule, to_tier)

    def _pairs(
        self, one: tuple[PhaseClass, str | None], other: tuple[PhaseClass, str | None]
    ) -> Iterator[tuple[Request, Request]]:
        """Yield what the same requests get in two phases, each under an entry: one pair for each pair of answers."""
        seen = self._facts(*one), self._facts(*other)
        for first, second, extra in self.together.pairs(self._place(seen[0]), self._place(seen[1])):
            given = dict(extra)
            tier = target_of(first, {**seen[0], **given}) if first else None
            other_tier = target_of(second, {**seen[1], **given}) if second else None
            yield Request(one[0], extra, first, tier), Request(other[0], extra, second, other_tier)

    def _failed(self, state: State, tier: str) -> str:
        return max(state.failed or tier, tier, key=self.ladder.rank)

    def _signature(self, phase: PhaseClass) -> object:
        """Return what tells requests in `phase` apart from those in other phases, in any state."""
        nodes = tuple(self._place(self._facts(phase, entry))[1] for entry in (None, *self.ladder.tiers))
        return phase.override, nodes, self.limits.phases.get(phase.name, self.limits.other_phase)

    def _place(self, facts: Facts) -> Place:
        return descend(self.table.tier, facts, self.together.order)

    def _names(self, phase: PhaseClass) -> dict[str, Value]:
        subject = self.subject.subject
        names: dict[str, Value] = {"triad": subject.triad, "role": subject.role}
        return {**names, "phase": phase.name} if phase.name is not None else names

    def _facts(self, phase: PhaseClass, entry: str | None) -> dict[str, Value]:
        rows = {"role_default": self.subject.default, "phase_override": phase.override, "escalated_tier": entry}
        return {**self._names(phase), **{name: tier for name, tier in rows.items() if tier is not None}}
