"""A difference is what differs, all of it, and nothing else: held against asking both policies everything."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.author import Difference, Direction, Verdict, compare
from resolver.author.diff.difference import direction
from resolver.diagnostics import ResolverError
from resolver.domain import Ladder, RulesetName, Standing, Streak, Subject
from resolver.loader import shipped_policy
from resolver.serving import load_and_prove
from resolver.table import ANY_OTHER, DecisionTable, Report, judge_outcome, without_rule
from resolver.testing.strategies import Json, policies, requests
from tests.author.diff.asked import (
    ALWAYS,
    ENTRY,
    PHASES,
    ROLES,
    SIZE,
    TRIADS,
    entries_of,
    extras,
    is_in,
    table_of,
    tier_of,
)
from tests.prover.small import small_policies
from tests.small_policies import policy_data, rules


@pytest.mark.slow
@settings(max_examples=60)
@given(small_policies(), small_policies())
def test_requests_differ_where_the_difference_says_so(old: Json, new: Json) -> None:
    """Every request that gets another tier is in a group with those tiers, and every group is true of all in it."""
    found = compare(table_of(old), table_of(new))
    for triad, role, phase, entry in product(TRIADS, ROLES, PHASES, entries_of(old, new)):
        asked = (triad, role, phase)
        groups = [one for one in found.requests if is_in(one.who, asked, entry, json.dumps([old, new]))]
        for extra in extras(old, new):
            tiers = tuple(tier_of(each, triad, role, phase, extra, escalated=entry) for each in (old, new))
            said = {(one.old.tier, one.new.tier) for one in groups}
            assert tiers[0] == tiers[1] or tiers in said
        for one in groups:
            given_facts = dict(one.who.facts)
            assert tier_of(old, triad, role, phase, given_facts, escalated=entry) == one.old.tier
            assert tier_of(new, triad, role, phase, given_facts, escalated=entry) == one.new.tier
            assert one.old.tier != one.new.tier


@pytest.mark.slow
@settings(max_examples=40)
@given(policies(total=False))
def test_a_policy_is_equivalent_to_itself(policy: Json) -> None:
    """Nothing differs between a policy and itself, read twice."""
    found = compare(table_of(policy), table_of(policy))
    assert found == Difference((), (), (), (), (), ())
    assert found.verdict is Verdict.EQUIVALENT


@pytest.mark.slow
@settings(max_examples=40)
@given(policies(), policies(), st.data())
def test_any_two_policies_can_be_compared(old: Json, new: Json, data: st.DataObject) -> None:
    """Also with other ladders, facts and names; a request without extra facts that differs is in some group."""
    found = compare(table_of(old), table_of(new))
    if found.verdict is Verdict.EQUIVALENT:
        triad, role, phase, _ = data.draw(requests(data.draw(st.sampled_from([old, new]))))
        assert tier_of(old, triad, role, phase, {}, escalated=None) == tier_of(
            new, triad, role, phase, {}, escalated=None
        )


def test_other_rules_with_the_same_decisions_are_equivalent() -> None:
    """Rules may be split, renamed and joined, and rows written as rules."""
    old = policy_data(rules({"role": "a"}, {"$ex": {"role": 1}}), role_defaults={"b": "fast"})
    tier = rules({"$and": [{"role": "a"}, {"$ex": {"phase": 1}}]}, {"role": ["a", "b"]}, {"$neq": {"role": "a"}})
    new = policy_data(tier)
    assert compare(table_of(old), table_of(new)).verdict is Verdict.EQUIVALENT


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
    found = compare(table_of(policy_data(always)), table_of(policy_data({**pinned, **always})))
    assert [one.who.triads for one in found.requests] == [("dear",)]
    assert found.verdict is Verdict.RAISES


def test_facts_that_are_gone_are_named() -> None:
    """A fact, or a value, that requests can no longer give is a difference."""
    facts = {"size": {"values": ["s", "m"]}, "old": {"integer": True}}
    tier = rules({"$ex": {"role": 1}})
    found = compare(
        table_of(policy_data(tier, facts=facts)), table_of(policy_data(tier, facts={"size": {"values": ["s"]}}))
    )
    assert (found.refused, found.accepted) == (("size=m", "old"), ())
    assert found.verdict is Verdict.MIXED


def test_facts_that_are_new_are_named() -> None:
    """A fact, or a value, that requests can now give is a difference, and what it does is another."""
    facts: Json = {"size": {"values": ["s"]}, "kept": {"integer": True}, "other": {"integer": True}}
    more: Json = {"size": {"values": ["s", "m"]}, "kept": {"integer": True}, "other": {"values": ["x"]}, "new": SIZE}
    always: Json = {"always": {"pri": 9, "all": [{"m": {"$ex": {"role": 1}}}], "run": {"tier": "general"}}}
    cheap: Json = {"cheap": {"pri": 1, "all": [{"m": {"new": "l"}}], "run": {"tier": "fast"}}}
    found = compare(table_of(policy_data(always, facts=facts)), table_of(policy_data({**cheap, **always}, facts=more)))
    assert found.accepted == ("size=m", "other=x", "new")
    assert found.refused == ("other as a whole number",)
    assert [(effect.fact, effect.values) for effect in found.effects] == [("new", ("l",))]
    assert (found.verdict, found.lowers) == (Verdict.LOWERS, True)


def test_models_differ_by_tier() -> None:
    """Another model, another provider and another order are differences, and lower nobody."""
    tier = rules({"$ex": {"role": 1}})
    old, new = policy_data(tier), policy_data(tier)
    old["model_tiers"]["tiers"]["fast"]["providers"] = {"x": "1", "y": "2"}
    new["model_tiers"]["tiers"]["fast"]["providers"] = {"y": "2", "x": "3", "z": "4"}
    found = compare(table_of(old), table_of(new))
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
    found = compare(table_of(old), table_of(new))
    touched = {tuple(map(str, one.subjects)): (one.old.tier, one.new.tier, one.direction) for one in found.entries}
    assert touched == {
        ("t:a",): ("general", "fast", Direction.LOWERS),
        ("t:b", "u:b"): ("reasoning", "fast", Direction.LOWERS),
    }
    assert found.lowers


def test_an_entry_that_goes_both_ways_is_named_for_both() -> None:
    """Its requests fall in one phase and rise in another: the verdict says so."""
    pinned: Json = {
        "down": {"pri": 1, "all": [{"m": {"phase": "p"}}], "run": {"tier": "fast"}},
        "up": {"pri": 2, "all": [{"m": {"phase": "q"}}], "run": {"tier": "reasoning"}},
    }
    tier = {**pinned, "entry": ENTRY, "always": {**ALWAYS, "run": {"tier": "fast"}}}
    old = policy_data(
        {"entry": ENTRY, "always": {**ALWAYS, "run": {"tier": "fast"}}}, escalation_state={"t:a": "general"}
    )
    found = compare(table_of(old), table_of(policy_data(tier, escalation_state={"t:a": "general"})))
    assert [(one.phase, one.direction) for one in found.entries] == [("p", Direction.LOWERS), ("q", Direction.RAISES)]
    assert found.verdict is Verdict.MIXED


def _effect(table: DecisionTable, who: tuple[Any, ...], kind: Any, strikes: int) -> str | None:
    """The effect of an outcome: of a failure after others on the same tier, or of a success (no strikes)."""
    role, phase, entry = who
    subject, facts = Subject("a triad", role), dict[str, str | int]()
    decision = table.decide(table.facts_of(subject, phase, facts, entry=entry))
    assert decision is not None
    streak = Streak(strikes - 1, decision.tier, entry) if strikes > 1 else None
    try:
        report = Report(subject, phase, facts, bool(strikes), kind, None, None)
        return str(judge_outcome(table, report, Standing(entry, streak)).effect)
    except ResolverError:
        return None


def test_exact_changes_name_only_what_is_affected() -> None:
    """Every combination of a merged change has the effects that it names, under both policies."""
    table = load_and_prove(shipped_policy())
    for rule in table.policy.rules[RulesetName.OUTCOME]:
        other = without_rule(table, rule)
        changes = compare(table, other, is_exact=True).outcomes
        assert changes
        for change in changes:
            who, of = change.who, change.occasion
            for role, phase, entry, kind, strikes in product(
                *(who.roles, who.phases, who.entries), of.kinds or (None,), of.strikes or (0,)
            ):
                names = [("another" if name is ANY_OTHER else name) for name in (role, phase, kind)]
                effects = [_effect(each, (*names[:2], entry), names[2], strikes) for each in (table, other)]
                assert effects == [change.old.effect, change.new.effect]
