"""Exploration of every state that a subject can reach, for gaps, dangling references, lowered agents and the like."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from resolver.domain import EffectKind
from resolver.prover.advice import readers_of
from resolver.prover.finding import Found, Witness
from resolver.prover.machine import Case, GivenFacts, Machine, Request, State, Step

_ON_SUCCESS = (EffectKind.RESET, EffectKind.IGNORE)


class _Shift(NamedTuple):
    """The effect of another entry: whether a request changes its tier, and a request that it lowers, before and after.

    `lowered` is None if the entry lowers no request.
    """

    changes: bool
    lowered: tuple[Request, Request] | None


class Exploration:
    """The states of one machine, explored from the nearest to the farthest.

    `found` has the findings. `came` has every state reached, with the state and the step that led to it first; None for
    the states from which the exploration starts.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.found: list[Found] = []
        self.came: dict[State, tuple[State, Step] | None] = {}
        self._shifts: dict[tuple[str | None, str], _Shift] = {}
        self._run()

    def _run(self) -> None:
        machine = self.machine
        starts = [State(None), *(State(tier) for tier in machine.ladder.tiers)]
        todo = deque(starts)
        self.came = dict.fromkeys(starts)
        raised: dict[State, tuple[State, Step]] = {}
        at_once: dict[State, Step] = {}
        for start in starts:
            self._check_requests(start)
        while todo:
            state = todo.popleft()
            for step in machine.steps(state):
                escalates = self._check(state, step)
                after = machine.after(state, step)
                if escalates:
                    raised.setdefault(after, (state, step))
                    if state.strikes == 0:
                        at_once.setdefault(state, step)
                if after not in self.came:
                    self.came[after] = (state, step)
                    todo.append(after)
        for state, step in at_once.items():
            if state in raised and step.rule is not None:
                before, escalation = raised[state]
                path = (*self._way(before), escalation, step)
                requests = (escalation.request,)
                self._add("hair-trigger", step, self._witness(before, path, requests, escalated_to=step.to_tier))

    def _check_requests(self, state: State) -> None:
        for request in self.machine.requests(state.entry):
            if request.tier is None:
                code = "gap" if request.rule is None else "dangling"
                rule = request.rule or self.machine.table.tier.rules[-1]
                witness = Witness(self.machine.subject, state.entry, (), (request,))
                self.found.append(Found(code, rule, witness))

    def _check(self, state: State, step: Step) -> bool:
        """Record the findings about `step`. Return whether the step changes the entry."""
        rules = self.machine.table.outcome.rules
        if step.rule is None:
            self.found.append(Found("gap", rules[-1], self._witness(state, (*self._way(state), step), ())))
            return False
        if not step.failed and step.effect not in _ON_SUCCESS:
            self._add("success-effect", step, self._witness(state, (*self._way(state), step), ()))
            return False
        if step.effect is not EffectKind.ESCALATE:
            return False
        path = (*self._way(state), step)
        if step.to_tier is None:
            self._add("dangling", step, self._witness(state, path, (step.request,)))
            return False
        if step.to_tier == state.entry:
            return False
        shift = self._shift(state.entry, step.to_tier)
        ran_on = step.request.tier
        if shift.lowered is not None:
            before, after = shift.lowered
            self._add("lowers", step, self._witness(state, path, (before,), (after,), escalated_to=step.to_tier))
        elif ran_on is not None and self.machine.ladder.rank(step.to_tier) <= self.machine.ladder.rank(ran_on):
            self._add("lowers", step, self._witness(state, path, (step.request,), escalated_to=step.to_tier))
        elif not shift.changes:
            self._add_futile(state, step, path)
        return True

    def _shift(self, entry: str | None, to_tier: str) -> _Shift:
        """Return the effect of replacing the entry `entry` by `to_tier` on the requests of the subject."""
        key = (entry, to_tier)
        if key not in self._shifts:
            rank = self.machine.ladder.rank
            changes = False
            lowered = None
            for before, after in self.machine.changes(entry, to_tier):
                changes = changes or before.tier != after.tier
                if before.tier is not None and after.tier is not None and rank(after.tier) < rank(before.tier):
                    lowered = before, after
                    break
            self._shifts[key] = _Shift(changes, lowered)
        return self._shifts[key]

    def _add_futile(self, state: State, step: Step, path: tuple[Step, ...]) -> None:
        """Record an escalation that changes no request, as a finding about the rule that decides the request anyway.

        If no rule reads an entry, the finding is about the rule that escalates.
        """
        request = self.machine.request_after(step)
        witness = self._witness(state, path, (step.request,), (request,), escalated_to=step.to_tier)
        readers = readers_of("escalated_tier", self.machine.table.tier)
        blamed = request.rule if readers else step.rule
        assert blamed is not None
        self.found.append(Found("futile", blamed, witness))

    def _way(self, state: State) -> tuple[Step, ...]:
        """Return the steps from a start to `state`."""
        steps: list[Step] = []
        while (came := self.came[state]) is not None:
            state, step = came
            steps.append(step)
        return tuple(reversed(steps))

    def _start(self, state: State) -> State:
        """Return the start from which `state` was reached."""
        while (came := self.came[state]) is not None:
            state = came[0]
        return state

    def _witness(
        self,
        state: State,
        steps: tuple[Step, ...],
        before: tuple[Request, ...],
        after: tuple[Request, ...] = (),
        *,
        escalated_to: str | None = None,
    ) -> Witness:
        return Witness(self.machine.subject, self._start(state).entry, steps, before, after, escalated_to)

    def _add(self, code: str, step: Step, witness: Witness) -> None:
        assert step.rule is not None
        self.found.append(Found(code, step.rule, witness))


