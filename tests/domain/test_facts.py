from resolver.domain import Fact, Integer, Ladder, OpenText, Text, vocabulary
from resolver.domain.facts import BUILT_IN

LADDER = Ladder(("low", "high"))


def test_each_ruleset_has_its_own_facts() -> None:
    """Rules of `tier` see rows, rules of `outcome` see what came of the work; both see the request."""
    tier, outcome = vocabulary("tier", LADDER, {}), vocabulary("outcome", LADDER, {})
    assert [*tier] == ["triad", "role", "phase", "role_default", "phase_override", "escalated_tier"]
    assert [*outcome][:4] == ["triad", "role", "phase", "result"]
    assert [*outcome][4:] == ["kind", "strikes", "failed_tier", "next_tier", "raised_tier"]


def test_extra_facts_come_last_in_both() -> None:
    """A policy's own facts are in both rulesets, behind the built-in ones."""
    extra = {"preset": Fact("preset", Text(("a", "b")))}
    assert [[*vocabulary(name, LADDER, extra)][-1] for name in ("tier", "outcome")] == ["preset", "preset"]


def test_only_what_every_event_has_is_always_there() -> None:
    """Triad and role are in every event, and an outcome has a result; all else can be absent."""
    always = {name for name, fact in vocabulary("outcome", LADDER, {}).items() if fact.always}
    assert always == {"triad", "role", "result"}


def test_tiers_are_the_values_of_facts_that_hold_one() -> None:
    """The ladder is the closed list of values of every fact that holds a tier; names of people's are open."""
    facts = vocabulary("tier", LADDER, {})
    assert facts["escalated_tier"].domain == Text(("low", "high"))
    assert facts["role"].domain == OpenText()
    assert vocabulary("outcome", LADDER, {})["strikes"].domain == Integer(lowest=1, highest_literal=100)


def test_built_in_names_are_those_of_both_rulesets() -> None:
    """No fact of a policy takes the name of a built-in one of either ruleset."""
    assert {*vocabulary("tier", LADDER, {}), *vocabulary("outcome", LADDER, {})} == BUILT_IN
