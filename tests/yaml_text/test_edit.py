"""Edits of an entry in each layout change only its lines, or are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ruamel.yaml import YAML

from resolver.diagnostics import ResolverError
from resolver.domain import Subject
from resolver.serving.policy_text import PolicyText
from resolver.yaml_text.quoting import scalar
from tests.yaml_text.edited_text import changes, comments, content, entries, lines, read, rest, text_of
from tests.yaml_text.layouts import BLOCKS, OTHERS, REFUSED

ALL = {**BLOCKS, **OTHERS}
NEW = Subject("layout", "worker_a")


@pytest.mark.parametrize("name", BLOCKS)
def test_first_escalation_into_a_block_is_one_added_line(name: str, tmp_path: Path) -> None:
    """A first escalation adds one line, a second to the same key changes that line, and no other byte."""
    old = read(tmp_path, BLOCKS[name])
    first = old.with_entry(NEW, "general")
    gone, came = changes(text_of(old), text_of(first))
    ends_without_newline = BLOCKS[name][-1] not in "\r\n" and came[-1:] != [] and not came[-1].endswith(("\r", "\n"))
    if ends_without_newline:  # the line end that was missing is one more byte
        assert text_of(first).startswith(text_of(old))
        assert len(lines(text_of(first))) == len(lines(text_of(old))) + 1
    else:
        assert (gone, len(came)) == ([], 1)
    second = first.with_entry(NEW, "reasoning")
    gone, came = changes(text_of(first), text_of(second))
    assert (len(gone), len(came)) == (1, 1)
    assert came[0] == gone[0].replace("general", "reasoning")


@pytest.mark.parametrize("name", ALL)
def test_entry_is_written_or_refused(name: str, tmp_path: Path) -> None:
    """The new text means the old content and the entry, with the same comments; or it is refused, and all stays."""
    old = read(tmp_path, ALL[name])
    if name in REFUSED:
        with pytest.raises(ResolverError, match=r"cannot be written|was not changed"):
            old.with_entry(NEW, "general")
        assert old.path.read_bytes().decode() == ALL[name]
        return
    before = content(ALL[name].replace("\t", " "))
    new = old.with_entry(NEW, "general")
    assert new.entries == {**old.entries, NEW: "general"}
    assert PolicyText.read(_written(tmp_path, new)).entries == new.entries
    after = content(text_of(new).replace("\t", " "))
    assert entries(after) == {**entries(before), str(NEW): "general"}
    assert rest(after) == rest(before)
    assert ("config" in str(after)) == ("config" in str(before)), "a root is never added"
    assert comments(text_of(new)) == comments(ALL[name])
    assert text_of(new).startswith("\ufeff") == ALL[name].startswith("\ufeff")
    if ALL[name]:
        assert (text_of(new)[-1] in "\r\n") == (ALL[name][-1] in "\r\n")


@pytest.mark.parametrize("name", ALL)
def test_what_was_written_can_be_taken_out(name: str, tmp_path: Path) -> None:
    """Taking the entry out again leaves the other entries, or is refused."""
    old = read(tmp_path, ALL[name])
    if name in REFUSED:
        return
    new = old.with_entry(NEW, "general")
    try:
        back = new.with_entry(NEW, None)
    except ResolverError:
        assert name in {"explicit_section"}
        return
    assert back.entries == old.entries
    assert PolicyText.read(_written(tmp_path, back)).entries == old.entries
    if name in BLOCKS and not name.startswith(("no_newline", "crlf_no_end")):
        assert text_of(back) == ALL[name]


@pytest.mark.parametrize("name", ALL)
def test_every_entry_can_be_changed_and_taken_out(name: str, tmp_path: Path) -> None:
    """Each entry that an author wrote can be changed alone; it can be taken out, or that is refused."""
    old = read(tmp_path, ALL[name])
    for subject in old.entries:
        try:
            changed = old.with_entry(subject, "reasoning")
        except ResolverError:
            assert name in {"alias_parent", "alias_section", "explicit_key_long"} | {"anchor_on_value"}
        else:
            assert changed.entries == {**old.entries, subject: "reasoning"}
            gone, came = changes(text_of(old), text_of(changed))
            assert (len(gone), len(came)) == (1, 1)
        try:
            removed = old.with_entry(subject, None)
        except ResolverError:
            continue
        assert removed.entries == {known: tier for known, tier in old.entries.items() if known != subject}
    assert old.path.read_bytes().decode() == ALL[name]


@pytest.mark.parametrize("padding", [0, 20_000], ids=["read by both", "too large for ruamel"])
@pytest.mark.parametrize(
    "text",
    [
        "model_tiers:\n  escalation_state: &e\n    a:b: fast\nother: *e\n",
        'model_tiers:\n  escalation_state:\n    "t:r": &q fast\nother: *q\n',
        "model_tiers: &m\n  escalation_state: {}\nother: [*m]\n",
    ],
)
def test_what_an_alias_repeats_is_not_changed(text: str, padding: int, tmp_path: Path) -> None:
    """An entry that would change what stands elsewhere is refused, however large the file is."""
    text += "padding:\n" + "".join(f"  key_{at}: value of it\n" for at in range(padding))
    with pytest.raises(ResolverError, match="repeats elsewhere what would change"):
        read(tmp_path, text).with_entry(Subject("t", "r"), "reasoning")


def test_an_anchor_that_is_marked_anew_does_not_repeat(tmp_path: Path) -> None:
    """An alias means the last anchor of its name before it."""
    text = "model_tiers:\n  escalation_state: &e\n    a:b: fast\nother: &e [1]\nagain: *e\n"
    assert '"t:r": reasoning' in text_of(read(tmp_path, text).with_entry(Subject("t", "r"), "reasoning"))


@pytest.mark.parametrize("marks", [0, 1, 2])
def test_byte_order_marks_stay(marks: int, tmp_path: Path) -> None:
    """However many byte order marks a file begins with, it begins with as many afterwards."""
    text = "\ufeff" * marks + "model_tiers:\n  escalation_state: {}\n"
    written = read(tmp_path, text).with_entry(Subject("t", "r"), "reasoning").content
    assert written.decode() == "\ufeff" * marks + 'model_tiers:\n  escalation_state:\n    "t:r": reasoning\n'


def test_corpus_is_large() -> None:
    """There are at least 40 layouts."""
    assert len(BLOCKS) >= 40
    assert len(ALL) >= 80


@pytest.mark.parametrize("text", ["fast", "no", "Y", "off", "1", "1.5", "null", "~", "a b", "", "é", "x: y", "0x1"])
def test_scalar_reads_as_text_in_both_versions(text: str) -> None:
    """A tier's name is text to YAML 1.1 and to YAML 1.2."""
    assert yaml.safe_load(scalar(text)) == text
    assert YAML(typ="safe", pure=True).load(scalar(text)) == text


def _written(folder: Path, text: PolicyText) -> Path:
    path = folder / "written.yaml"
    path.write_bytes(text.content)
    return path
