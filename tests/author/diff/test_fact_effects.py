"""Effects of new and lost facts: each value is compared with the same request without it, and nothing is left out."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from resolver.author import Direction, FactValue, Side, Verdict, compare
from resolver.author.diff.diff_words import Words
from resolver.testing.strategies import Json
from tests import oracle
from tests.author.diff.asked import ALWAYS, ENTRY, PHASES, ROLES, TRIADS, extras, is_in, table_of, tier_of
from tests.prover.brute import values_of
from tests.prover.small import small_policies
from tests.small_policies import policy_data

FAILED: Json = {"result": "failure"}


def _rule(pri: int, condition: Json, run: Any) -> Json:
    return {"pri": pri, "all": [{"m": condition}], "run": run}


TEXT: Json = {"values": ["cheap", "frugal", "dear"]}
DEAR: Json = {"values": ["dear"]}
NUMBER: Json = {"integer": True}
DOWN: Json = {"tier": "fast"}


@pytest.mark.slow
@settings(max_examples=60)
@given(small_policies())
def test_every_request_that_a_new_fact_changes_is_in_a_group(new: Json) -> None:
    """And every group is true: with the value and the other facts of the group, the tiers are those that it says."""
    assume(new["facts"])
    lowest, *_ = oracle.ladder(new)
    old = policy_data({"always": {**ALWAYS, "run": {"tier": lowest}}}, ladder=oracle.ladder(new))
    found = compare(table_of(old), table_of(new))
    for name in new["facts"]:
        for value, (triad, role, phase), entry in product(
            values_of(new, name), product(TRIADS, ROLES, PHASES), [None, *oracle.ladder(new)]
        ):
            effects = [one for one in found.effects if one.fact == name and _has(one.values, value)]
            groups = [
                one
                for effect in effects
                for one in effect.requests
                if is_in(one.who, (triad, role, phase), entry, json.dumps(new))
            ]
            said = {(one.old.tier, one.new.tier) for one in groups}
            for extra in extras(new, new):
                if name not in extra:
                    without = tier_of(new, triad, role, phase, extra, escalated=entry)
                    with_it = tier_of(new, triad, role, phase, {**extra, name: value}, escalated=entry)
                    assert without == with_it or (without, with_it) in said
            for one in groups:
                facts = dict(one.who.facts)
                assert tier_of(new, triad, role, phase, facts, escalated=entry) == one.old.tier
                assert tier_of(new, triad, role, phase, {**facts, name: value}, escalated=entry) == one.new.tier


@pytest.mark.slow
@settings(max_examples=60)
@given(small_policies(), st.data())
def test_every_request_that_loses_a_fact_is_in_a_group(old: Json, data: st.DataObject) -> None:
    """A value that requests can no longer give is compared with the new policy without the fact."""
    assume(old["facts"])
    ladder = oracle.ladder(old)
    new = policy_data({"always": {**ALWAYS, "run": {"tier": data.draw(st.sampled_from(ladder))}}}, ladder=ladder)
    found = compare(table_of(old), table_of(new))
    for name in old["facts"]:
        for value, asked, entry in product(values_of(old, name), product(TRIADS, ROLES, PHASES), [None, *ladder]):
            now = tier_of(new, *asked, {}, escalated=entry)
            before = tier_of(old, *asked, {name: value}, escalated=entry)
            without = tier_of(old, *asked, {}, escalated=entry)
            effects = [one for one in found.effects if one.fact == name and _has(one.values, value)]
            groups = [
                one
                for effect in effects
                for one in effect.requests
                if is_in(one.who, asked, entry, json.dumps(old)) and not one.who.facts
            ]
            said = {(one.old.tier, one.new.tier) for one in groups}
            assert not any(effect.accepted for effect in effects)
            assert said <= {(before, now)}
            if before not in (now, without):
                assert (before, now) in said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"preset": TEXT}, None, ["preset=cheap"]),
        ({"preset": TEXT}, {"preset": DEAR}, ["preset=cheap"]),
        ({"preset": TEXT}, {"preset": NUMBER}, ["preset=cheap"]),
        ({"preset": TEXT}, {"preset": TEXT}, []),
    ],
)
def test_the_values_that_are_gone_are_named(before: Json, after: Json, said: list[str]) -> None:
    """A request ran higher with the value, so that its loss lowers; an unused value is only named."""
    rule = {"r": _rule(1, {"preset": "cheap"}, {"tier": "reasoning"})}
    tables = [
        table_of(policy_data({**(rule if facts == {"preset": TEXT} else {}), "always": ALWAYS}, facts=facts))
        for facts in (before, after)
    ]
    found = compare(*tables)
    words = Words(Side("old", tables[0]), Side("new", tables[1]))
    lines = [line for effect in found.effects for line in words.effect(effect)]
    assert [(line.who.partition(";")[0], line.change) for line in lines] == [
        (f"without {each}", "reasoning → general") for each in said
    ]
    assert found.lowers is bool(said)


def test_a_change_without_the_fact_is_said_once() -> None:
    """What happens to requests without the value, too, is no effect of its loss."""
    other = {"of_a": _rule(1, {"role": "a"}, DOWN)}
    rule = {"r": _rule(2, {"$and": [{"preset": "cheap"}, {"role": "b"}]}, DOWN)}
    old = policy_data({**rule, "always": ALWAYS}, facts={"preset": TEXT})
    found = compare(table_of(old), table_of(policy_data({**other, "always": ALWAYS})))
    assert [one.who.roles for one in found.requests] == [("a",)]
    assert [one.who.roles for effect in found.effects for one in effect.requests] == [("b",)]


def _has(values: tuple[FactValue, ...], value: Any) -> bool:
    ranges = [each for each in values if isinstance(each, tuple)]
    return value in values or any(
        (first is None or first <= value) and (last is None or value <= last) for first, last in ranges
    )


@pytest.mark.parametrize(
    ("before", "facts", "rules", "said"),
    [
        (None, {"preset": TEXT}, {"r": _rule(1, {"preset": "cheap"}, DOWN)}, ["preset=cheap"]),
        (None, {"preset": TEXT}, {"r": _rule(1, {"preset": ["cheap", "dear"]}, DOWN)}, ["preset=cheap or dear"]),
        (None, {"preset": TEXT}, {"r": _rule(1, {"$neq": {"preset": "cheap"}}, DOWN)}, ["preset=frugal or dear"]),
        ({"preset": DEAR}, {"preset": TEXT}, {"r": _rule(1, {"preset": "cheap"}, DOWN)}, ["preset=cheap"]),
        ({"preset": NUMBER}, {"preset": TEXT}, {"r": _rule(1, {"preset": "cheap"}, DOWN)}, ["preset=cheap"]),
        (None, {"n": NUMBER}, {"r": _rule(1, {"$lt": {"n": 10}}, DOWN)}, ["n=9 or less"]),
        (None, {"n": NUMBER}, {"r": _rule(1, {"$gte": {"n": 10}}, DOWN)}, ["n=10 or more"]),
        (None, {"n": NUMBER}, {"r": _rule(1, {"n": 7}, DOWN)}, ["n=7"]),
        (None, {"n": NUMBER}, {"r": _rule(1, {"$ex": {"n": 1}}, DOWN)}, ["n=any number"]),
        (None, {"n": NUMBER}, {"r": _rule(1, {"$and": [{"$gt": {"n": 3}}, {"$lt": {"n": 9}}]}, DOWN)}, ["n=4 to 8"]),
        (None, {"n": NUMBER}, {"r": _rule(1, {"n": 2**63 - 2}, DOWN)}, [f"n={2**63 - 2}"]),
        (None, {"n": NUMBER}, {"r": _rule(1, {"n": 2 - 2**63}, DOWN)}, [f"n={2 - 2**63}"]),
        (None, {"n": NUMBER}, {"r": _rule(1, {"$gt": {"n": 2 - 2**63}}, DOWN)}, [f"n={3 - 2**63} or more"]),
        (None, {"n": NUMBER, "m": NUMBER}, {"r": _rule(1, {"n": 7}, DOWN)}, ["n=7"]),
    ],
)  # fmt: skip
def test_the_values_that_do_something_are_named(before: Json, facts: Json, rules: Json, said: list[str]) -> None:
    """Texts by name and numbers by range, of facts, values and types that are new; what changes nothing is not."""
    tables = [
        table_of(policy_data({**given_rules, "always": ALWAYS}, facts=each))
        for each, given_rules in ((before, {}), (facts, rules))
    ]
    found = compare(*tables)
    words = Words(Side("old", tables[0]), Side("new", tables[1]))
    lines = [line for effect in found.effects for line in words.effect(effect)]
    assert [line.who.partition(";")[0] for line in lines] == [f"with {each}" for each in said]
    assert {line.direction for line in lines} == {Direction.LOWERS}
    assert found.lowers


@pytest.mark.parametrize("lost", [False, True])
def test_a_change_is_one_line_for_all_values_that_make_it(lost: bool) -> None:
    """Also if other requests change for some of these values only."""
    rule = {
        f"r{pri}": _rule(pri, {"$and": [{"role": role}, {"$gte": {"n": least}}]}, {"tier": tier})
        for pri, (role, least, tier) in enumerate([("a", 10, "fast"), ("b", 20, "reasoning"), ("a", 30, "reasoning")])
    }
    plain, with_it = policy_data({"always": ALWAYS}), policy_data({**rule, "always": ALWAYS}, facts={"n": NUMBER})
    tables = [table_of(each) for each in ((with_it, plain) if lost else (plain, with_it))]
    words = Words(Side("old", tables[0]), Side("new", tables[1]))
    lines = [line for effect in compare(*tables).effects for line in words.effect(effect)]
    verb = "without" if lost else "with"
    assert {line.who for line in lines} == {f"{verb} n=10 or more; a", f"{verb} n=20 or more; b"}
    assert len(lines) == 2


def test_a_fact_is_compared_with_requests_under_the_new_policy() -> None:
    """If the policy changes otherwise, too, that is a change of its own."""
    old = policy_data({"always": ALWAYS})
    dear = {**ALWAYS, "run": {"tier": "reasoning"}}
    new = policy_data({"r": _rule(1, {"preset": "cheap"}, {"tier": "general"}), "always": dear}, facts={"preset": TEXT})
    found = compare(table_of(old), table_of(new))
    assert [(one.old.tier, one.new.tier) for one in found.requests] == [("general", "reasoning")]
    [effect] = found.effects
    assert [(one.old.tier, one.new.tier) for one in effect.requests] == [("reasoning", "general")]
    assert found.verdict is Verdict.MIXED


def _outcomes(*more: tuple[str, Json]) -> Json:
    third = _rule(5, {"$and": [FAILED, {"$gte": {"strikes": 3}}]}, {"escalate_to": "reasoning"})
    return {
        **dict(more),
        "third": third,
        "failure": _rule(6, FAILED, "count"),
        "success": _rule(7, {"result": "success"}, "reset"),
    }


@pytest.mark.parametrize(
    ("condition", "run", "way"),
    [
        ({"$and": [FAILED, {"preset": "cheap"}]}, "ignore", Direction.LOWERS),
        ({"$and": [FAILED, {"preset": "cheap"}]}, {"escalate_to": "reasoning"}, Direction.RAISES),
        ({"$and": [FAILED, {"$gte": {"strikes": 3}}, {"preset": "cheap"}]}, "hold", Direction.LOWERS),
    ],
)
def test_what_a_fact_does_to_outcomes_is_shown(condition: Json, run: Any, way: Direction) -> None:
    """An escalation stays, so its direction is that of all later requests, with the fact or without."""
    tier: Json = {"entry": ENTRY, "always": {**ALWAYS, "run": {"tier": "fast"}}}
    pinned: Json = {"pinned": _rule(1, {"preset": "cheap"}, {"tier": "fast"}), **tier}
    facts: Json = {"preset": TEXT}
    for rules in (tier, pinned):
        old = policy_data(tier, _outcomes())
        new = policy_data(rules, _outcomes(("of_fact", _rule(1, condition, run))), facts)
        [effect] = compare(table_of(old), table_of(new)).effects
        ways = {one.direction for one in effect.outcomes if None in one.who.entries}
        assert effect.values == ("cheap",)
        assert way in ways
        assert ways <= {way, Direction.CHANGES}


def test_the_place_of_an_effect_is_the_rule_that_is_new() -> None:
    """It is the line that the change has touched."""
    new = policy_data({"cheap": _rule(1, {"preset": "cheap"}, DOWN), "always": ALWAYS}, facts={"preset": TEXT})
    [effect] = compare(table_of(policy_data({"always": ALWAYS})), table_of(new)).effects
    assert [place.text for place in effect.requests[0].cause.places] == ["cheap"]
