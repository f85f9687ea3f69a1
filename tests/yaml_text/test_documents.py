"""Files to text, and text to documents."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from resolver.diagnostics import Diagnostic, Level, ResolverError, Source
from resolver.yaml_text.documents import LARGEST_FILE, read_documents, read_source
from resolver.yaml_text.parser import DEEPEST, MOST_EVENTS, EventReader, RefusedError
from tests.loader.texts import data, documents


def _refused(text: str) -> Diagnostic:
    found, [diagnostic] = read_documents(Source("a.yaml", text))
    assert not found
    assert diagnostic.level is Level.ERROR
    return diagnostic


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "a.yaml"
    path.write_bytes(content)
    return path


def test_a_byte_order_mark_is_not_text(tmp_path: Path) -> None:
    """A byte order mark, or two of them, is not part of the text, and no column counts it."""
    for mark in ("\ufeff", "\ufeff\ufeff"):
        source = read_source(_file(tmp_path, f"{mark}a: b".encode()))
        assert isinstance(source, Source)
        assert source.text == "a: b"


def test_line_ends_stay_as_they_are(tmp_path: Path) -> None:
    """The text of a file has its own line ends, so that places in it are places in the file."""
    source = read_source(_file(tmp_path, b"a: b\r\nc: d\r"))
    assert isinstance(source, Source)
    assert source.text == "a: b\r\nc: d\r"


def test_a_byte_that_is_not_utf_8(tmp_path: Path) -> None:
    """A file in another encoding is refused at the first byte that shows it."""
    found = read_source(_file(tmp_path, "a: 1\nname: café".encode("latin-1")))
    assert isinstance(found, Diagnostic)
    assert (found.code, found.place.line, found.place.column) == ("encoding", 2, 10)
    assert found.message == "byte 0xe9 is not UTF-8"


def test_the_largest_file(tmp_path: Path) -> None:
    """A file of 20 MiB is read, and one byte more is too large."""
    assert isinstance(read_source(_file(tmp_path, b"#" * LARGEST_FILE)), Source)
    found = read_source(_file(tmp_path, b"#" * (LARGEST_FILE + 1)))
    assert isinstance(found, Diagnostic)
    assert (found.code, found.message) == ("too-large", "the file is larger than 20 MiB")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A file that cannot be read is no problem of the policy: the error says which, and why."""
    with pytest.raises(ResolverError, match=r"cannot read `.*gone\.yaml`: No such file"):
        read_source(tmp_path / "gone.yaml")


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    """So does a file without permission."""
    path = _file(tmp_path, b"a: b")
    path.chmod(0)
    with pytest.raises(ResolverError, match="Permission denied"):
        read_source(path)


def test_a_file_name_that_is_not_text(tmp_path: Path) -> None:
    """A name that is not UTF-8, or has control characters, can be printed all the same."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n.yaml"))
    path.write_bytes(b"a: b")
    source = read_source(path)
    assert isinstance(source, Source)
    assert source.name.endswith("/\\udcff\\n.yaml")


def test_several_documents() -> None:
    """A text has as many documents as it separates with `---`, empty ones included."""
    assert len(documents("a: 1\n---\nb: 2\n...\n---\n---\n")) == 4
    assert documents("# nothing\n") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("010", "010"),
        ("'1'", "1"),
        ('"1"', "1"),
        ("!!str 1", "1"),
        ("! 1", "1"),
        ("|\n  1", "1"),
        ("1", 1),
        ("a: yes", {"a": "yes"}),
        ("'it''s'", "it's"),
        ('"\\x41\\u00e9\\U0001F600\\n\\_\\N\\L"', "Aé😀\n\xa0\x85\u2028"),
        ("'a\n\n  b'", "a\nb"),
        ("a b\n  c\n\n  d", "a b c\nd"),
        ("k: >\n  a\n  b\n\n  c\n", {"k": "a b\nc\n"}),
        ("k: |+\n  a\n\nb: c", {"k": "a\n\n", "b": "c"}),
        ("k: |2-\n   a\n", {"k": " a"}),
        ("a: &x [1, 2]\nb: *x", {"a": [1, 2], "b": [1, 2]}),
        ("&k a: &v 1\nb: *k\n*v : c", None),
        ("{a, b: , c: {}}", {"a": None, "b": None, "c": {}}),
        ("[a: b, c]", [{"a": "b"}, "c"]),
        ("? a\n: b\n? c", {"a": "b", "c": None}),
        ("a:\n- b\n- - c\n  - d", {"a": ["b", ["c", "d"]]}),
        ("'\u2028\x85\u2029'", "\u2028\x85\u2029"),
        ('"a\ufeffb"', "a\ufeffb"),
    ],
)  # fmt: skip
def test_content(text: str, value: object) -> None:
    """What is written in all of YAML's ways is read."""
    if value is not None:
        assert data(text) == value


