"""Outcomes that do something else, and which way that goes: held against asking both policies everything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from resolver.author import Direction, OutcomeChange, RequestGroup, Verdict, compare
from resolver.author.diff.difference import direction
from resolver.domain import Ladder
from resolver.table import ANY_OTHER
from resolver.testing.strategies import Json
from tests import oracle
from tests.author.diff.asked import (
    ALWAYS,
    ENTRY,
    KINDS,
    PHASES,
    PINNED,
    ROLES,
    SIZE,
    TRIADS,
    entries_of,
    extras,
    is_in,
    table_of,
    third,
    tier_of,
)
from tests.prover.small import small_policies
from tests.small_policies import policy_data

PUSH = {"count": 3, "ignore": 2, "reset": 1, "hold": 1}
"""How far an effect leads towards the next escalation."""


class Told:
    """What outcomes do, as the oracle tells it; what it knows of a failure does not depend on kind and number."""

    def __init__(self, *both: Json) -> None:
        self.both = both
        self.known: dict[Any, Any] = {}
        self.tiers: dict[Any, Any] = {}

    def effects(self, asked: Any, entry: str | None, kind: str | None, strikes: int, *, failed: Any) -> list[Any]:
        return [self._effect(at, asked, entry, kind, strikes=strikes, failed=failed[at]) for at in range(2)]

    def _effect(self, at: int, asked: Any, entry: str | None, kind: str | None, *, strikes: int, failed: str) -> Any:
        key = (at, asked[:3], tuple(asked[3].items()), entry, failed)
        if key not in self.known:
            self.known[key] = oracle.failure_facts(
                self.both[at], *asked, strikes=1, failed_tier=failed, escalated=entry
            )  # fmt: skip
        facts = {**self.known[key], "strikes": strikes, **({} if kind is None else {"kind": kind})}
        found = oracle.outcome(self.both[at], facts)
        effect = found and found[0]
        return "hold" if effect == ("escalate", entry) else effect

    def ways(self, asked: Any, entry: str | None, was: Any, now: Any) -> set[Direction]:
        """Which ways requests of the subject go by the one effect instead of the other, with whatever extra facts."""
        if was is None or now is None:
            return {Direction.CHANGES}
        ladders = [oracle.ladder(each) for each in self.both]
        if not isinstance(was, tuple) and not isinstance(now, tuple):
            push = PUSH[now] - PUSH[was]
            can_rise = any(
                ladders[at].index(self.tier(at, asked, phase, extra, other))
                > ladders[at].index(self.tier(at, asked, phase, extra, entry))
                for phase, extra in product(PHASES, extras(*self.both))
                for at, other in product(range(2), entries_of(*self.both))
                if self.tier(at, asked, phase, extra, other) and self.tier(at, asked, phase, extra, entry)
            )
            return {Direction.RAISES if push > 0 else Direction.LOWERS} if push and can_rise else {Direction.CHANGES}
        to = [effect[1] if isinstance(effect, tuple) else entry for effect in (was, now)]
        found = set()
        for phase, extra in product(PHASES, extras(*self.both)):
            before, after = (self.tier(at, asked, phase, extra, to[at]) for at in range(2))
            if self.tier(0, asked, phase, extra, entry) == self.tier(1, asked, phase, extra, entry):
                found.add(direction(Ladder(tuple(ladders[0])), Ladder(tuple(ladders[1])), before, after))
        return found - {Direction.CHANGES} or {Direction.CHANGES}

    def tier(self, at: int, asked: Any, phase: str | None, extra: Any, entry: str | None) -> Any:
        key = (at, asked[:2], phase, tuple(extra.items()), entry)
        if key not in self.tiers:
            self.tiers[key] = tier_of(self.both[at], *asked[:2], phase, extra, escalated=entry)
        return self.tiers[key]


def _failures(old: Json, new: Json) -> Iterator[tuple[Any, str | None, tuple[str, str], tuple[str, str]]]:
    """Every request with its entry, its tiers, and the highest tiers that can have failed by then: its or others'."""
    for triad, role, entry in product(TRIADS, ROLES, entries_of(old, new)):
        for asked, now, failed in _failures_of(old, new, triad, role, entry=entry):
            yield asked, entry, now, failed


