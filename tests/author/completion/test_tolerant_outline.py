"""The outline of a text agrees with the parser where the parser reads it, and survives everything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.author.completion.cursor import cursor_at
from resolver.author.completion.open_frames import KeyPath
from resolver.author.completion.tolerant_outline import TolerantOutline
from resolver.diagnostics import Source
from resolver.loader import shipped_policy
from resolver.yaml_text.documents import read_documents
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence

FILES = sorted(shipped_policy().glob("*.yaml"))
Written = tuple[KeyPath, str, int, int, bool]


def parsed(node: Node, path: KeyPath = ()) -> list[Written]:
    """Return the words of a document as the parser finds them, without empty values."""
    if isinstance(node, Mapping):
        words: list[Written] = []
        for key, value in node.entries:
            assert isinstance(key, Scalar)
            words += [(path, key.text, key.start, key.end, True), *parsed(value, (*path, key.text))]
        return words
    if isinstance(node, Sequence):
        return [word for index, item in enumerate(node.items) for word in parsed(item, (*path, index))]
    assert isinstance(node, Scalar)
    return [(path, node.text, node.start, node.end, False)] if node.start < node.end else []


def outlined(text: str) -> list[Written]:
    """Return the words of a text as the outline finds them."""
    words = TolerantOutline(text).words
    return [(word.path, word.text, word.start, word.end, word.is_key) for word in words]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_agrees_with_the_parser(file: Path, line_end: str) -> None:
    """Each word of a shipped file has the path, the text and the place that the parser gives it."""
    text = file.read_text(encoding="utf-8").replace("\n", line_end)
    documents, _ = read_documents(Source(file.name, text))
    assert outlined(text) == parsed(documents[0])


@pytest.mark.parametrize(
    "text",
    [
        '{"a": {"b":"x", "c":[1, {"d": "e"}]}}',
        "a:\n- b: 1\n  c: [d,\n    e]\n- - f\n  - g\n",
        "a: 'it''s: x' # b: c\n\"d e\": \"\\u00e9\"\nf g: h i\n",
        "a: |\n  b: c\n  # d\ne: >-\n  f\n\n  g\nh: i\n",
        "a: &x {b: c}\nd: http://e:1/f#g\n",
        "a: {b: [c, d],\n  e: f}\ng: h\n",
        "🙂: ä\n- x",
    ],
)
def test_agrees_on_odd_forms(text: str) -> None:
    """Brackets, lists at the column of their key, quotes, blocks and comments are read as YAML has them."""
    documents, diagnostics = read_documents(Source("a.yaml", text))
    if not documents:
        assert diagnostics
        return
    blocks = {path for path, _, start, _, _ in parsed(documents[0]) if text[start] in "|>"}
    assert outlined(text) == [word for word in parsed(documents[0]) if word[0] not in blocks]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: {b: [c\nd: e\n", [("a",), ("b",), ("c",), ("d",), ("e",)]),
        ('a: "b\nc: d\n', [("a",), ("b",), ("c",), ("d",)]),
        ("a:\n  - m: {x: y\n  - z\nb: c", [("a",), ("m",), ("x",), ("y",), ("z",), ("b",), ("c",)]),
    ],
)
def test_forgotten_bracket_ends_with_its_line(text: str, words: list[tuple[str]]) -> None:
    """A bracket or a quote that is not closed hides nothing of the lines below."""
    assert [(word.text,) for word in TolerantOutline(text).words] == words


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_reads_every_beginning(file: Path) -> None:
    """A file that ends anywhere is no error, and neither is a cursor at its end."""
    text = file.read_text(encoding="utf-8")
    for end in range(0, len(text), 1 + len(text) // 300):
        TolerantOutline(text[:end])
        cursor_at(text, end)


@given(st.text(alphabet="a:-{}[],'\"# \n\r\t|>&*!%\\$", max_size=60), st.integers(0, 60))
def test_reads_anything(text: str, index: int) -> None:
    """No text is an error; a cursor is inside of its text, and its word is on one line."""
    for word in TolerantOutline(text).words:
        assert 0 <= word.start <= word.end <= len(text)
    cursor = cursor_at(text, index)
    if cursor is not None:
        assert cursor.start <= index <= cursor.end <= len(text)
        assert not set("\r\n") & set(text[cursor.start : cursor.end])


def test_deep_nesting_is_not_read() -> None:
    """A text of brackets alone ends the outline early."""
    assert TolerantOutline("[" * 100_000).words == []
    assert cursor_at("{" * 100_000, 100_000) is None
