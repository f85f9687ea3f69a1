"""A difference is what differs, all of it, and nothing else: held against asking both policies everything."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from resolver.author import Difference, Direction, OutcomeChange, Verdict, Who, compare, judged
from resolver.author.difference import direction
from resolver.diagnostics import PolicyError
from resolver.domain import Ladder
from resolver.loader import load_policy
from resolver.table import ANY_OTHER, DecisionTable, compile_table
from resolver.testing.strategies import Json, policies, requests
from tests import oracle
from tests.prover.small import small_policies
from tests.small_policies import policy_data, rules, written

TRIADS, ROLES, PHASES = ("t", "another triad"), ("a", "b", "another role"), (None, "p", "q", "another phase")
KINDS = (None, "capacity", "tool", "another kind")


def _table(policy: Json, *, proven: bool = False) -> DecisionTable:
    with tempfile.TemporaryDirectory() as folder:
        try:
            if proven:
                return judged(written(Path(folder), policy))
            return compile_table(load_policy(written(Path(folder), policy)))
        except PolicyError:
            assume(False)
            raise


def _extras(old: Json, new: Json) -> list[dict[str, str]]:
    shared = [name for name in (old["facts"] or {}) if name in (new["facts"] or {})]
    values = [[None, *old["facts"][name]["values"]] for name in shared]
    known = [new["facts"][name]["values"] for name in shared]
    found = []
    for chosen in product(*values):
        if all(value is None or value in of for value, of in zip(chosen, known, strict=True)):
            found.append({name: value for name, value in zip(shared, chosen, strict=True) if value is not None})
    return found


def _in(who: Who, asked: Any, entry: str | None, listed: str) -> bool:
    names_of = (who.triads, who.roles, who.phases)
    return entry in who.entries and all(
        name in names or (ANY_OTHER in names and name is not None and f'"{name}"' not in listed)
        for names, name in zip(names_of, asked[:3], strict=True)
    )


def _tier(policy: Json, *asked: Any, escalated: Any) -> str | None:
    found = oracle.tier(policy, *asked, escalated=escalated)
    return found and found[0]


def _entries(old: Json, new: Json) -> list[str | None]:
    return [None, *(tier for tier in oracle.ladder(old) if tier in oracle.ladder(new))]


@settings(max_examples=60)
@given(small_policies(), small_policies())
def test_requests_differ_where_the_difference_says_so(old: Json, new: Json) -> None:
    """Every request that gets another tier is in a group with those tiers, and every group is true of all in it."""
    found = compare(_table(old), _table(new))
    for triad, role, phase, entry in product(TRIADS, ROLES, PHASES, _entries(old, new)):
        asked = (triad, role, phase)
        groups = [one for one in found.requests if _in(one.who, asked, entry, json.dumps([old, new]))]
        for extra in _extras(old, new):
            tiers = tuple(_tier(each, triad, role, phase, extra, escalated=entry) for each in (old, new))
            said = {(one.old.tier, one.new.tier) for one in groups}
            assert tiers[0] == tiers[1] or tiers in said
        for one in groups:
            given_facts = dict(one.who.facts)
            assert _tier(old, triad, role, phase, given_facts, escalated=entry) == one.old.tier
            assert _tier(new, triad, role, phase, given_facts, escalated=entry) == one.new.tier
            assert one.old.tier != one.new.tier


class Told:
    """What outcomes do, as the oracle tells it; what it knows of a failure does not depend on kind and number."""

    def __init__(self, *both: Json) -> None:
        self.both = both
        self.known: dict[Any, Any] = {}

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


def _failures(old: Json, new: Json) -> Iterator[tuple[Any, str | None, tuple[str, str], tuple[str, str]]]:
    """Every request with its entry, its tiers, and the highest tiers that can have failed by then: its or another's."""
    for triad, role, entry, extra in product(TRIADS, ROLES, _entries(old, new), _extras(old, new)):
        tiers = {
            phase: tuple(_tier(each, triad, role, phase, extra, escalated=entry) for each in (old, new))
            for phase in PHASES
        }
        for phase, other in product(PHASES, PHASES):
            now, before = tiers[phase], tiers[other]
            if None not in (*now, *before):
                failed = tuple(
                    max(str(now[at]), str(before[at]), key=oracle.ladder(each).index)
                    for at, each in enumerate((old, new))
                )
                yield (triad, role, phase, extra), entry, now, failed  # type: ignore[misc]


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(small_policies(), small_policies())
def test_outcomes_differ_where_the_difference_says_so(old: Json, new: Json) -> None:
    """Every failure that does something else, on the same tier or with another effect, is in a group."""
    found, told = compare(_table(old, proven=True), _table(new, proven=True)), Told(old, new)
    for asked, entry, now, failed in _failures(old, new):
        concerned = [one for one in found.outcomes if _in(one.who, asked, entry, json.dumps([old, new]))]
        groups = [one for one in concerned if one.occasion.failed]
        for kind, strikes in product(KINDS, (1, 2, 3)):
            if strikes == 1 and failed != now:
                continue
            was, now_does = told.effects(asked, entry, kind, strikes, failed=failed)
            kinds = [_name(was), _name(now_does)]
            if kinds[0] == kinds[1] and (was == now_does or now[0] != now[1]):
                continue
            assert any(
                [one.old.effect, one.new.effect] == kinds
                and (strikes in one.occasion.strikes or strikes > max(one.occasion.strikes))
                and (kind in one.occasion.kinds or (kind and ANY_OTHER in one.occasion.kinds))
                for one in groups
            ), (asked, entry, kind, strikes, was, now_does)
    for change in found.outcomes:
        _witness_holds(old, new, change, told)


