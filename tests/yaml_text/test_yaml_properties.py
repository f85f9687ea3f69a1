"""Our reading of YAML is the one of the YAML 1.2 core schema; where it is not ruamel.yaml's, it is said here why."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from resolver.diagnostics import Diagnostic, Level, Source
from resolver.loader.problems import Problems
from resolver.loader.tree import plain
from resolver.yaml_text.documents import read_documents
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence, resolved
from tests.yaml_text.yaml_differences import ONLY_OURS, ONLY_RUAMEL, SCALARS, Otherwise
from tests.yaml_text.yaml_documents import streams


@dataclass(frozen=True)
class Refused:
    """What a reader says instead of reading a text."""

    why: str


def _ours(text: str) -> tuple[list[Node], list[Any], list[Diagnostic]]:
    nodes, found = read_documents(Source("a.yaml", text))
    noted = Problems()
    return nodes, [plain(node, noted) for node in nodes], [*found, *noted.found]


def _ruamels(text: str) -> list[Any] | Refused:
    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 2)
    try:
        with warnings.catch_warnings(action="ignore"):  # an anchor may be used again
            return list(reader.load_all(text))
    except (YAMLError, ValueError, TypeError, LookupError, AttributeError) as error:
        return Refused(f"{type(error).__name__}: {getattr(error, 'problem', None) or error}")


def _same(one: Any, other: Any) -> bool:
    """Tell whether both are the same in value, type, order and sign."""
    if isinstance(one, dict) and isinstance(other, dict):
        return _same(list(one), list(other)) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isnan(one) == math.isnan(other) and (math.isnan(one) or str(one) == str(other))
    return type(one) is type(other) and bool(one == other)


_TOKENS = [
    *"ab{}[],:'\"|#!=@`%-?*&\\ ~", "c: ", "a: ", "- ", "? ", ": ", ", ", "\n", "\n ", "\n  ", "\n    ", "\r\n", "\r",
    "# x", "&x ", "*x", "|\n", "|-\n", ">\n", ">+2\n", "|1\n", "!!str ", "!!int ", "!t ", "1", "0", "01", "0x1", "1.5",
    "1e3", "_", "null", "true", "yes",
    "<<: ", "\\n", "\\ud800", "\t", "é", "\u2028", "\ufeff", "2001-01-01", "x y", "''", '""', "a b: c",
]  # fmt: skip


@given(streams())
@example(('[\'\x85\', "\\uE000", "\\ue001"]', [["\x85", "\ue000", "\ue001"]]))
@example(("k: |\r  a\r\r  b\rl: '\x85 \u2028'\r", [{"k": "a\n\nb\n", "l": "\x85 \u2028"}]))
def test_what_is_written_is_read(stream: tuple[str, list[Any]]) -> None:
    """Every layout of a document says what it says: block and flow, quotes, folds, comments, anchors, line ends."""
    text, content = stream
    _, read, found = _ours(text.removeprefix("\ufeff"))
    assert [one for one in found if one.level is Level.ERROR] == []
    assert _same(read, content)


@pytest.mark.slow
@given(streams())
def test_ruamel_reads_the_same(stream: tuple[str, list[Any]]) -> None:
    """A generated document is read as ruamel.yaml reads it."""
    text, _ = stream
    assume("\x85" not in text)  # see `a next line in quotes`
    _, read, found = _ours(text.removeprefix("\ufeff"))
    theirs = _ruamels(text)
    if isinstance(theirs, Refused):
        assert {one.code for one in found} == {"tab"}
    else:
        assert _same(read, theirs)


@given(st.lists(st.sampled_from(_TOKENS), max_size=14).map(lambda parts: "k:" + "".join(parts)))
def test_of_any_text_ruamel_reads_the_same_but_for_named_differences(text: str) -> None:
    """Two readers agree on what a text says and on whether it says anything, or the difference has a name."""
    nodes, read, found = _ours(text)
    theirs = _ruamels(text)
    errors = [one for one in found if one.level is Level.ERROR]
    if isinstance(theirs, Refused):
        assert errors or any(explains(text, theirs.why, found) for explains in ONLY_OURS.values()), theirs
    elif errors:
        assert any(explains(text, errors) for explains in ONLY_RUAMEL.values()), (errors, theirs)
    else:
        unlike = [pair for node, other in zip(nodes, theirs, strict=True) for pair in _unlike(node, other)]
        unexplained = [pair for pair in unlike if not any(one.explains(*pair) for one in SCALARS)]
        assert not unexplained
        assert unlike or _same(read, theirs)


def _unlike(node: Node, theirs: Any) -> Iterator[tuple[Node, Any]]:
    """Yield the nodes that ruamel.yaml reads otherwise, with what it reads."""
    node = resolved(node)
    if isinstance(node, Sequence) and isinstance(theirs, list) and len(node.items) == len(theirs):
        for item, other in zip(node.items, theirs, strict=True):
            yield from _unlike(item, other)
    elif isinstance(node, Mapping) and isinstance(theirs, dict) and len(node.entries) == len(theirs):
        for (key, value), (other_key, other) in zip(node.entries, theirs.items(), strict=True):
            yield from _unlike(key, other_key)
            yield from _unlike(value, other)
    elif not isinstance(node, Scalar) or not _same(node.value, theirs):
        yield node, theirs


@pytest.mark.parametrize("difference", SCALARS, ids=lambda one: one.name)
def test_scalars_that_ruamel_reads_otherwise(difference: Otherwise) -> None:
    """Each named difference exists: we read text, and ruamel.yaml something else."""
    for text in difference.examples:
        [node], _, found = _ours(text)
        assert found == []
        theirs = _ruamels(text)
        assert isinstance(theirs, list)
        assert difference.explains(node, *theirs), theirs


@pytest.mark.parametrize(
    ("text", "ours", "theirs"),
    [
        pytest.param("'a\x85b'", "a\x85b", "a b", id="a next line in quotes"),  # a line break in YAML 1.1 only
        pytest.param("'a\u2028b'", "a\u2028b", "a\u2028b", id="a line separator in quotes"),
        pytest.param("'a\ufeffb'", "a\ufeffb", "a\ufeffb", id="a byte order mark in quotes"),
        pytest.param("{1: a}", Refused("type"), {1: "a"}, id="a key that is a number"),  # our keys are names
        pytest.param("{[a]: b}", Refused("type"), {("a",): "b"}, id="a key that is a list"),
        pytest.param("{<<: {a: b}}", Refused("merge-key"), {"a": "b"}, id="a merge key"),  # it left YAML with 1.2
        pytest.param("{<<: a}", {"<<": "a"}, Refused("merging"), id="a merge of text"),  # so this is a name
        pytest.param("=", "=", Refused("2002:value"), id="the default value of YAML 1.1"),
        pytest.param("!!int '5'", Refused("tag"), 5, id="a tag"),  # a policy is plain data
        pytest.param("!!python/name:os.system a", Refused("tag"), Refused("constructor"), id="an object"),
        pytest.param("&a [*a]", Refused("syntax"), ..., id="a list in itself"),  # no policy is endless
        pytest.param("a\u2028b", Refused("syntax"), "a\u2028b", id="a line separator"),  # other tools see two lines
        pytest.param("a\ufeffb", Refused("syntax"), "a\ufeffb", id="a byte order mark"),  # nobody sees it
        pytest.param('"\\ud800"', Refused("syntax"), "\ud800", id="half of a surrogate pair"),  # no character
        pytest.param("a: b\tc", {"a": "b\tc"}, Refused("cannot start"), id="a tab in plain text"),  # we warn
        pytest.param("a: b\t# c", {"a": "b"}, Refused("cannot start"), id="a tab before a comment"),
        pytest.param("a:\tb", {"a": "b"}, Refused("cannot start"), id="a tab after a colon"),
        pytest.param("a: |# c\n  b", {"a": "b"}, Refused("indicators"), id="a comment right after a block mark"),
        pytest.param(":", Refused("syntax"), {None: None}, id="an empty key"),  # libyaml asks for `? `
        pytest.param("&é a", Refused("syntax"), "a", id="an anchor that is no word"),  # libyaml has only ASCII ones
        pytest.param("|\n \t", Refused("syntax"), "\t", id="a tab at the start of a block"),
        pytest.param("|\na", Refused("syntax"), "a", id="a document that is a block at the margin"),
        pytest.param("a: |\n \n  b", {"a": "\nb"}, Refused(""), id="a block that starts with some spaces"),
    ],
)
def test_texts_that_ruamel_reads_otherwise(text: str, ours: object, theirs: object) -> None:
    """Each of these is read as it is said here; where ours is not what YAML 1.2 says, it is refused, not guessed."""
    _, read, found = _ours(text)
    errors = [one.code for one in found if one.level is Level.ERROR]
    assert errors == [ours.why] if isinstance(ours, Refused) else _same(read, [ours])
    other = _ruamels(text)
    if isinstance(theirs, Refused):
        assert isinstance(other, Refused)
        assert theirs.why in other.why
    elif theirs is not ...:
        assert other == [theirs]
