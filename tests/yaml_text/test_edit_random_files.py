"""Edits of an entry in files of random layout change only its lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver.domain import Subject
from tests.yaml_text.edited_text import changes, content, entries, read, rest, text_of

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

    @pytest.mark.slow
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