def test_line_ends_in_content() -> None:
    """CRLF and CR are line ends, and in a block they are LF."""
    for end in ("\n", "\r\n", "\r"):
        assert data(f"a: |{end}  x{end}  y{end}b: c{end}") == {"a": "x\ny\n", "b": "c"}


@pytest.mark.parametrize("open_bracket", ["[", "{a: ", "- ", "? ", "[{"])
def test_depth(open_bracket: str) -> None:
    """Nesting that would overflow the C stack of libyaml's own composer is refused."""
    for count in (DEEPEST + 2, 30_000):
        assert _refused(open_bracket * count).code == "too-deep"


def test_the_deepest() -> None:
    """A hundred levels are read."""
    assert len(documents("[" * DEEPEST + "]" * DEEPEST)) == 1


def test_depth_counts_what_aliases_stand_for() -> None:
    """An alias is as deep as what it stands for."""
    text = "- &a0 x\n" + "".join(f"- &a{n} [*a{n - 1}]\n" for n in range(1, 200))
    found = _refused(text)
    assert found.code == "too-deep"
    assert found.place.line == DEEPEST + 1


def test_more_pieces_than_a_policy_can_have() -> None:
    """A file of more pieces than can be answered for in some seconds is refused."""
    reader = EventReader(Source("a.yaml", "a: [1, 2, 3]\nb: [4]"))
    reader.left -= MOST_EVENTS - 8  # as if the text went on
    with pytest.raises(RefusedError) as refused:
        reader.documents()
    found = refused.value.diagnostic
    assert (found.code, found.message) == ("too-large", "the file has more than 300,000 pieces of YAML")
    assert found.place.column == 12


def test_an_alias_in_its_own_anchor() -> None:
    """A value cannot contain itself."""
    assert _refused("a: &x [1, *x]").message == "the alias `*x` is inside the value that it names"


def test_an_alias_of_another_document() -> None:
    """Anchors end with their document."""
    assert _refused("a: &x 1\n---\nb: *x").message == "the alias `*x` names no value before it"


def test_an_anchor_again() -> None:
    """An alias is of the last anchor before it."""
    assert data("[&x 1, *x, &x 2, *x]") == [1, 1, 2, 2]


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029", "\ufeff"])
@pytest.mark.parametrize(
    "text", ["a: b{}c", "a{}: b", "# {}", "a: b{}", "a: |\n  {}", "{}a: b", "a: 'b' {}", "a: b\n{}c: d"]
)
def test_characters_that_cannot_be_seen(character: str, text: str) -> None:
    """Outside quotes, what some programs take for a line break or the start of a file is refused where it stands."""
    found = _refused("x: y\n" + text.format(character))
    index = ("x: y\n" + text.format(character)).index(character)
    assert (found.place.line, found.place.column) == found.place.source.position(index)
    assert found.code == "syntax"
    assert f"U+{ord(character):04X}" in found.message


def test_every_private_character_in_use() -> None:
    """A text with all the characters that could stand for a hidden line break is refused, not misread."""
    private = "".join(map(chr, range(0xE000, 0xF900)))
    assert data(f"'{private}'") == private
    assert _refused(f"'{private}\u2028'").code == "syntax"


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: 'b\n  c\n", 1, 4),
        ("a: [b\nc: d", 2, 2),
        ("a: b: c", 1, 5),
        ("a: @b", 1, 4),
        ("a: b\n\tc: d", 2, 1),
        ("a: \0", 1, 4),
    ],
)
def test_syntax_errors_are_placed(text: str, line: int, column: int) -> None:
    """What is not YAML is refused at the spot where an author has to look."""
    found = _refused(text)
    assert (found.code, found.place.line, found.place.column) == ("syntax", line, column)
