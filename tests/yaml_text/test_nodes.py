"""Where nodes stand."""

from __future__ import annotations

import pytest

from resolver.yaml_text.nodes import Alias, Mapping, Node, Scalar, Sequence, resolved
from tests.loader.texts import document


def _of(node: Node) -> str:
    return node.source.text[node.start : node.end]


def _value(text: str) -> Node:
    root = document(text)
    assert isinstance(root, Mapping)
    return root.entries[-1][1]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: b", "b"),
        ("a: 'b'", "'b'"),
        ("a: [b, c] # d", "[b, c]"),
        ("a: {b: c}", "{b: c}"),
        ("a:   b c  ", "b c"),
        ("a: &x b", "b"),
        ("a: &x 'b'", "'b'"),
        ("a: &x [b]", "[b]"),
        ("a: &x {b: c}", "{b: c}"),
        ("a: !!str b", "b"),
        ("a: &x !!str b", "b"),
        ("a: !!str &x b", "b"),
        ("a: !<tag:yaml.org,2002:str> b", "b"),
        ("a: !!map {b: c}", "{b: c}"),
        ("a: &x # c: 'd'\n  b", "b"),
        ("a: &x # c\n  # d\n  [b]", "[b]"),
        ("a: &x\n  b: c", "b: c"),
        ("a: &x # c\n  b: c", "b: c"),
        ("a: !!map\n  b: c", "b: c"),
        ("a: &x\n  - b", "- b"),
        ("a: &x\n- b", "- b"),
        ("a:\n- b", "- b"),
        ("a: !!seq\n- b", "- b"),
        ("a: &x # -\n- b", "- b"),
        ("a: &x", "&x"),
        ("a: &x # c", "&x"),
        ("a: !!str", "!!str"),
        ("a:", ""),
        ("a: ", ""),
        ("a: |\n  b\n", "|\n  b\n"),
        ("a: &x |\n  b\n", "|\n  b\n"),
        ("x: &a b\na: *a", "*a"),
        ("a: é\U0001f600 # x", "é\U0001f600"),
    ],
)
def test_a_node_stands_where_its_text_is(text: str, value: str) -> None:
    """A value stands after its anchor and tag, and without the comment after it."""
    node = _value(text)
    assert _of(node).rstrip("\n") == value.rstrip("\n")


def test_one_pair_in_a_list() -> None:
    """A mapping of one pair without brackets starts at its key."""
    root = document("[a: b]")
    assert isinstance(root, Sequence)
    assert root.items[0].place.column == 2


def test_a_place_is_on_one_line() -> None:
    """A place ends with its line, whatever the line end."""
    for end in ("\n", "\r\n", "\r"):
        place = _value(f"x: y{end}a: [b,{end}  c]").place
        assert (place.line, place.column, place.length) == (2, 4, 3)


def test_a_missing_value_has_no_length() -> None:
    """A value that is not written stands right after its colon, and is nothing long."""
    place = _value("a:\nb:").place
    assert (place.line, place.column, place.length) == (2, 3, 0)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("a: !x b", "!x"),
        ("a: &x !y b", "!y"),
        ("a: !<x!y> b", "!<x!y>"),
        ("a: !!int 1", "!!int"),
        ("a: !x\n  b: c", "!x"),
    ],
)
def test_a_tag_stands_where_it_is_written(text: str, tag: str) -> None:
    """The place of a tag is all of it, and nothing else."""
    node = _value(text)
    place = node.tag_place
    assert node.source.line(place.line)[place.column - 1 :][: place.length] == tag


@pytest.mark.parametrize(
    "text", ["a: !!str b", "a: ! b", "a: !!map {}", "a: !!seq []", "a: !<tag:yaml.org,2002:seq> []"]
)
def test_tags_that_yaml_defines(text: str) -> None:
    """A tag that says what a node is anyway is none."""
    assert _value(text).tag is None


@pytest.mark.parametrize("text", ["a: !!map []", "a: !!str {}", "a: !!seq b", "a: !!int 1", "a: !!null ", "a: !x b"])
def test_other_tags(text: str) -> None:
    """Any other tag stays, to be refused."""
    assert _value(text).tag is not None


def test_weight_and_height_count_what_aliases_stand_for() -> None:
    """`weight` is how many nodes there are, and `height` how many levels, with all aliases written out."""
    root = document("a: &a [1, 2]\nb: &b [*a, *a]\nc: [*b, *b]")
    assert isinstance(root, Mapping)
    assert [(value.weight, value.height) for _, value in root.entries] == [(3, 1), (7, 2), (15, 3)]
    assert (root.weight, root.height) == (1 + 3 + 25, 4)


def test_an_alias_stands_for_its_anchor() -> None:
    """An alias has its own place, and is resolved to the node that it names."""
    root = document("a: &a [1]\nb: *a")
    assert isinstance(root, Mapping)
    (_, first), (_, second) = root.entries
    assert isinstance(second, Alias)
    assert second.place.line == 2
    assert resolved(second) is first
    assert isinstance(resolved(root.entries[0][0]), Scalar)
