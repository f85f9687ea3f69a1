"""Hypothesis strategies for policies together with what is asked of them; none calls the code under test."""

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from resolver.testing import strategies
from resolver.testing.strategies import Json, Request
from tests import oracle
from tests.small_policies import ALWAYS, policy_data, rules

Event = dict[str, str | int]
Value = str | int | None


@st.composite
def asked(draw: DrawFn, *, total: bool = True) -> tuple[Json, list[Request]]:
    """A policy and what it is asked."""
    policy = draw(strategies.policies(total=total))
    return policy, draw(st.lists(strategies.requests(policy), min_size=1, max_size=8))


@st.composite
def watched(draw: DrawFn, drawn: SearchStrategy[Json]) -> tuple[Json, dict[str, list[Event]]]:
    """A policy and events for both its rulesets, of names that the policy mentions and of others."""
    policy = draw(drawn)
    return policy, {name: draw(st.lists(events(policy, name), min_size=1, max_size=8)) for name in policy["rulesets"]}


@st.composite
def events(draw: DrawFn, policy: Json, ruleset: str) -> Event:
    """Any event that can be, of names that the policy mentions and of others, whatever its rows say."""
    triad, role, phase, extra = draw(strategies.requests(policy))
    tiers = oracle.ladder(policy)
    maybe = st.none() | st.sampled_from(tiers)
    facts: dict[str, Value] = {"triad": triad, "role": role, "phase": phase or None, **extra}
    if ruleset == "tier":
        override = draw(maybe) if phase else None
        facts |= {"role_default": draw(maybe), "phase_override": override, "escalated_tier": draw(maybe)}
    elif draw(st.integers(0, 3)) == 0:
        facts["result"] = "success"
    else:
        failed = draw(st.sampled_from(tiers))
        above = tiers[tiers.index(failed) + 1 :]
        facts |= {"result": "failure", "failed_tier": failed, "next_tier": above[0] if above else None}
        facts["raised_tier"] = draw(st.none() | st.sampled_from(above or [failed]))
        facts |= {"kind": draw(strategies.kinds(policy)), "strikes": draw(st.integers(1, 4) | st.integers(1, 1000))}
    return {name: value for name, value in facts.items() if value is not None}


def large_policies() -> SearchStrategy[Json]:
    """Policies of one rule or two that are too large for the engine as they are, and a last one."""
    conditions = st.lists(large_conditions(), min_size=1, max_size=2)
    preset = {"preset": {"values": ["a", "b", "c"]}}
    return conditions.map(lambda each: policy_data(rules(*each, ALWAYS), facts=preset))


def large_conditions() -> SearchStrategy[Json]:
    """Conditions beyond what one engine rule holds: wide, long, nested."""
    names = {fact: [f"{fact}{at}" for at in range(12)] for fact in ("triad", "role", "phase")}
    values = {**names, "preset": ["a", "b", "c"], **dict.fromkeys(strategies.TIER_FACTS, strategies.LADDER)}

    def of(fact: str) -> SearchStrategy[Json]:
        value = st.sampled_from(values[fact])
        present = st.sampled_from(["$ex", "$nex"]).map(lambda operator: {operator: {fact: 1}})
        return value.map(lambda one: {fact: one}) | value.map(lambda one: {"$neq": {fact: one}}) | present

    atoms = st.sampled_from(sorted(values)).flatmap(of)
    both = st.lists(atoms, min_size=2, max_size=3).map(lambda parts: {"$and": parts})
    wide = st.lists(atoms | both, min_size=15, max_size=60).map(lambda parts: {"$or": parts})
    either = st.lists(atoms, min_size=2, max_size=4).map(lambda parts: {"$or": parts})
    nested = st.lists(either, min_size=2, max_size=5).map(lambda parts: {"$and": parts})
    pairs = st.lists(atoms, min_size=2, max_size=3).map(lambda parts: {"$or": parts})
    many = st.lists(pairs, min_size=6, max_size=8).map(lambda parts: {"$and": parts})
    excluded = st.sampled_from(names["phase"]).map(
        lambda phase: {"$or": [{"$nex": {"phase": 1}}, {"$neq": {"phase": phase}}]}
    )
    exclusions = st.lists(excluded, min_size=10, max_size=20).map(lambda parts: {"$and": parts})
    size = st.integers(59, 150)
    long = size.map(lambda count: {"role": [f"role{at}" for at in range(count)]})
    crossed = st.tuples(long, size, atoms).map(
        lambda parts: {"$and": [parts[0], {"phase": [f"phase{at}" for at in range(parts[1])]}, parts[2]]}
    )
    return (
        wide
        | nested
        | many
        | exclusions
        | long
        | crossed
        | st.lists(nested, min_size=2, max_size=4).map(lambda parts: {"$or": parts})
    )
