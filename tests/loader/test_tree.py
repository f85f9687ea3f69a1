"""Nodes of several files as one tree, and as plain data."""

from __future__ import annotations

from resolver.loader.problems import Problems
from resolver.loader.tree import SPREAD, Spread, check_weight, child, entries, items, merged, plain, text
from resolver.yaml_text.nodes import Mapping, Scalar
from tests.loader.texts import data, document

_SPREAD: Spread = {"a": {"*": {}}}


def _merged(*texts: str, spread: Spread = _SPREAD, override: bool = False) -> tuple[object, list[str]]:
    noted = Problems()
    parts = [node for each in texts if isinstance(node := document(each), Mapping)]
    whole = plain(merged(parts, spread, noted, override=override), noted)
    return whole, [f"{found.code} {found.place.line}:{found.place.column}" for found in noted.found]


def _noted(written: str) -> list[str]:
    noted = Problems()
    plain(document(written), noted)
    return [f"{found.code} {found.place.line}:{found.place.column}+{found.place.length}" for found in noted.found]


def test_a_section_may_be_spread() -> None:
    """Mappings that may be spread have the entries of all parts, in the order of the parts."""
    assert _merged("a: {x: {p: 1}}", "a: {y: {q: 2}, x: {r: 3}}") == ({"a": {"x": {"p": 1, "r": 3}, "y": {"q": 2}}}, [])


def test_a_key_may_not_be_given_twice() -> None:
    """A key that is given twice is noted at the second place, in one part or in two."""
    assert _merged("a: {x: {p: 1}}", "a: {x: {p: 2}}") == ({"a": {"x": {"p": 1}}}, ["duplicate-key 1:9"])
    assert _merged("b: 1", "b: 2") == ({"b": 1}, ["duplicate-key 1:1"])
    assert _merged("b: 1\nb: 2") == ({"b": 1}, ["duplicate-key 2:1"])
    assert _merged("a: {}\na: {}") == ({"a": {}}, ["duplicate-key 2:1"])


def test_what_may_not_be_spread_is_given_once() -> None:
    """A mapping that may not be spread is a value like any other."""
    assert _merged("b: {x: 1}", "b: {y: 2}") == ({"b": {"x": 1}}, ["duplicate-key 1:1"])


def test_entries_of_a_second_section_are_kept() -> None:
    """A second `escalation_state` is a problem, and its entries stay, so that they can be checked as well."""
    spread: Spread = {"m": {}}
    second = "m: {escalation_state: {'a:x': 2, 'b:y': 3}}"
    assert _merged("m: {escalation_state: {'a:x': 1}}", second, spread=spread) == (
        {"m": {"escalation_state": {"a:x": 1, "b:y": 3}}}, ["duplicate-key 1:5"]
    )  # fmt: skip


def test_null_parts_are_empty() -> None:
    """A section that is null in one part is what it is in the others."""
    assert _merged("a:", "a: {x: {p: 1}}", "a: ~") == ({"a": {"x": {"p": 1}}}, [])
    assert _merged("a:", "a:") == ({"a": None}, [])


def test_an_earlier_part_overrides() -> None:
    """With `override` the entries of earlier parts are on top of those of later ones, at every level."""
    found = _merged("a: {x: {p: 1}}\nb: 1", "a: {x: {p: 2, q: 3}, y: {r: 4}}\nb: 2", override=True)
    assert found == ({"a": {"x": {"p": 1, "q": 3}, "y": {"r": 4}}, "b": 1}, [])


def test_what_is_no_mapping_stays() -> None:
    """A part that is not a mapping is the whole, so that its type can be refused where it stands."""
    assert _merged("a: {x: {p: 1}}", "a: [1]") == ({"a": [1]}, [])


def test_a_duplicate_rule_is_named_so() -> None:
    """Two rules of one name have a code of their own."""
    found = _merged("rulesets: {tier: {r: 1}}", "rulesets: {tier: {r: 2}}", spread=SPREAD)
    assert found == ({"rulesets": {"tier": {"r": 1}}}, ["duplicate-rule 1:19"])


def test_a_key_may_be_an_alias() -> None:
    """An alias as a key is the name that it stands for."""
    assert data("a: &x b\n*x : c") == {"a": "b", "b": "c"}
    assert _noted("&x a: b\n*x : c") == ["duplicate-key 2:1+2"]


def test_a_key_is_text() -> None:
    """Keys that are numbers, booleans, null, lists or mappings are refused."""
    assert _noted("{1: a, true: b, ~: c, [d]: e, {f: g}: h, 1.5: i, 'j': k, yes: l}") == [
        "type 1:2+1", "type 1:8+4", "type 1:17+1", "type 1:23+3", "type 1:31+6", "type 1:42+3",
    ]  # fmt: skip


def test_tags_are_refused_at_every_node() -> None:
    """A tag on a key, a value, a list or a mapping is refused, once for its anchor and not for its aliases."""
    assert _noted("!a b: !c {d: &x !e [!f g], h: *x, i: *x}") == ["tag 1:1+2", "tag 1:7+2", "tag 1:17+2", "tag 1:21+2"]


def test_merge_keys_are_refused() -> None:
    """`<<` with a mapping, or with a list of them, is YAML 1.1; with a text it is a key like any other."""
    assert _noted("a: &a {b: c}\nd: {<<: *a, e: f}\ng: {<<: [*a]}") == ["merge-key 2:5+2", "merge-key 3:5+2"]
    assert data("<<: a") == {"<<": "a"}


def test_an_alias_is_the_very_object_of_its_anchor() -> None:
    """Aliases share what they stand for, so that a few lines of them fill no memory."""
    content = data("a: &a [1]\nb: *a\nc: *a")
    assert isinstance(content, dict)
    assert content["a"] is content["b"] is content["c"]


def test_weight() -> None:
    """A tree of more than a million nodes, aliases written out, is refused at the first node that is too heavy."""
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 64))]
    noted = Problems()
    assert check_weight(document("\n".join(lines[:17])), noted)
    assert not check_weight(document("\n".join(lines)), noted)
    [found] = noted.found
    assert (found.code, found.place.line, found.place.column) == ("alias-bomb", 19, 11)


def test_looking_into_nodes() -> None:
    """`entries`, `child`, `items` and `text` follow aliases, and find nothing in nodes of another kind."""
    root = document("a: &a {b: [1, x]}\nc: *a\nd:\n1: e")
    assert [key.text for key, _ in entries(root)] == ["a", "c", "d"]
    assert [node.value for node in items(child(root, "c", "b")) if isinstance(node, Scalar)] == [1, "x"]
    assert child(root, "d") is None
    assert child(root, "a", "x", "y") is None
    assert not list(entries(child(root, "a", "b")))
    assert not items(root)
    assert text(items(child(root, "a", "b"))[0]) is None
    assert text(items(child(root, "a", "b"))[1]) == "x"