def _name(effect: Any) -> str | None:
    return "escalate" if isinstance(effect, tuple) else effect


def _witness_holds(old: Json, new: Json, change: OutcomeChange, told: Told) -> None:
    assert change.witness is not None
    who, occasion = change.witness
    if not occasion.failed:
        return
    triad, role, phase = (_concrete(names[0], what) for names, what in _named(who))
    extra, entry, strikes = dict(who.facts), who.entries[0], occasion.strikes[0]
    kind = _concrete(occasion.kinds[0], "kind")
    reactions = set()
    for asked, at_entry, _, failed in _failures(old, new):
        if asked == (triad, role, phase, extra) and at_entry == entry:
            effects = told.effects(asked, entry, kind, strikes, failed=failed)
            reactions.add(tuple(map(_name, effects)))
    assert (change.old.effect, change.new.effect) in reactions


def _named(who: Who) -> tuple[tuple[Any, str], ...]:
    return (who.triads, "triad"), (who.roles, "role"), (who.phases, "phase")


def _concrete(name: Any, what: str) -> Any:
    return f"another {what}" if name is ANY_OTHER else name


@settings(max_examples=40)
@given(policies(total=False))
def test_a_policy_is_equivalent_to_itself(policy: Json) -> None:
    """Nothing differs between a policy and itself, read twice."""
    found = compare(_table(policy), _table(policy))
    assert found == Difference((), (), (), (), ())
    assert found.verdict is Verdict.EQUIVALENT


@settings(max_examples=40)
@given(policies(), policies(), st.data())
def test_any_two_policies_can_be_compared(old: Json, new: Json, data: st.DataObject) -> None:
    """Also with other ladders, facts and names; a request without extra facts that differs is in some group."""
    found = compare(_table(old), _table(new))
    if found.verdict is Verdict.EQUIVALENT:
        triad, role, phase, _ = data.draw(requests(data.draw(st.sampled_from([old, new]))))
        assert _tier(old, triad, role, phase, {}, escalated=None) == _tier(new, triad, role, phase, {}, escalated=None)


