import pytest

from resolver.compiler import TooLargeError, Universe
from resolver.compiler.universe import Implication
from resolver.compiler.variables import variable
from resolver.domain import Equal, Fact, OpenText, Text
from resolver.table.budget import Budget
from resolver.table.diagram import NO, NONE, YES, Diagram, index_of, leaf
from resolver.table.winners import Winners

A = variable(Fact("a", OpenText(), always=True), [Equal("a", ("x", "y"))])
B = variable(Fact("b", Text(("x", "y"))), [])
FREE = Universe((A, B), ())


def test_a_node_that_asks_for_nothing_is_none() -> None:
    """Where all branches lead the same way, the way is the node."""
    diagram = Diagram()
    assert diagram.node(0, {0: YES, 1: YES}, YES) == YES
    assert diagram.level == []


def test_equal_nodes_are_one_node() -> None:
    """What asks the same and leads to the same is the same number, in whatever order it was said."""
    diagram = Diagram()
    first = diagram.node(0, {0: YES, 1: leaf(3), 2: NO}, NO)
    assert diagram.node(0, {1: leaf(3), 0: YES}, NO) == first
    assert diagram.node(1, {1: leaf(3), 0: YES}, NO) != first
    assert len(diagram.level) == 2


def test_answers_name_the_winner() -> None:
    """A leaf is the rule it was made of, and no rule is None."""
    assert [index_of(leaf(at)) for at in (0, 1, 1000)] == [0, 1, 1000]
    assert index_of(NONE) is None


def test_a_walk_follows_the_classes() -> None:
    """A class without a branch goes the way of all others, and levels that are not asked about do not matter."""
    diagram = Diagram()
    root = diagram.node(0, {1: diagram.node(1, {0: leaf(7)}, leaf(8))}, NONE)
    assert [diagram.walk(root, classes) for classes in ((1, 0), (1, 2), (0, 0), (2, 0))] == [
        leaf(7),
        leaf(8),
        NONE,
        NONE,
    ]
    assert diagram.walk(YES, ()) == YES


def test_nodes_below_several_starts_come_once() -> None:
    """A node that several starts share is visited once, and so is what is below it."""
    diagram = Diagram()
    shared = diagram.node(2, {0: leaf(3)}, leaf(4))
    starts = [diagram.node(1, {0: shared}, leaf(at)) for at in range(3)]
    nodes = [*diagram.nodes(*starts, *starts)]
    assert sorted(nodes) == sorted({*starts, shared, *map(leaf, range(5))})
    assert {*diagram.nodes(*starts, to=2)} == {*nodes} - {leaf(3), leaf(4)}
    assert diagram.leaves(*starts) == {*map(leaf, range(5))}
    assert [*diagram.nodes()] == []


def test_the_first_rule_that_matches_wins() -> None:
    """Rules of lower priority are seen where those before them do not match, and not behind a certain winner."""
    diagram = Diagram()
    is_x, is_y = diagram.node(0, {0: YES}, NO), diagram.node(0, {1: YES}, NO)
    root = Winners(diagram, FREE, Budget(100)).build([(0, is_x), (1, NO), (2, is_y), (3, YES), (4, is_x)])
    assert [index_of(diagram.walk(root, (a, 0))) for a in range(3)] == [0, 2, 3]


def test_a_rule_of_several_tables_matches_where_one_of_them_does() -> None:
    """The pieces of a rule that was cut share its index; alone, they are one truth table."""
    diagram = Diagram()
    tables = [(5, diagram.node(0, {0: YES}, NO)), (5, diagram.node(1, {1: YES}, NO))]
    winners = Winners(diagram, FREE, Budget(100))
    alone = winners.build_alone([table for _, table in tables])
    for built, won in ((winners.build(tables), leaf(5)), (alone, YES)):
        assert [diagram.walk(built, classes) for classes in ((0, 0), (2, 1), (2, 2))] == [won, won, NO]


def test_what_cannot_be_is_not_asked() -> None:
    """Under an implication a later fact has fewer classes; where only one is left, nothing asks for it."""
    absent = Implication(of=0, classes=frozenset([0]), on=1, leaves=frozenset([0]))
    diagram = Diagram()
    present = diagram.node(1, {0: NO}, YES)
    root = Winners(diagram, Universe((A, B), (absent,)), Budget(100)).build([(0, present), (1, YES)])
    assert diagram.branches[root] == {0: leaf(1)}
    assert [diagram.walk(root, (a, b)) for a, b in ((0, 0), (1, 0), (1, 1), (2, 2))] == [
        leaf(1), leaf(1), leaf(0), leaf(0)]  # fmt: skip


def test_building_stops_where_it_would_take_too_long() -> None:
    """Rules that depend on each other in too many ways are an error, not an endless load."""
    diagram = Diagram()
    tables = [(at, diagram.node(0, {at: diagram.node(1, {at: YES}, NO)}, NO)) for at in range(2)]
    with pytest.raises(TooLargeError):
        Winners(diagram, FREE, Budget(3)).build(tables)
    assert Winners(diagram, FREE, Budget(20)).build(tables) >= 0
