"""Random policies that are small enough to try everything, close to the shipped one, so that many of them hold."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from resolver.prover.explore import Exploration, stuck
from resolver.prover.finding import Found
from resolver.prover.machine import MOST_STEPS, Machine
from resolver.prover.subjects import Subjects
from resolver.table import DecisionTable
from resolver.table.budget import Budget
from resolver.table.walk import Walker
from resolver.testing.strategies import Json
from tests.small_policies import policy_data

FAILURE = {"result": "failure"}
ROLES, PHASES, TRIADS = ("a", "b"), ("p", "q"), ("t",)
SIZES = ("s", "l")


@st.composite
def small_policies(draw: DrawFn) -> Json:
    """A ladder of two or three tiers, few rules, and extra facts; rules may be missing or badly written.

    There are few extra facts, in any order: a size, a number, and a wish for a tier to which effects may refer.
    """
    tiers = ["low", "mid", "top"][: draw(st.sampled_from([2, 3, 3]))]
    own = draw(st.sampled_from([(), (), ("size",), ("size",), ("wish",), ("wish",), ("size", "wish"), ("wish", "size"),
        ("number", "wish"), ("wish", "number")]))  # fmt: skip
    size, wish, number = (own.count(name) for name in ("size", "wish", "number"))
    tier_of = st.sampled_from(tiers)
    rows, some = (st.dictionaries(st.sampled_from(ROLES), tier_of, min_size=least, max_size=2) for least in (0, 1))
    tables: Json = {"ladder": tiers, "role_defaults": draw(rows)}
    tables["phase_overrides"] = draw(st.dictionaries(st.sampled_from(PHASES), some, max_size=2))
    names: list[Json] = [
        {"role": "a"},
        {"phase": "p"},
        {"triad": "t"},
        {"$neq": {"phase": "q"}},
        {"$nex": {"phase": 1}},
    ]
    names += [{"size": "l"}, {"$neq": {"size": "l"}}, {"$ex": {"size": 1}}] * size
    names += [{"wish": tiers[0]}, {"$neq": {"wish": tiers[0]}}] * wish
    names += [{"$gte": {"number": 3}}, {"$ex": {"number": 1}}] * number
    domains: Json = {"size": {"values": list(SIZES)}, "wish": {"values": tiers}, "number": {"integer": True}}
    facts = {name: domains[name] for name in own} or None
    wishes = [{"$m": "wish"}] * wish
    tier, outcome = draw(_tier(tiers, names, wishes)), draw(_outcome(tiers, names, wishes))
    return policy_data(tier, outcome, facts, **tables)


@st.composite
def _tier(draw: DrawFn, tiers: list[str], names: list[Json], wishes: list[Json]) -> Json:
    low: list[tuple[int, Json, Any]] = []
    for pri, fact in ((20, "escalated_tier"), (30, "phase_override"), (40, "role_default")):
        wide: Json = {"escalated_tier": {"role": 1}, "phase_override": {"phase": 1}}.get(fact, {"role": 1})
        guard = draw(st.sampled_from([{"$ex": {fact: 1}}] * 9 + [{"$ex": wide}]))
        if draw(st.integers(0, 9)) > 0:
            low.append((pri, guard, {"tier": {"$m": fact}}))
    pool = [*names, *({"escalated_tier": tier} for tier in tiers)]
    pool += [{"$and": [{"$ex": {"role_default": 1}}, {"wish": {"$m": "role_default"}}]}] * len(wishes)
    for pri in draw(st.lists(st.sampled_from([10, 25, 35]), max_size=2, unique=True)):
        target = draw(st.sampled_from([*tiers, *wishes * 3]))
        guards = [{"$ex": {"wish": 1}}] if isinstance(target, dict) and draw(st.integers(0, 3)) else []
        low.append((pri, {"$and": [*guards, draw(_condition(pool))]}, {"tier": target}))
    if draw(st.integers(0, 9)) > 0:
        low.append((50, {"$ex": {"role": 1}}, {"tier": draw(st.sampled_from(tiers))}))
    return _ruleset(low or [(50, {"$ex": {"role": 1}}, {"tier": tiers[0]})])


@st.composite
def _outcome(draw: DrawFn, tiers: list[str], names: list[Json], wishes: list[Json]) -> Json:
    most = draw(st.sampled_from([1, 2, 2, 3]))
    enough = {"$gte": {"strikes": most}}
    found: list[tuple[int, Json, Any]] = []
    if draw(st.integers(0, 9)) > 0:
        found.append((10, {"result": "success"}, draw(st.sampled_from(["reset"] * 8 + ["ignore", "count"]))))
    if draw(st.booleans()):
        found.append(
            (20, {"$and": [FAILURE, {"kind": "capacity"}]}, draw(st.sampled_from(["ignore", "hold", "reset"])))
        )
    target = draw(st.sampled_from([{"$m": "raised_tier"}] * 4 + [{"$m": "next_tier"}, tiers[-1], tiers[1], *wishes]))
    if draw(st.integers(0, 4)) > 0:
        found.append((40, {"$and": [FAILURE, enough, {"$nex": {_fact_of(target): 1}}]}, "hold"))
    if draw(st.integers(0, 9)) > 0:
        found.append((50, {"$and": [FAILURE, enough]}, {"escalate_to": target}))
    pool = [*names, {"kind": "tool"}, *({"failed_tier": tier} for tier in tiers), {"$nex": {"raised_tier": 1}}]
    for pri in draw(st.lists(st.sampled_from([30, 45, 55]), max_size=2, unique=True)):
        effects = ["count", "hold", "ignore", "reset", {"escalate_to": draw(st.sampled_from(tiers))}]
        extra = [enough] * draw(st.integers(0, 1))
        condition = {"$and": [FAILURE, *extra, draw(_condition(pool))]}
        found.append((pri, condition, draw(st.sampled_from(effects))))
    if draw(st.integers(0, 9)) > 0:
        found.append((60, draw(st.sampled_from([FAILURE] * 9 + [{"$ex": {"role": 1}}])), "count"))
    return _ruleset(found or [(60, {"$ex": {"role": 1}}, "ignore")])


def _condition(pool: list[Json]) -> st.SearchStrategy[Json]:
    one = st.sampled_from(pool)
    some = st.lists(one, min_size=2, max_size=2)
    return one | one | some.map(lambda both: {"$and": both}) | some.map(lambda both: {"$or": both})


def _fact_of(target: Any) -> str:
    return str(target["$m"]) if isinstance(target, dict) else "next_tier"


def _ruleset(found: list[tuple[int, Json, Any]]) -> Json:
    return {f"r{pri}": {"pri": pri, "all": [{"m": condition}], "run": run} for pri, condition, run in found}


def findings(table: DecisionTable) -> list[Found]:
    """What the prover finds of every class of subjects, before it keeps the shortest for each rule."""
    walker = Walker([table.policy.facts], [table.tier, table.outcome])
    machines = [Machine(table, walker, Budget(MOST_STEPS), subject) for subject in Subjects(table).classes]
    return [one for machine in machines for one in (*Exploration(machine).found, *stuck(machine))]
