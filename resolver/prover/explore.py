"""Every state that a subject can reach, and what is wrong in one of them: gaps, dangling references, lowered agents."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from resolver.domain import EffectKind
from resolver.prover.finding import Found, Witness, runs
from resolver.prover.machine import Case, Known, Machine, Request, State, Step

_ON_SUCCESS = (EffectKind.RESET, EffectKind.IGNORE)


class Exploration:
    """The states of one machine, the nearest first; `found` has what is wrong, `states` counts them."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.found: list[Found] = []
        self.came: dict[State, tuple[State, Step] | None] = {}
        self._lowered: dict[tuple[str | None, str], tuple[Request, Request] | None] = {}
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
                shown = (runs(escalation.request),)
                self._add("hair-trigger", step, self._witness(before, path, shown, escalated_to=step.to_tier))

    def _check_requests(self, state: State) -> None:
        for request in self.machine.requests(state.entry):
            if request.tier is None:
                code = "gap" if request.rule is None else "dangling"
                rule = request.rule or self.machine.table.tier.rules[-1]
                witness = Witness(self.machine.subject, state.entry, (), (runs(request),))
                self.found.append(Found(code, rule, witness))

    def _check(self, state: State, step: Step) -> bool:
        """Note what is wrong with `step`, and tell whether it changes the entry."""
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
            self._add("dangling", step, self._witness(state, path, (runs(step.request),)))
            return False
        if step.to_tier == state.entry:
            return False
        lowered = self._lowers(state.entry, step.to_tier)
        ran_on = step.request.tier
        if lowered is not None:
            before, after = (runs(lowered[0]),), (runs(lowered[1], now=True),)
            self._add("lowers", step, self._witness(state, path, before, after, escalated_to=step.to_tier))
        elif ran_on is not None and self.machine.ladder.rank(step.to_tier) <= self.machine.ladder.rank(ran_on):
            before = (runs(step.request),)
            self._add("lowers", step, self._witness(state, path, before, escalated_to=step.to_tier))
        return True

    def _lowers(self, entry: str | None, to_tier: str) -> tuple[Request, Request] | None:
        """Return the first request that the entry `to_tier` lowers."""
        key = (entry, to_tier)
        if key not in self._lowered:
            rank = self.machine.ladder.rank
            self._lowered[key] = next(
                (
                    (before, after)
                    for before, after in self.machine.changes(entry, to_tier)
                    if before.tier is not None and after.tier is not None and rank(after.tier) < rank(before.tier)
                ),
                None,
            )
        return self._lowered[key]

    def _way(self, state: State) -> tuple[Step, ...]:
        steps: list[Step] = []
        while (came := self.came[state]) is not None:
            state, step = came
            steps.append(step)
        return tuple(reversed(steps))

    def _start(self, state: State) -> State:
        while (came := self.came[state]) is not None:
            state = came[0]
        return state

    def _witness(
        self,
        state: State,
        steps: tuple[Step, ...],
        before: tuple[tuple[str, str, str], ...],
        after: tuple[tuple[str, str, str], ...] = (),
        *,
        escalated_to: str | None = None,
    ) -> Witness:
        return Witness(self.machine.subject, self._start(state).entry, steps, before, after, escalated_to)

    def _add(self, code: str, step: Step, witness: Witness) -> None:
        assert step.rule is not None
        self.found.append(Found(code, step.rule, witness))


def stuck(machine: Machine) -> Iterator[Found]:
    """Yield the requests that fail again and again and never reach the top, though no rule holds or ignores them."""
    for phase in machine.subject.phases:
        for kind in machine.kinds:
            fine: set[State] = set()
            for entry in (*reversed(machine.ladder.tiers), None):
                todo: list[Known] = [{}]
                while todo:
                    known = todo.pop()
                    found = _follow(machine, Case(phase, known, kind), entry, fine)
                    if isinstance(found, list):
                        todo += [{**known, **one} for one in reversed(found)]
                    elif found is not None:
                        yield found


def _follow(machine: Machine, case: Case, entry: str | None, fine: set[State]) -> Found | list[Known] | None:
    """Let one request fail until it is at the top, a rule holds or ignores it (None), or nothing changes any more.

    Returns the values of an extra fact, in groups that lead elsewhere, where it depends on that fact how it goes on.
    `fine` are states that are known to be all right whatever the extra facts; those found here are added.
    """
    state = State(entry)
    seen: dict[State, None] = {}
    steps: list[Step] = []
    while state not in seen:
        seen[state] = None
        step = None if state in fine else machine.failure_of(state, case)
        if isinstance(step, list):
            return step
        if step is None or _ends(step):
            if not case.known:
                fine.update(seen)
            return None
        steps.append(step)
        state = machine.after(state, step)
    last = steps[-1]
    assert last.rule is not None
    witness = Witness(machine.subject, entry, (last,) * len(steps), (runs(steps[0].request),))
    return Found("stuck", last.rule, witness)


def _ends(step: Step) -> bool:
    """Tell whether a rule holds or ignores the failure, or does what is an error anyway."""
    if step.effect is EffectKind.ESCALATE:
        return step.to_tier is None
    return step.effect in (None, EffectKind.HOLD, EffectKind.IGNORE)