def _failures_of(
    old: Json, new: Json, triad: str, role: str, *more: Json, entry: str | None
) -> Iterator[tuple[Any, tuple[str, str], tuple[str, str]]]:
    """The same for one subject with one entry, and for `more` extra facts than the usual ones."""
    tiers = [
        (phase, extra, tuple(tier_of(each, triad, role, phase, extra, escalated=entry) for each in (old, new)))
        for phase, extra in product(PHASES, (*extras(old, new), *more))
    ]
    decided = {pair for _, _, pair in tiers if None not in pair}
    for phase, extra, now in tiers:
        if None in now:
            continue
        failed = {now}
        for pair in decided:
            failed |= {_higher(old, new, one, pair) for one in failed}
        for one in sorted(failed):
            yield (triad, role, phase, extra), now, one  # type: ignore[misc]


def _higher(old: Json, new: Json, one: Any, other: Any) -> tuple[str, ...]:
    return tuple(max(one[at], other[at], key=oracle.ladder(each).index) for at, each in enumerate((old, new)))


@pytest.mark.slow
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(small_policies(), small_policies())
def test_outcomes_differ_where_the_difference_says_so(old: Json, new: Json) -> None:
    """Every failure that does something else, on the same tier or with another effect, is in a group."""
    found, told = compare(table_of(old, proven=True), table_of(new, proven=True)), Told(old, new)
    for asked, entry, now, failed in _failures(old, new):
        concerned = [one for one in found.outcomes if is_in(one.who, asked, entry, json.dumps([old, new]))]
        groups = [one for one in concerned if one.occasion.failed]
        for kind, strikes in product(KINDS, (1, 2, 3)):
            if strikes == 1 and failed != now:
                continue
            was, now_does = told.effects(asked, entry, kind, strikes, failed=failed)
            kinds = [_name(was), _name(now_does)]
            if kinds[0] == kinds[1] and (was == now_does or now[0] != now[1]):
                continue
            said = {
                one.direction
                for one in groups
                if [one.old.effect, one.new.effect] == kinds
                and (strikes in one.occasion.strikes or strikes > max(one.occasion.strikes))
                and (kind in one.occasion.kinds or (kind and ANY_OTHER in one.occasion.kinds))
                and (
                    was == now_does
                    or kinds[0] != kinds[1]
                    or (one.old.to_tier, one.new.to_tier) == (was[1], now_does[1])
                )
            }
            ways = told.ways(asked, entry, was, now_does) if now[0] == now[1] else {Direction.CHANGES}
            assert said >= ways, (asked, entry, kind, strikes, was, now_does, now, failed, said, ways)
    for change in found.outcomes:
        _witness_holds(old, new, change, told)


def _name(effect: Any) -> str | None:
    return "escalate" if isinstance(effect, tuple) else effect


def _witness_holds(old: Json, new: Json, change: OutcomeChange, told: Told) -> None:
    """Ask both policies for the witness itself, with its own extra facts, which need not be among `extras`."""
    assert change.witness is not None
    who, occasion = change.witness
    if not occasion.failed:
        return
    triad, role, phase = (_concrete(names[0], what) for names, what in _named(who))
    extra, entry, strikes = dict(who.facts), who.entries[0], occasion.strikes[0]
    kind = _concrete(occasion.kinds[0], "kind")
    reactions = set()
    for asked, now, failed in _failures_of(old, new, triad, role, extra, entry=entry):
        if asked[2:] == (phase, extra) and failed == (occasion.earlier or now):
            effects = told.effects(asked, entry, kind, strikes, failed=failed)
            ways = told.ways(asked, entry, *effects) if now[0] == now[1] else {Direction.CHANGES}
            reactions |= {(*map(_name, effects), way) for way in ways}
    assert (change.old.effect, change.new.effect, change.direction) in reactions, change


def _named(who: RequestGroup) -> tuple[tuple[Any, str], ...]:
    return (who.triads, "triad"), (who.roles, "role"), (who.phases, "phase")


