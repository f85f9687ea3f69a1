from itertools import product

import pytest

from resolver.compiler import TooLargeError, engine_rules
from resolver.domain import Absent, And, Compare, Condition, Equal, Or, Present, SameAs, Unequal
from resolver.engine import Judge


def sets(fact: str, count: int) -> Equal:
    return Equal(fact, tuple(f"{fact}{at}" for at in range(count)))


def not_equal_or_missing(fact: str, value: str) -> Or:
    return Or((Absent(fact), Unequal(fact, value)))


def matched(condition: Condition, **facts: str) -> bool:
    """Whether any piece of the condition matches an event, as durable-rules has it."""
    answers = []
    for piece in engine_rules(condition):
        with Judge([piece]) as engine:
            answers.append(engine.ask(facts) is not None)
    return any(answers)


@pytest.mark.parametrize(
    "condition",
    [
        Equal("role", ("critic",)),
        sets("role", 57),
        And((sets("role", 20), sets("phase", 20), Present("triad"))),
        Or(tuple(And((Equal("role", (f"x{at}",)), Equal("phase", (f"p{at}",)))) for at in range(4))),
    ],
)
def test_a_rule_that_fits_is_one_engine_rule(condition: Condition) -> None:
    """What the engine can hold, and need not be asked much about, is not cut."""
    assert [rule.condition for rule in engine_rules(condition)] == [condition]


def test_joins_of_joins_are_flat() -> None:
    """An `$and` in an `$and`, an `$or` in an `$or` and a join of one cost the engine nothing."""
    role, phase, triad = Equal("role", ("a",)), Equal("phase", ("b",)), Present("triad")
    [rule] = engine_rules(And((And((role,)), And((Or((Or((phase,)),)), triad)))))
    assert rule.condition == And((role, phase, triad))


def test_equalities_on_one_fact_are_one_set() -> None:
    """`an $or of equalities on one fact is one set`, which makes one case of all its values."""
    [rule] = engine_rules(Or((Equal("role", ("a",)), Present("phase"), Or((Equal("role", ("b", "a")),)))))
    assert rule.condition == Or((Equal("role", ("a", "b")), Present("phase")))


@pytest.mark.parametrize("count", [58, 600])
def test_long_lists_are_cut_evenly(count: int) -> None:
    """Hundreds of values become several engine rules, none of them nearly empty, that hold each value once."""
    pieces = [rule.condition for rule in engine_rules(sets("role", count))]
    values = [value for piece in pieces if isinstance(piece, Equal) for value in piece.values]
    assert values == list(sets("role", count).values)
    assert len(pieces) == -(-count // 57)


def test_a_list_beside_others_is_cut() -> None:
    """In an `$and`, the pieces together allow what all lists of it allow."""
    condition = And((sets("role", 100), sets("phase", 100)))
    assert matched(condition, role="role99", phase="phase99")
    assert not matched(condition, role="role99", phase="phase100")


def test_pieces_of_nested_alternatives_match_what_the_whole_does() -> None:
    """`$or` inside `$and` inside `$or`, beyond the engine's 31 steps, keeps its meaning."""
    deep = Or(tuple(And((Or((Equal("role", (f"r{at}",)), Absent("phase"))), Present("triad"))) for at in range(20)))
    assert len(engine_rules(deep)) > 1
    for role, phase, triad in product(("r0", "r19", "r20"), ({}, {"phase": "p"}), ({}, {"triad": "t"})):
        event = {"role": role, **phase, **triad}
        assert matched(deep, **event) == (bool(triad) and (role != "r20" or not phase))


def test_not_equal_or_missing_many_times_over_is_no_explosion() -> None:
    """The idiom for an exclusion can stand in a rule dozens of times: an event matches each in one way at most."""
    assert len(engine_rules(And(tuple(not_equal_or_missing("kind", f"k{at}") for at in range(13))))) == 1
    many = And(tuple(not_equal_or_missing("kind", f"k{at}") for at in range(20)))
    assert len(engine_rules(many)) < 100
    assert [matched(many), matched(many, kind="k19"), matched(many, kind="k20")] == [True, False, True]


def test_an_event_matches_no_piece_in_thousands_of_ways() -> None:
    """Alternatives that match at the same time multiply in an `$and`, and the engine goes through all of them."""
    either = [Or((Present("role"), Present("triad"), Unequal("role", f"x{at}"))) for at in range(8)]
    assert len(engine_rules(And(tuple(either)))) > 1
    assert matched(And(tuple(either)), role="a", triad="b")
    assert not matched(And(tuple(either)))


def test_alternatives_about_different_facts_are_asked_apart() -> None:
    """Cases multiply with the facts that one engine rule reads, so that many facts are many engine rules."""
    [first, *rest] = engine_rules(Or(tuple(Equal(f"f{at}", ("a",)) for at in range(24))))
    assert rest
    assert len(first.facts) <= 6


def test_cases_that_no_cut_makes_fewer_stay_in_one_rule() -> None:
    """A rule about many facts at once is asked about all of their cases, where cutting it would ask for more."""
    assert len(engine_rules(And(tuple(not_equal_or_missing(f"f{at}", "a") for at in range(6))))) == 1
    assert len(engine_rules(And(tuple(SameAs(f"f{at}", f"g{at}", equal=True) for at in range(4))))) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "condition",
    [
        And(tuple(Unequal("role", f"x{at}") for at in range(59))),
        And((sets("role", 3), *(Compare("$gt", "n", at) for at in range(60)))),
        And((sets("a", 300), sets("b", 300), sets("c", 300))),
    ],
)
def test_what_cannot_be_cut_is_too_large(condition: Condition) -> None:
    """Past 58 conditions that must all hold, and past 2,000 pieces, a rule is refused."""
    with pytest.raises(TooLargeError):
        engine_rules(condition)
