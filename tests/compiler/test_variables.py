from typing import Any

import pytest

from resolver.compiler.variables import Variable, composite, variable, view_of
from resolver.domain import (
    And,
    Compare,
    Condition,
    Equal,
    Fact,
    Facts,
    Integer,
    OpenText,
    Present,
    SameAs,
    Text,
    Unequal,
)

HIGHEST = 2**63 - 2
ROLE, PHASE = Fact("role", OpenText(), always=True), Fact("phase", OpenText())
NUMBER, TIER = Fact("n", Integer()), Fact("tier", Text(("low", "high")))


def values(made: Variable) -> list[Any]:
    return [facts.get(made.facts[0]) for facts in made.classes]


def seen(made: Variable, *facts: Facts) -> list[Any]:
    return [values(made)[made.class_of(each)] for each in facts]


def test_open_text_has_a_class_for_each_name_and_one_for_all_others() -> None:
    """Names that rules mention are apart; every other text is the same to them."""
    made = variable(ROLE, [Equal("role", ("b", "a")), Unequal("role", "c"), Equal("phase", ("x",))])
    assert values(made) == ["a", "b", "c", "other"]
    assert seen(made, {"role": "a"}, {"role": "A"}, {"role": ""}, {"role": "\ud800"}) == [
        "a",
        "other",
        "other",
        "other",
    ]


def test_text_that_can_be_absent_has_a_class_for_that() -> None:
    """The absence of a fact is a class of its own, and the first."""
    made = variable(PHASE, [Present("phase")])
    assert values(made) == [None, "other"]
    assert seen(made, {}, {"phase": "x"}) == [None, "other"]


def test_what_stands_for_all_others_is_no_name_of_a_rule() -> None:
    """A rule about the text that would stand for the others gets a class of its own."""
    made = variable(ROLE, [Equal("role", ("other", "other_"))])
    assert values(made) == ["other", "other_", "other__"]
    assert seen(made, {"role": "other"}, {"role": "other__"}, {"role": "x"}) == ["other", "other__", "other__"]


def test_closed_text_has_its_declared_values() -> None:
    """Closed values are classes whether or not a rule names them, and there is none for others."""
    made = variable(TIER, [])
    assert values(made) == [None, "low", "high"]
    with pytest.raises(KeyError):
        made.class_of({"tier": "medium"})


@pytest.mark.parametrize(
    ("literals", "expected"),
    [
        ([], [None, -HIGHEST]),
        ([3], [None, 2, 3, 4]),
        ([3, 4], [None, 2, 3, 4, 5]),
        ([3, 6], [None, 2, 3, 5, 6, 7]),
        ([-HIGHEST], [None, -HIGHEST, -HIGHEST + 1]),
        ([-HIGHEST + 1], [None, -HIGHEST, -HIGHEST + 1, -HIGHEST + 2]),
        ([HIGHEST - 1], [None, HIGHEST - 2, HIGHEST - 1, HIGHEST]),
        ([HIGHEST], [None, HIGHEST - 1, HIGHEST]),
        ([-HIGHEST, HIGHEST], [None, -HIGHEST, HIGHEST - 1, HIGHEST]),
    ],
)
def test_numbers_split_at_the_literals(literals: list[int], expected: list[int | None]) -> None:
    """Each literal is a class, and so is each stretch between two that holds a number the fact can have."""
    made = variable(NUMBER, [Compare("$lt", "n", literal) for literal in literals])
    assert values(made) == expected
    near = [each + step for each in (*literals, 0) for step in (-1, 0, 1) if abs(each + step) <= HIGHEST]
    for number in (*near, -HIGHEST, HIGHEST):
        stands = seen(made, {"n": number})[0]
        assert [(number > each) - (number < each) for each in literals] == [
            (stands > each) - (stands < each) for each in literals
        ]


def test_strikes_start_at_one() -> None:
    """A bounded number has no class below its lowest value."""
    made = variable(
        Fact("strikes", Integer(lowest=1, highest_literal=100), always=True), [Compare("$gte", "strikes", 1)]
    )
    assert values(made) == [1, 2]
    made = variable(
        Fact("strikes", Integer(lowest=1, highest_literal=100), always=True), [Compare("$gte", "strikes", 3)]
    )
    assert values(made) == [2, 3, 4]


def test_facts_that_hang_together_have_only_their_combinations() -> None:
    """A combination that is not possible is in no class."""
    made = composite(("a", "b"), ({"a": "x"}, {"a": "y", "b": "z"}))
    assert [made.class_of({"a": "x", "c": "ignored"}), made.class_of({"a": "y", "b": "z"})] == [0, 1]
    with pytest.raises(KeyError):
        made.class_of({"a": "x", "b": "z"})


@pytest.mark.parametrize(
    ("condition", "groups"),
    [
        (Equal("role", ("a",)), [(0,)]),
        (Equal("role", ("a", "b")), [(0, 1)]),
        (Unequal("role", "c"), [(2,)]),
        (And((Equal("role", ("a", "b")), Unequal("role", "b"))), [(0,), (1,)]),
        (Present("role"), []),
    ],
)
def test_a_rule_sees_the_names_that_it_mentions(condition: Condition, groups: list[tuple[int, ...]]) -> None:
    """Names of other rules are like any other name to it, and the values of one list are alike."""
    made = variable(ROLE, [Equal("role", ("a", "b", "c", "d"))])
    assert view_of(condition, made) == (groups, 4)


def test_a_rule_sees_whether_a_fact_is_there() -> None:
    """Absence is always apart from the rest, for every operator may treat it otherwise."""
    made = variable(PHASE, [Equal("phase", ("a", "b"))])
    assert view_of(Equal("phase", ("b",)), made) == ([(0,), (2,)], 3)
    assert view_of(Unequal("phase", "b"), made) == ([(0,), (2,)], 3)


def test_a_comparison_sees_below_at_and_above_its_literal() -> None:
    """Numbers on the same side of all literals of a rule are alike to it."""
    made = variable(NUMBER, [Compare("$lt", "n", 3), Compare("$lt", "n", 7)])
    assert values(made) == [None, 2, 3, 6, 7, 8]
    assert view_of(Compare("$lte", "n", 3), made) == ([(0,), (1,), (2,)], 5)
    assert view_of(Equal("n", (3, 7)), made) == ([(0,), (2, 4)], 5)


def test_a_reference_sees_every_value() -> None:
    """Equality with another fact depends on the value itself."""
    assert view_of(SameAs("tier", "other", equal=True), variable(TIER, [])) == ([(0,), (1,)], 2)
    assert view_of(SameAs("other", "tier", equal=False), variable(TIER, [])) == ([(0,), (1,)], 2)