def _concrete(name: Any, what: str) -> Any:
    return f"another {what}" if name is ANY_OTHER else name


def test_a_witness_may_give_a_number_far_from_those_in_the_rules() -> None:
    """Where a rule only asks whether there is a number, the lowest stands for all, and the change is true of it."""
    tier, facts, failed = {"entry": ENTRY, "always": ALWAYS}, {"number": {"integer": True}}, {"result": "failure"}
    failure = {"pri": 2, "all": [{"m": failed}], "run": "count"}
    numbered = {"pri": 1, "all": [{"m": {"$and": [failed, {"$ex": {"number": 1}}]}}], "run": "ignore"}
    old = policy_data(tier, {"failure": failure}, facts)
    new = policy_data(tier, {"failure": failure, "numbered": numbered}, facts)
    found = compare(table_of(old), table_of(new))
    given_facts = [dict(one.witness[0].facts) for one in found.outcomes if one.witness]
    assert given_facts
    assert all(one not in extras(old, new) for one in given_facts)
    for change in found.outcomes:
        _witness_holds(old, new, change, Told(old, new))


@pytest.mark.parametrize(
    ("old", "new", "ways"),
    [
        ({"escalate_to": "reasoning"}, "hold", {Direction.LOWERS}),
        ("hold", {"escalate_to": "reasoning"}, {Direction.RAISES}),
        ({"escalate_to": "reasoning"}, {"escalate_to": "general"}, {Direction.LOWERS}),
        ("count", "ignore", {Direction.LOWERS}),
    ],
)
def test_an_escalation_counts_that_shows_with_an_extra_fact_only(old: Any, new: Any, ways: set[Direction]) -> None:
    """Without the fact everybody runs on a tier that no escalation changes."""
    tier, facts = {"pinned": PINNED, "entry": ENTRY, "always": ALWAYS}, {"size": SIZE}
    found = compare(*(table_of(policy_data(tier, third(run), facts)) for run in (old, new)))
    ups = {one.direction for one in found.outcomes if one.who.entries == (None,) or None in one.who.entries}
    assert ups == ways
    assert found.lowers is (Direction.LOWERS in ways)


def test_an_outcome_that_goes_both_ways_lowers_and_raises() -> None:
    """One request ends up lower after the escalation, and another higher: both are said."""
    turned: Json = {"pri": 1, "all": [{"m": {"$and": [{"escalated_tier": "reasoning"}, {"phase": "p"}]}}]}
    tier = {"turned": {**turned, "run": {"tier": "fast"}}, "entry": ENTRY, "always": ALWAYS}
    outcomes = [third(run) for run in ("hold", {"escalate_to": "reasoning"})]
    found = compare(*(table_of(policy_data(tier, outcome)) for outcome in outcomes))
    assert {one.direction for one in found.outcomes if None in one.who.entries} == {Direction.LOWERS, Direction.RAISES}
    assert (found.verdict, found.lowers) == (Verdict.MIXED, True)


def test_outcomes_in_a_group_escalate_to_the_tiers_that_it_says() -> None:
    """Escalations to other tiers are other groups."""
    facts: Json = {"wish": {"values": ["fast", "general", "reasoning"]}}
    tier = {"entry": ENTRY, "always": {**ALWAYS, "run": {"tier": "fast"}}}
    wished: Json = {"pri": 0, "all": [{"m": {"$ex": {"wish": 1}}}], "run": {"escalate_to": {"$m": "wish"}}}
    old, new = ({**third({"escalate_to": "reasoning"}), "wished": wished}, third({"escalate_to": "reasoning"}))
    old["wished"]["all"][0]["m"] = {"$and": [{"$ex": {"wish": 1}}, {"result": "failure"}, {"$gte": {"strikes": 3}}]}
    found = compare(*(table_of(policy_data(tier, outcome, facts)) for outcome in (old, new)))
    escalations = [(one.old.to_tier, one.new.to_tier) for one in found.outcomes if one.old.effect == one.new.effect]
    assert {"fast", "general"} <= {was for was, _ in escalations}
    assert all(now == "reasoning" for _, now in escalations)
