"""Only the entry's lines change, whatever the author's layout."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from resolver.diagnostics import ResolverError
from resolver.domain import Subject
from resolver.serving.policy_text import PolicyText
from resolver.yaml_text.edit import scalar
from tests.yaml_text.layouts import BLOCKS, OTHERS, REFUSED

ALL = {**BLOCKS, **OTHERS}
NEW = Subject("layout", "worker_a")


def read(folder: Path, text: str) -> PolicyText:
    path = folder / "policy.yaml"
    path.write_bytes(text.encode())
    return PolicyText.read(path)


def text_of(read: PolicyText) -> str:
    return read.content.decode()


def lines(text: str) -> list[str]:
    """The lines as YAML ends them, ends included."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)


def changes(old: str, new: str) -> tuple[list[str], list[str]]:
    """Lines that went and lines that came."""
    diff = list(difflib.ndiff(lines(old), lines(new), charjunk=None))
    return [d[2:] for d in diff if d.startswith("- ")], [d[2:] for d in diff if d.startswith("+ ")]


def content(text: str) -> list[Any]:
    """What ruamel reads, as plain data, `escalation_state` and the way to it taken apart by the caller."""
    reader = YAML(pure=True, typ="rt")
    return [_plain(document) for document in reader.load_all(text.removeprefix("\ufeff"))]


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list | set):
        return [_plain(item) for item in node]
    return None if node is None else str(node)


def comments(text: str) -> list[str]:
    """All that stands behind a `#` which begins a comment in these layouts, none of which quotes one."""
    return [line[line.index("#") :].rstrip() for line in lines(text) if "#" in line]


def entries(documents: list[Any]) -> dict[str, str]:
    """The entries wherever they stand."""
    for document in documents:
        for holder in (document, document.get("config") if isinstance(document, dict) else None):
            if isinstance(holder, dict) and isinstance(holder.get("model_tiers"), dict):
                return dict(holder["model_tiers"].get("escalation_state") or {})
    return {}


def rest(documents: list[Any]) -> list[Any]:
    """Everything but the entries and empty parents of them."""

    def without(holder: Any) -> Any:
        if not isinstance(holder, dict):
            return holder
        kept = {key: value for key, value in holder.items() if key not in ("model_tiers", "config")}
        tiers = holder.get("model_tiers")
        if isinstance(tiers, dict) and {*tiers} - {"escalation_state"}:
            kept["model_tiers"] = {key: value for key, value in tiers.items() if key != "escalation_state"}
        if without(holder.get("config")):
            kept["config"] = without(holder["config"])
        return kept or None

    return [without(document) for document in documents if without(document)]


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


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.sampled_from(
    ["", '"', "'", "\\", "\x85", "\u2028", "\ufeff", "a:b", "# x", "- ", "? ", "null", "{", "}", "x" * 300, "😀"]
)
subjects = st.builds(Subject, names, names.map(lambda name: name.replace(":", ";")))
TIERS = ["fast", "general", "reasoning"]


@st.composite
def files(draw: st.DrawFn) -> str:
    """A file laid out at random: entries in some style between other content."""
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    step = draw(st.integers(1, 6))
    root = draw(st.booleans())
    pad = " " * (step * root)
    extra = ["# comment", "", "text: |\n{p}  a\n{p}  b", "list:\n{p}- 1\n{p}- [2, 3]", 'quoted: "a # b"', "x: {a: 1}"]
    lines = ["config:"] if root else []
    used = draw(st.lists(st.sampled_from(extra), unique=True, max_size=4))
    cut = draw(st.integers(0, len(used)))
    lines += [pad + line.replace("{p}", pad) if line else "" for line in used[:cut]]
    lines.append(f"{pad}model_tiers:{draw(st.sampled_from(['', ' # ours']))}")
    inner = pad + " " * step
    keyed = draw(
        st.dictionaries(st.from_regex(r"[a-z]{1,8}:[a-z_]{1,8}", fullmatch=True), st.sampled_from(TIERS), max_size=4)
    )
    style = draw(st.sampled_from(["block", "block", "flow", "null", "absent"]))
    if style == "flow" or (style == "block" and not keyed):
        lines.append(f"{inner}escalation_state: {{{', '.join(f'{key!r}: {tier}' for key, tier in keyed.items())}}}")
    elif style == "block":
        quote = draw(st.sampled_from(["", "'", '"']))
        gap = draw(st.sampled_from([" ", "    "]))
        lines.append(f"{inner}escalation_state:")
        for key, tier in keyed.items():
            lines += [inner + " " * step + "# note"] * draw(st.booleans())
            lines.append(f"{inner}{' ' * step}{quote}{key}{quote}:{gap}{tier}{draw(st.sampled_from(['', '  # c']))}")
    elif style == "null":
        lines.append(f"{inner}escalation_state:{draw(st.sampled_from(['', ' null', ' ~']))}")
    lines += [f"{inner}role_defaults: {{}}"] * (style == "absent" or draw(st.booleans()))
    lines += [pad + line.replace("{p}", pad) if line else "" for line in used[cut:]]
    text = newline.join("\n".join(lines).split("\n"))
    marks = draw(st.sampled_from(["", "", "---", "..."]))
    text = f"---{newline}{text}" if marks == "---" else text
    text += newline * draw(st.booleans())
    return text + f"{newline}...{newline}" * (marks == "...")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("edit")


class TestOnlyTheEntrysLinesChange:
    """`Writing an escalation changes the lines of that entry and **no other byte**`."""

    @settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
    @given(text=files(), subject=subjects, tier=st.sampled_from(TIERS))
    def test_only_the_entrys_lines_change(self, folder: Path, text: str, subject: Subject, tier: str) -> None:
        old = read(folder, text)
        new = old.with_entry(subject, tier)
        assert new.entries == {**old.entries, subject: tier}
        before, after = content(text), content(text_of(new))
        assert rest(after) == rest(before)
        assert entries(after) == {**entries(before), str(subject): tier}
        gone, came = changes(text, text_of(new))
        assert len(gone) <= 1
        assert len(came) <= 3
        raised = new.with_entry(subject, "reasoning" if tier != "reasoning" else "fast")
        assert tuple(map(len, changes(text_of(new), text_of(raised)))) == (1, 1)
        assert new.with_entry(subject, None).entries == {s: t for s, t in old.entries.items() if s != subject}


def _written(folder: Path, text: PolicyText) -> Path:
    path = folder / "written.yaml"
    path.write_bytes(text.content)
    return path
