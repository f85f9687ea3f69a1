from resolver.domain import Absent, And, Compare, Equal, Or, SameAs, facts_of
from resolver.domain.conditions import atoms


def test_facts_are_named_once_in_the_order_of_the_file() -> None:
    """A condition reads each fact once, in the order of the file, the other side of a reference included."""
    condition = Or((And((Equal("b", ("x",)), SameAs("a", "c", equal=True))), Compare("$lt", "b", 3), Absent("d")))
    assert facts_of(condition) == ("b", "a", "c", "d")


def test_atoms_stand_in_the_order_of_the_file() -> None:
    """Joins are walked through, however deep."""
    first, second, third = Absent("a"), Equal("b", ("x", "y")), Compare("$gte", "c", 1)
    assert [*atoms(And((first, Or((And((second,)), third)))))] == [first, second, third]


def test_conditions_are_values() -> None:
    """Two conditions that say the same are equal, and can be kept in a set."""
    assert len({Equal("a", ("x",)), Equal("a", ("x",)), Equal("a", ("y",))}) == 2
