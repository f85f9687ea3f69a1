"""A subject as a state machine: its requests and outcomes in every state, read off the decision diagrams."""

from __future__ import annotations

from collections.abc import Iterator

from resolver.domain import EffectKind, Facts, Rule, Value
from resolver.frozen import frozen
from resolver.prover.subjects import PhaseClass, SubjectClass
from resolver.table import DecisionTable
from resolver.table.budget import Budget
from resolver.table.outcome import failure_facts
from resolver.table.question import Answer, Question
from resolver.table.walk import Extra, Place, Walker

MOST_STEPS = 150_000
"""The largest number of outcomes that the prover examines for all subjects of a policy. They take some seconds."""


@frozen
class State:
    """An entry of `escalation_state` (None: none) and the streak under it: strikes and the highest tier that failed."""

    entry: str | None
    strikes: int = 0
    failed: str | None = None


@frozen
class Request:
    """A request, the rule that wins (None: none does) and the tier that it gets (None: no tier)."""

    phase: PhaseClass
    extra: Extra
    rule: Rule | None
    tier: str | None


@frozen
class Step:
    """An outcome of a request, the rule that wins (None: none does), and the tier that it names (None: no tier)."""

    request: Request
    failed: bool
    kind: str | None
    rule: Rule | None
    to_tier: str | None

    @property
    def effect(self) -> EffectKind | None:
        """Return the effect of the rule that wins."""
        return self.rule.effect.kind if self.rule else None


GivenFacts = dict[str, tuple[Value | None, ...]]
"""The possible values of extra facts whose values are limited; the value None means that the fact is absent."""


@frozen
class Case:
    """A request that fails again and again with one kind: its phase, and the values of its extra facts."""

    phase: PhaseClass
    known: GivenFacts
    kind: str | None


class Machine:
    """The subjects of one class as a state machine.

    Every method that looks at outcomes raises TooLargeError if that takes more than the budget.
    """

    def __init__(self, table: DecisionTable, walker: Walker, budget: Budget, subject: SubjectClass) -> None:
        """Prepare the machine of a class.

        Args:
            table: The decision table of the policy.
            walker: Walks over both diagrams of the table. All machines of a policy share it.
            budget: The number of outcomes to look at. All machines of a policy share it.
            subject: The class of subjects.

        """
        self.table = table
        self.walker = walker
        self.subject = subject
        self._budget = budget
        self.ladder = table.policy.model_tiers.ladder
        self.kinds = tuple(_kinds(table.outcome, subject))
        self.most_strikes = _most_strikes(table.outcome, subject)
        self._requests: dict[str | None, list[Request]] = {}

    def requests(self, entry: str | None) -> list[Request]:
        """Return one request for each phase and each answer that it gets with any extra facts, no phase first."""
        if entry not in self._requests:
            distinct: dict[tuple[object, ...], Request] = {}
            for phase in self.subject.phases:
                for (answer,), extra in self.walker.answers(self._tier(phase, entry)):
                    request = _request(phase, extra, answer)
                    distinct.setdefault((phase, request.rule and request.rule.name, request.tier), request)
            self._requests[entry] = list(distinct.values())
        return self._requests[entry]

    def changes(self, before: str | None, after: str | None) -> Iterator[tuple[Request, Request]]:
        """Yield a request under the entry `before` and under `after`, once for each phase and pair of answers."""
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

    def request_after(self, step: Step) -> Request:
        """Return the request of an escalation as it is decided after the escalation."""
        question, node = self._tier(step.request.phase, step.to_tier)
        answer = question.answer(question.after(dict(step.request.extra), node=node))
        return _request(step.request.phase, step.request.extra, answer)

    def failure_of(self, state: State, case: Case) -> Step | list[GivenFacts] | None:
        """Return the step that a failure of `case` takes in `state`.

        Returns:
            The step. None if the request runs on the top tier or gets no tier. If the step depends on an extra fact,
            the values of that fact, in groups that lead different ways.

        """
        self._budget.take(1)
        decided = self._decided(self._tier(case.phase, state.entry), case.known)
        if isinstance(decided, list):
            return decided
        extra = tuple((name, values[0]) for name, values in case.known.items() if values[0] is not None)
        request = _request(case.phase, extra, decided)
        if request.tier is None or request.tier == self.ladder.top:
            return None
        judged = self._decided(self._outcome(request, self._failure(state, request, case.kind)), case.known)
        if isinstance(judged, list):
            return judged
        return Step(request, True, case.kind, judged.rule, judged.tier)

    def after(self, state: State, step: Step) -> State:
        """Return the state after `step`. Strikes stop at the number from which on rules cannot tell them apart."""
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
        """Yield the outcomes with these facts: one for each rule that wins and tier that it names."""
        yielded: set[object] = set()
        tier = self._tier(request.phase, state.entry)
        for (decided, judged), extra in self.walker.answers(tier, self._outcome(request, facts)):
            self._budget.take(1)
            if decided.tier != request.tier:
                continue
            step = Step(_request(request.phase, extra, decided), failed, kind, judged.rule, judged.tier)
            if (key := (step.rule and step.rule.name, step.to_tier)) not in yielded:
                yielded.add(key)
                yield step

    def _failure(self, state: State, request: Request, kind: str | None) -> Facts:
        """Return the facts of a failure of `request` in `state`, without its triad, role, phase and extra facts."""
        assert request.tier is not None
        failed = self._failed(state, request.tier)
        strikes, subject = state.strikes + 1, self.subject.subject
        facts = failure_facts(self.table, subject, state.entry, request.tier, failed=failed, strikes=strikes)
        return facts if kind is None else {**facts, "kind": kind}

    def _failed(self, state: State, tier: str) -> str:
        """Return the highest tier of the streak once `tier` fails, too."""
        return max(state.failed or tier, tier, key=self.ladder.rank)

    def _tier(self, phase: PhaseClass, entry: str | None) -> Place:
        """Return the node of the diagram of `tier` for requests in this phase, under this entry."""
        return Place(self.table.tier, self.table.tier.below(phase.tier, "escalated_tier", entry))

    def _outcome(self, request: Request, facts: Facts) -> Place:
        """Return the node of the diagram of `outcome` for a request whose outcome has these facts."""
        question = self.table.outcome
        return Place(question, question.after(facts, self.walker.facts, request.phase.outcome))

    def _decided(self, place: Place, known: GivenFacts) -> Answer | list[GivenFacts]:
        """Return the answer for all possible extra facts, or a fact on which it depends with its values in groups."""
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
    """Yield kinds of failures: one for each group that the rules tell apart once the subject and a phase are fixed."""
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
    """Return the number of failures in a row from which on rules cannot tell the numbers apart."""
    nodes = _asking(question, "strikes", subject)
    classes = question.universe.variables[question.level("strikes")].classes
    highest = max((chosen for node in nodes for chosen in question.diagram.branches[node]), default=0)
    return int(classes[min(highest + 1, len(classes) - 1)]["strikes"])


def _asking(question: Question, fact: str, subject: SubjectClass) -> list[int]:
    """Return the nodes of the diagram of `outcome` that test `fact` for this subject, in any phase."""
    level, diagram = question.level(fact), question.diagram
    nodes = diagram.nodes(*(phase.outcome for phase in subject.phases), to=level)
    return [node for node in nodes if node >= 0 and diagram.level[node] == level]
