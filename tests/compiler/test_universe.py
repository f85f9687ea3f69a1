from itertools import product
from pathlib import Path

from resolver.compiler import Universe, universe_of
from resolver.domain import Facts, RulesetName
from tests.small_policies import ALWAYS, loaded, policy_data, rules

LADDER = ["low", "middle", "high"]


def all_events(universe: Universe) -> list[Facts]:
    """Every event of the universe, one for each combination of classes that can be."""
    found: list[Facts] = []

    def grow(level: int, active: frozenset[int], facts: Facts) -> None:
        if level == len(universe.variables):
            found.append(facts)
            return
        for chosen in universe.allowed(level, active):
            more = {**facts, **universe.variables[level].classes[chosen]}
            grow(level + 1, universe.activated(level, chosen, active), more)

    grow(0, frozenset(), {})
    return found


def outcome(tmp_path: Path) -> list[Facts]:
    tier = rules(ALWAYS, run={"tier": "low"})
    policy = policy_data(tier, rules({"$gte": {"strikes": 3}}, ALWAYS, run="count"), ladder=LADDER)
    return all_events(universe_of(loaded(tmp_path, policy), RulesetName.OUTCOME))


def test_a_success_has_nothing_of_a_failure(tmp_path: Path) -> None:
    """`On a success only triad, role, phase, result and extra facts exist`."""
    found = [event for event in outcome(tmp_path) if event["result"] == "success"]
    assert {*map(frozenset, found)} == {frozenset(names) for names in (
        ("result", "role", "triad"), ("result", "role", "triad", "phase"))}  # fmt: skip


def test_a_failure_has_strikes_and_a_tier_that_failed(tmp_path: Path) -> None:
    """A failure counts itself, and ran on some tier; its kind may be absent."""
    found = [event for event in outcome(tmp_path) if event["result"] == "failure"]
    assert {event["strikes"] for event in found} == {2, 3, 4}
    assert {event["failed_tier"] for event in found} == {*LADDER}
    assert {event.get("kind") for event in found} == {None, "other"}


def test_the_tiers_of_a_failure_fit_together(tmp_path: Path) -> None:
    """`next_tier` is one above what failed; `raised_tier` is above it, or the top, or absent."""
    tiers = {(e["failed_tier"], e.get("next_tier"), e.get("raised_tier")) for e in outcome(tmp_path) if len(e) > 4}
    low = product(["low"], ["middle"], [None, "middle", "high"])
    assert tiers == {*low, *product(["middle"], ["high"], [None, "high"]), *product(["high"], [None], [None, "high"])}


def test_there_is_no_override_without_a_phase(tmp_path: Path) -> None:
    """A `phase_override` is the row of a phase, and of no phase there is none."""
    universe = universe_of(loaded(tmp_path, policy_data(rules({"phase": "plan"}, ALWAYS))), RulesetName.TIER)
    found = all_events(universe)
    assert not [event for event in found if "phase_override" in event and "phase" not in event]
    assert {event.get("phase_override") for event in found if event.get("phase") == "plan"} == {
        None, "fast", "general", "reasoning"}  # fmt: skip


def test_only_facts_that_rules_read_are_in_it(tmp_path: Path) -> None:
    """An extra fact that no rule of a ruleset reads, in its condition or its effect, is not asked about."""
    facts = {name: {"values": ["fast", "general"]} for name in ("read", "held", "unread")}
    tier = {**rules({"read": "fast"}), "last": {"pri": 9, "all": [{"m": ALWAYS}], "run": {"tier": {"$m": "held"}}}}
    policy = loaded(tmp_path, policy_data(tier, facts=facts))
    names = [name for variable in universe_of(policy, RulesetName.TIER).variables for name in variable.facts]
    assert names[-2:] == ["read", "held"]
    outcome = universe_of(policy, RulesetName.OUTCOME)
    assert not {*facts} & {name for variable in outcome.variables for name in variable.facts}


def test_the_classes_that_decide_are_those_that_differ_from_the_usual(tmp_path: Path) -> None:
    """No phase limits the override, every other class does not; a success limits what failures do not."""
    policy = loaded(tmp_path, policy_data(rules({"phase": "plan"}, ALWAYS)))
    tier, outcome = (universe_of(policy, name) for name in RulesetName)
    level = tier.levels["phase"]
    assert tier.deciding_levels == (level,)
    assert (tier.deciding(level, 2), tier.deciding(level, 0)) == ({0}, {1, 2})
    result = outcome.levels["result"]
    assert outcome.deciding(result, len(outcome.variables[result].classes) - 1) == {0}
    assert tier.limited_to({"role"}).implications == ()
    assert tier.limited_to({"phase_override"}) == tier
    assert tier.deciding(0, 0) == set()


def test_facts_that_a_rule_reads_together_are_neighbours(tmp_path: Path) -> None:
    """Otherwise a diagram would have to remember each of the first ones until the second ones are asked for."""
    facts = {f"{side}{at}": {"values": ["fast"]} for side in "wx" for at in range(3)}
    tier = rules(*({"$and": [{f"x{at}": "fast"}, {"$ex": {f"w{at}": 1}}]} for at in range(3)), ALWAYS)
    universe = universe_of(loaded(tmp_path, policy_data(tier, facts=facts)), RulesetName.TIER)
    names = [name for variable in universe.variables for name in variable.facts]
    assert names[-6:] == ["w0", "x0", "w1", "x1", "w2", "x2"]