def test_other_rules_with_the_same_decisions_are_equivalent() -> None:
    """Rules may be split, renamed and joined, and rows written as rules."""
    old = policy_data(rules({"role": "a"}, {"$ex": {"role": 1}}), role_defaults={"b": "fast"})
    tier = rules({"$and": [{"role": "a"}, {"$ex": {"phase": 1}}]}, {"role": ["a", "b"]}, {"$neq": {"role": "a"}})
    new = policy_data(tier)
    assert compare(_table(old), _table(new)).verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize(
    ("old", "new", "way"),
    [
        (("a", "b"), ("a", "b"), Direction.RAISES),
        (("b", "a"), ("b", "a"), Direction.LOWERS),
        (("a",), ("a", "b"), Direction.RAISES),
        (("a", "m", "x"), ("y", "m", "b"), Direction.RAISES),
        (("x", "m", "a"), ("b", "m", "y"), Direction.LOWERS),
        (("a", "x"), ("b", "y"), Direction.CHANGES),
    ],
)
def test_ladders_are_compared_by_what_they_share(old: tuple[str, ...], new: tuple[str, ...], way: Direction) -> None:
    """From tier `a` of one ladder to tier `b` of another."""
    assert direction(Ladder(old), Ladder(new), "a", "b") is way


def test_a_rule_about_a_triad_is_about_that_triad() -> None:
    """The group names the triad, and no other is in it."""
    always: Json = {"always": {"pri": 9, "all": [{"m": {"$ex": {"role": 1}}}], "run": {"tier": "general"}}}
    pinned: Json = {"pinned": {"pri": 1, "all": [{"m": {"triad": "dear"}}], "run": {"tier": "reasoning"}}}
    found = compare(_table(policy_data(always)), _table(policy_data({**pinned, **always})))
    assert [one.who.triads for one in found.requests] == [("dear",)]
    assert found.verdict is Verdict.RAISES


def test_facts_that_are_gone_are_named() -> None:
    """A fact, or a value, that requests can no longer give is a difference."""
    facts = {"size": {"values": ["s", "m"]}, "old": {"integer": True}}
    tier = rules({"$ex": {"role": 1}})
    found = compare(
        _table(policy_data(tier, facts=facts)), _table(policy_data(tier, facts={"size": {"values": ["s"]}}))
    )
    assert found.refused == ("size=m", "old")
    assert found.verdict is Verdict.MIXED


def test_models_differ_by_tier() -> None:
    """Another model, another provider and another order are differences, and lower nobody."""
    tier = rules({"$ex": {"role": 1}})
    old, new = policy_data(tier), policy_data(tier)
    old["model_tiers"]["tiers"]["fast"]["providers"] = {"x": "1", "y": "2"}
    new["model_tiers"]["tiers"]["fast"]["providers"] = {"y": "2", "x": "3", "z": "4"}
    found = compare(_table(old), _table(new))
    said = [(one.provider, one.old, one.new) for one in found.models]
    assert said == [("x", "1", "3"), ("z", None, "4"), ("", "x, y", "y, x, z")]
    assert (found.verdict, found.lowers) == (Verdict.MIXED, False)


def test_escalations_in_force_that_are_touched_are_named() -> None:
    """Entries that are gone, and entries that a rule now overrides, of the subjects that it is about."""
    entry: Json = {
        "entry": {"pri": 5, "all": [{"m": {"$ex": {"escalated_tier": 1}}}], "run": {"tier": {"$m": "escalated_tier"}}}
    }
    always: Json = {"always": {"pri": 9, "all": [{"m": {"$ex": {"role": 1}}}], "run": {"tier": "fast"}}}
    pinned: Json = {"pinned": {"pri": 1, "all": [{"m": {"role": "b"}}], "run": {"tier": "fast"}}}
    state = {"t:a": "general", "t:b": "reasoning", "u:b": "reasoning", "t:c": "general"}
    old = policy_data({**entry, **always}, escalation_state=state)
    left = {key: tier for key, tier in state.items() if key != "t:a"}
    new = policy_data({**pinned, **entry, **always}, escalation_state=left)
    found = compare(_table(old), _table(new))
    touched = {tuple(map(str, one.subjects)): (one.old.tier, one.new.tier, one.direction) for one in found.entries}
    assert touched == {
        ("t:a",): ("general", "fast", Direction.LOWERS),
        ("t:b", "u:b"): ("reasoning", "fast", Direction.LOWERS),
    }
    assert found.lowers
