"""Replays recorded outcomes through a policy: the escalations that it would have made, compared with the record.

A policy tells few combinations of outcome and state apart. Each combination is judged once, so that a million outcomes
cost a million look-ups.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable

from resolver.author.replay.decision_lines import DecisionLine
from resolver.author.replay.declared_facts import DeclaredFacts, Facts
from resolver.author.replay.outcome_lines import BadLine, OutcomeReader, RecordedResult, Shape
from resolver.author.replay.replay_decisions import Asking
from resolver.author.replay.replay_result import Moment, Replay
from resolver.diagnostics import ResolverError
from resolver.domain import EffectKind, Standing, Streak, Subject, unused_name
from resolver.table import DecisionTable, Report, after, judge_outcome

_BETWEEN_TELLS = 10_000


def replay_records(
    table: DecisionTable,
    name: str,
    lines: Iterable[bytes],
    *,
    keep_going: bool,
    tell: Callable[[int], None] = lambda _lines: None,
) -> Replay:
    """Run the outcomes and decisions in `lines` through the policy of `table`.

    Args:
        table: The decision table of the policy.
        name: The name of the file in diagnostics.
        lines: The lines of the file.
        keep_going: Skip bad lines. Otherwise reading ends at the first; `bad` of the result has its diagnostic.
        tell: Called from time to time with the number of records since the last call.
    """
    enabled = gc.isenabled()
    gc.disable()  # nothing here is garbage, and collecting takes a quarter of the time
    try:
        return _Run(table, name, keep_going=keep_going).over(lines, tell)
    finally:
        if enabled:
            gc.enable()


State = tuple[Standing, str | None]
"""The standing of a subject in the replay, and the entry that the record has next unless a person changes it."""
Effect = tuple[int, str, str | None, str, str, str]
"""The state after an outcome, by number; the effect, the tier it escalates to, the tier in force, the rule, and why.

The last is why the escalation is more than one step up.
"""


class _Run:
    def __init__(self, table: DecisionTable, name: str, *, keep_going: bool) -> None:
        self.table = table
        self.keep_going = keep_going
        self.reader = OutcomeReader(name)
        self.found = Replay()
        self.tiers = frozenset(table.policy.model_tiers.ladder.tiers)
        self.triads = frozenset(name for q in (table.tier, table.outcome) for name in q.named("triad"))
        variable = table.outcome.universe.variables[table.outcome.level("strikes")]
        self.most = 1 + max(value for facts in variable.classes for value in facts.values() if isinstance(value, int))
        self.other = unused_name("any other", self.triads)
        self.states: list[State] = []
        self.numbers: dict[State, int] = {}
        self.facts = DeclaredFacts(table)
        self.asking = Asking(table, self.facts, self.triads, self.other)
        self.known: dict[tuple[object, ...], Effect] = {}

    def over(self, lines: Iterable[bytes], tell: Callable[[int], None]) -> Replay:
        replay, cached, triads, other_triad, facts_of = self.found, self.known, self.triads, self.other, self.facts.of
        state_of: dict[tuple[str, str], int] = {}
        effects: Counter[str] = Counter()
        for record in self.reader.read(lines):
            if not isinstance(record, tuple):
                if not self.aside(record, tell):
                    break
                continue
            number, line, shape, recorded = record
            triad = line["triad"]
            key = (triad, shape[0])
            state = state_of.get(key)
            if state is None:
                state = self.number(self.first(recorded))
            facts = facts_of(line["facts"]) if line.get("facts") else ()
            arguments = (triad if triad in triads else other_triad, shape, recorded, facts, state, "entry" in line)
            effect = cached.get(arguments)
            if effect is None:
                cached[arguments] = effect = self.judge(*arguments)
            state_of[key], what, to_tier, tier, rule, why = effect
            effects[what] += 1
            if what == "escalate" or what == "hold":  # noqa: PLR1714  this is much faster
                moment = (number, line.get("time", ""), tier, to_tier, rule, why)
                replay.moments.append(Moment(Subject(*key), what, *moment))
            if (recorded_effect := recorded[3]) is not None:
                replay.judged += 1
                if recorded_effect == "escalate" or recorded_effect == "hold":  # noqa: PLR1714  as above
                    moment = (number, line.get("time", ""), recorded[2] or "", recorded[4], recorded[5] or "", "")
                    replay.happened.append(Moment(Subject(*key), recorded_effect, *moment))
            replay.last = line.get("time") or replay.last
            replay.first = replay.first or replay.last
            replay.events += 1
            if replay.events % _BETWEEN_TELLS == 0:
                tell(_BETWEEN_TELLS)
        tell(replay.events % _BETWEEN_TELLS + self.asking.count % _BETWEEN_TELLS)
        replay.subjects, replay.effects, replay.decided = len(state_of), dict(effects), self.asking.found()
        replay.facts_left_out = self.facts.left_out
        return replay

    def aside(self, record: DecisionLine | BadLine, tell: Callable[[int], None]) -> bool:
        """Handle a decision or a bad line; return whether to read on."""
        replay = self.found
        if isinstance(record, BadLine):
            replay.left_out += 1
            replay.bad += [record.diagnostic] if record.diagnostic else []
            return self.keep_going
        self.asking.take(record)
        replay.last = record.line.get("time") or replay.last
        replay.first = replay.first or replay.last
        if self.asking.count % _BETWEEN_TELLS == 0:
            tell(_BETWEEN_TELLS)
        return True

    def number(self, state: State) -> int:
        """Return a number for a state, which is cheaper to compare."""
        if state not in self.numbers:
            self.numbers[state] = len(self.states)
            self.states.append(state)
        return self.numbers[state]

    def first(self, recorded: RecordedResult) -> State:
        """Return the standing of a subject before its first outcome, as far as the record has it."""
        entry, strikes, failed = recorded[0], recorded[6], recorded[7]
        tier = entry if entry in self.tiers else None
        streak = Streak(min(strikes, self.most), failed, tier) if strikes and failed in self.tiers else None
        return Standing(tier, streak), entry

    def judge(  # noqa: PLR0917  the key of what is known
        self, triad: str, shape: Shape, recorded: RecordedResult, facts: Facts, state: int, has_entry: bool
    ) -> Effect:
        """Return the effect of an outcome on a subject in this state."""
        role, result, phase, kind = shape
        entry, ran_on, tier, effect, to_tier, *_ = recorded
        standing, expected = self.states[state]
        if has_entry:
            if entry != expected:  # a person did that, and would have done it under any policy
                standing = Standing(entry if entry in self.tiers else None, None)
            expected = to_tier if effect == EffectKind.ESCALATE else entry
        if ran_on is not None and tier is not None:
            # A stale outcome stays stale; any other outcome ran on the tier that its request gets now.
            ran_on = None if ran_on == tier else ""
        failed = result == "failure"
        report = Report(Subject(triad, role), phase, dict(facts), failed, kind if failed else None, None, ran_on)
        try:
            decided = judge_outcome(self.table, report, standing)
        except ResolverError:  # the prover refuses a policy that leaves an outcome undecided
            return self.number((standing, expected)), "undecided", None, "", "", ""
        then = after(decided, standing)
        streak = then.streak
        if streak is not None and streak.strikes > self.most:
            then = Standing(then.entry, Streak(self.most, streak.failed_tier, streak.entry))
        rule = decided.rule.name if decided.rule else ""
        effects = str(decided.effect), decided.to_tier, decided.in_force, rule, decided.why
        return self.number((then, expected)), *effects