def stuck(machine: Machine) -> Iterator[Found]:
    """Yield a finding for each request that fails again and again and never reaches the top tier of the ladder.

    A request that some rule holds or ignores is not reported, because the policy says so on purpose.
    """
    for phase in machine.subject.phases:
        for kind in machine.kinds:
            fine: set[State] = set()
            for entry in (*reversed(machine.ladder.tiers), None):
                todo: list[GivenFacts] = [{}]
                while todo:
                    values = todo.pop()
                    result = _follow(machine, Case(phase, values, kind), entry, fine)
                    if isinstance(result, list):
                        todo += [{**values, **group} for group in reversed(result)]
                    elif result is not None:
                        yield result


def _follow(machine: Machine, case: Case, entry: str | None, fine: set[State]) -> Found | list[GivenFacts] | None:
    """Let one request fail until it reaches the top, a rule holds or ignores it, or its states repeat.

    Args:
        machine: The subject that fails.
        case: The request, and the values of its extra facts as far as they are limited.
        entry: The subject's entry at the start.
        fine: States from which the request does not get stuck, whatever the extra facts. Such states are added.

    Returns:
        The finding if the states repeat. None if the request reaches the top, or a rule holds or ignores it. If the
        next step depends on an extra fact, the values of that fact, in groups that lead to different steps.

    """
    state = State(entry)
    visited: dict[State, None] = {}
    steps: list[Step] = []
    while state not in visited:
        visited[state] = None
        step = None if state in fine else machine.failure_of(state, case)
        if isinstance(step, list):
            return step
        if step is None or _ends(step):
            if not case.known:
                fine.update(visited)
            return None
        steps.append(step)
        state = machine.after(state, step)
    last = steps[-1]
    assert last.rule is not None
    witness = Witness(machine.subject, entry, (last,) * len(steps), (steps[0].request,))
    return Found("stuck", last.rule, witness)


def _ends(step: Step) -> bool:
    """Return whether a rule holds or ignores the failure, or the step is an error that another check reports."""
    if step.effect is EffectKind.ESCALATE:
        return step.to_tier is None
    return step.effect in (None, EffectKind.HOLD, EffectKind.IGNORE)
