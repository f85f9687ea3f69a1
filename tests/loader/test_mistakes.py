"""Mistakes that authors make, and exactly the messages that each gets.

`mistakes.yaml` has the mistakes, and `mistakes.txt` the messages. `UPDATE_GOLDEN=1` makes the test write the
messages: read what changed before you commit it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from resolver.diagnostics import Diagnostic, PolicyError
from resolver.loader import load_policy
from resolver.loader.sources import MemorySource

HERE = Path(__file__).parent
TABLE: dict[str, Any] = yaml.safe_load((HERE / "mistakes.yaml").read_text(encoding="utf-8"))
GOLDEN = HERE / "mistakes.txt"
FILE = Path("in_memory/policy.yaml")
FINE = {"pri: 0x10", "pri: +5", "pri: 10 # c", "  timeout: 1e3"}
"""Texts, of those in the table, that mean exactly what their author means."""
UNKNOWABLE = {"{phase: none}", "{phase: any}", "{role: any}", "    default: general"}
"""Names that may be meant as names."""


def problems_of(text: str) -> tuple[Diagnostic, ...]:
    """Return the errors of a policy, or its warnings if it loads."""
    try:
        return load_policy(MemorySource(FILE.parent, {FILE: text.encode()}, is_directory=True)).warnings
    except PolicyError as error:
        return error.diagnostics


@pytest.fixture(scope="module")
def problems() -> dict[str, tuple[Diagnostic, ...]]:
    """Return the problems of each mistake, by its text."""
    base = TABLE["base"]
    return {
        f"{group['about']}: {text!r}": problems_of(base.replace(group["instead_of"], text, 1))
        for group in TABLE["mistakes"]
        for text in group["write"]
    }


@pytest.mark.slow
def test_each_mistake_gets_its_message(problems: dict[str, tuple[Diagnostic, ...]]) -> None:
    """The messages and the helps are those of `mistakes.txt`."""
    lines = []
    for mistake, found in problems.items():
        lines.append(mistake)
        for problem in found:
            lines.append(
                f"  {problem.place.line}:{problem.place.column} {problem.level}[{problem.code}]: {problem.message}"
            )
            lines.append(f"    help: {problem.help}")
    said = "\n".join(lines) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(said, encoding="utf-8", newline="\n")
    assert said == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.slow
def test_no_mistake_is_silent(problems: dict[str, tuple[Diagnostic, ...]]) -> None:
    """Every mistake that can be known has a message."""
    silent = [mistake for mistake, found in problems.items() if not found]
    allowed = {*FINE, *UNKNOWABLE}
    assert [mistake for mistake in silent if not any(repr(text)[1:-1] in mistake for text in allowed)] == []


def test_the_policy_of_the_table_is_fine() -> None:
    """The policy that the mistakes are made in has no problem of its own."""
    assert problems_of(TABLE["base"]) == ()


@pytest.mark.slow
def test_a_mistake_has_no_consequences(problems: dict[str, tuple[Diagnostic, ...]]) -> None:
    """One mistake is one problem, however many lines it makes wrong."""
    groups = ("rows", "rows-of-phases", "keys-beside-rules", "brackets", "options-beside-models")
    several = {"    general: [critic]\n    fast: [peer_1]\n"}
    tried = 0
    for group in TABLE["mistakes"]:
        for text in group["write"] if group["about"] in groups else []:
            tried += 1
            assert len(problems[f"{group['about']}: {text!r}"]) == 1 + (text in several), text
    assert tried > 30


@pytest.mark.slow
def test_following_a_help_is_no_mistake(problems: dict[str, tuple[Diagnostic, ...]]) -> None:
    """A condition that a help writes out in full is accepted in place of the text that was wrong."""
    base = TABLE["base"]
    tried = 0
    for group in TABLE["mistakes"]:
        if group["about"] not in ("outcome-op", "tier-op"):
            continue
        for text in group["write"]:
            found = problems[f"{group['about']}: {text!r}"]
            written = re.fullmatch(r"write `(\{.*\})`(?:: .*)?", found[0].help) if len(found) == 1 else None
            if written and "fact" not in written[1] and "…" not in written[1] and found[0].code != "reference":
                tried += 1
                assert problems_of(base.replace(group["instead_of"], written[1], 1)) == (), (text, written[1])
    assert tried > 60


@pytest.mark.parametrize(
    "line", ["api_key:sk-0123456789abcdef", "password:hunter2", "password = hunter2", "password hunter2"]
)
def test_help_for_syntax_shows_no_value_of_another_line(line: str) -> None:
    """A value that is not in the excerpt may be a key, and the help does not have it."""
    text = f"model_tiers:\n  providers:\n    groq:\n      {line}\n      timeout: 3\n"
    problems = problems_of(text)
    assert any("in line 4" in problem.help or "line 4 has" in problem.help for problem in problems)
    assert not any(re.search("hunter2|sk-0", problem.help) for problem in problems)


@pytest.mark.slow
@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_a_mistake_gets_its_message_with_any_line_ends(line_end: str) -> None:
    """Files of other systems get the same codes, places and helps."""
    for group in TABLE["mistakes"]:
        for written in group["write"]:
            text = TABLE["base"].replace(group["instead_of"], written, 1)
            if "\r" not in text:
                assert _said(text.replace("\n", line_end)) == _said(text), written


def _said(text: str) -> list[tuple[str, int, int, str]]:
    return [(found.code, found.place.line, found.place.column, found.help) for found in problems_of(text)]
