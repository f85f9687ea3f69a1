"""The requests of a subject and its outcomes, in every state: read off the decision diagrams."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from resolver.domain import EffectKind, Facts, Rule, Value
from resolver.prover.subjects import PhaseClass, SubjectClass
from resolver.table import DecisionTable
from resolver.table.budget import Budget
from resolver.table.outcome import raised_tier
from resolver.table.question import Answer, Question
from resolver.table.walk import Extra, Place, Walker

MOST_STEPS = 150_000
"""Outcomes that are looked at for all subjects of a policy: some seconds."""


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


Known = dict[str, tuple[Value | None, ...]]
"""The values that extra facts can have, None for those that can be absent, as far as that is limited."""


@dataclass(frozen=True, slots=True)
class Case:
    """One and the same request, in a phase with such extra facts, that fails again and again with one kind."""

    phase: PhaseClass
    known: Known
    kind: str | None


class Machine:
    """The subjects of one class as a state machine. Raises TooLargeError where that takes more than `budget`."""

    def __init__(self, table: DecisionTable, walker: Walker, budget: Budget, subject: SubjectClass) -> None:
        self.table = table
        self.walker = walker
        self.subject = subject
        self._budget = budget
        self.ladder = table.policy.model_tiers.ladder
        self.kinds = tuple(_kinds(table.outcome, subject))
        self.most_strikes = _most_strikes(table.outcome, subject)
        self._requests: dict[str | None, list[Request]] = {}

    def requests(self, entry: str | None) -> list[Request]:
        """Return one request for each phase and answer, whatever the extra facts, no phase first."""
        if entry not in self._requests:
            found: dict[tuple[object, ...], Request] = {}
            for phase in self.subject.phases:
                for (answer,), extra in self.walker.answers(self._tier(phase, entry)):
                    request = _request(phase, extra, answer)
                    found.setdefault((phase, request.rule and request.rule.name, request.tier), request)
            self._requests[entry] = list(found.values())
        return self._requests[entry]

    def changes(self, before: str | None, after: str | None) -> Iterator[tuple[Request, Request]]:
        """Yield what requests get under one entry and under another, one pair for each phase and pair of answers."""
        for phase in self.subject.phases:
            for (first, second), extra in self.walker.answers(self._tier(phase, before), self._tier(phase, after)):
                yield _request(phase, extra, first), _request(phase, extra, second)

    def steps(self, state: State) -> Iterator[Step]:
        """Yield the outcomes in `state`: one for each request, kind and effect, failures first."""
        requests: dict[tuple[PhaseClass, str], Request] = {}
        for request in self.requests(state.entry):
            if request.tier is not None:
                requests.setdefault((request.phase, request.tier), request)
        for request in requests.values():
            for kind in self.kinds:
                yield from self._outcomes(state, request, self._failure(state, request, kind), failed=True, kind=kind)
        for request in requests.values():
            yield from self._outcomes(state, request, {"result": "success"}, failed=False, kind=None)

    def failure_of(self, state: State, case: Case) -> Step | list[Known] | None:
        """Return what a failure of just this case does, None where it cannot fail: it runs on the top, or on nothing.

        Where that depends on the value of an extra fact, return its values in groups, one for each answer.
        """
        self._budget.take(1)
        answered = self._decided(self._tier(case.phase, state.entry), case.known)
        if isinstance(answered, list):
            return answered
        extra = tuple((name, values[0]) for name, values in case.known.items() if values[0] is not None)
        request = _request(case.phase, extra, answered)
        if request.tier is None or request.tier == self.ladder.top:
            return None
        done = self._decided(self._outcome(request, self._failure(state, request, case.kind)), case.known)
        if isinstance(done, list):
            return done
        return Step(request, True, case.kind, done.rule, done.tier)

    def after(self, state: State, step: Step) -> State:
        """Return the state after `step`; strikes beyond what rules can tell apart stay where they are."""
        effect, tier = step.effect, step.request.tier
        if effect is EffectKind.COUNT and step.failed and tier is not None:
            strikes = min(state.strikes + 1, self.most_strikes)
            return State(state.entry, strikes, self._failed(state, tier))
        if effect is EffectKind.ESCALATE and step.to_tier is not None:
            return State(step.to_tier)
        return state if effect in (EffectKind.IGNORE, None) else State(state.entry)

    def _outcomes(
        self, state: State, request: Request, facts: Facts, *, failed: bool, kind: str | None
    ) -> Iterator[Step]:
        met: set[object] = set()
        asked = self._tier(request.phase, state.entry)
        for (answered, done), extra in self.walker.answers(asked, self._outcome(request, facts)):
            self._budget.take(1)
            if answered.tier != request.tier:
                continue
            step = Step(_request(request.phase, extra, answered), failed, kind, done.rule, done.tier)
            if (key := (step.rule and step.rule.name, step.to_tier)) not in met:
                met.add(key)
                yield step

    def _failure(self, state: State, request: Request, kind: str | None) -> Facts:
        assert request.tier is not None
        failed = self._failed(state, request.tier)
        facts: dict[str, Value | None] = {
            "result": "failure",
            "kind": kind,
            "strikes": state.strikes + 1,
            "failed_tier": failed,
            "next_tier": self.ladder.above(failed),
            "raised_tier": raised_tier(self.table, self.subject.subject, state.entry, request.tier, failed),
        }
        return {name: value for name, value in facts.items() if value is not None}

    def _failed(self, state: State, tier: str) -> str:
        return max(state.failed or tier, tier, key=self.ladder.rank)

    def _tier(self, phase: PhaseClass, entry: str | None) -> Place:
        """Return what is left of the diagram of `tier` for requests in this phase, under this entry."""
        return Place(self.table.tier, self.table.tier.below(phase.tier, "escalated_tier", entry))

    def _outcome(self, request: Request, facts: Facts) -> Place:
        """Return what is left of the diagram of `outcome` for a request whose outcome has these facts."""
        question = self.table.outcome
        return Place(question, question.after(facts, self.walker.facts, request.phase.outcome))

    def _decided(self, place: Place, known: Known) -> Answer | list[Known]:
        """Return the answer for all extra facts that are possible, or the groups of values on which it depends."""
        question, node = place
        while node >= 0:
            name, below = self.walker.ways(question, node)
            possible = known.get(name, self.walker.values[name])
            children = {below[value] for value in possible}
            if len(children) > 1:
                return [
                    {name: tuple(value for value in possible if below[value] == child)}
                    for child in dict.fromkeys(below[value] for value in possible)
                ]
            [node] = children
        return question.answer(node)


def _request(phase: PhaseClass, extra: Extra, answer: Answer) -> Request:
    return Request(phase, extra, answer.rule, answer.tier)


def _kinds(question: Question, subject: SubjectClass) -> Iterator[str | None]:
    """Yield kinds of failures, one of each sort that is told apart once the subject and a phase are fixed."""
    level, nodes = question.level("kind"), _asking(question, "kind", subject)
    classes = question.universe.variables[level].classes
    branched = sorted({chosen for node in nodes for chosen in question.diagram.branches[node]})
    alike: dict[tuple[int, ...], str | None] = {}
    for chosen in dict.fromkeys((0, *branched, len(classes) - 1)):
        kind = classes[chosen].get("kind")
        leads = tuple(question.diagram.below(node, level, chosen) for node in nodes)
        alike.setdefault(leads, None if kind is None else str(kind))
    yield from alike.values()


def _most_strikes(question: Question, subject: SubjectClass) -> int:
    """Return a number of failures in a row that stands for all above it."""
    nodes = _asking(question, "strikes", subject)
    classes = question.universe.variables[question.level("strikes")].classes
    highest = max((chosen for node in nodes for chosen in question.diagram.branches[node]), default=0)
    return int(classes[min(highest + 1, len(classes) - 1)]["strikes"])


def _asking(question: Question, fact: str, subject: SubjectClass) -> list[int]:
    """Return the nodes that ask for `fact` of an outcome of the subject."""
    level, diagram = question.level(fact), question.diagram
    nodes = {node: None for phase in subject.phases for node in diagram.nodes(phase.outcome, to=level)}
    return [node for node in nodes if node >= 0 and diagram.level[node] == level]
