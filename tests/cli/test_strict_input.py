"""Facts of options and lines of JSON are read as strictly as files."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from resolver.cli import main
from resolver.loader import shipped_policy

FACTS = """\
facts: {preset: {values: [a, b]}, budget: {integer: true}}
rulesets: {tier: {dear: {pri: 12, all: [{m: {$gte: {budget: 3}}}], run: {tier: reasoning}}}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run each test beside a policy with facts of its own."""
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    (tmp_path / "policies" / "facts.yaml").write_text(FACTS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="resolver")


@pytest.mark.parametrize("text", ["1_0", "06", "-06", " 6", "6 ", "٦", "6.0", "6e0", "six", "", "true", "9" * 5_000])
def test_a_fact_that_is_no_integer_in_a_file_is_none_in_an_option(text: str) -> None:
    """It is refused with the name of the fact."""
    result = _run("resolve", "layout", "critic", "--fact", f"budget={text}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: the fact `budget` is a 64-bit integer, not `")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("06", "not `06`; write `6`"),
        ("1_0", "not `1_0`; write `10`"),
        (" 6", "not ` 6`; write `6`"),
        ("-06", "not `-06`; write `-6`"),
        ("six", "not `six`; write a number in digits"),
        ("9" * 5_000, f"not `{'9' * 20}…`; write a number in digits"),
    ],
)
def test_the_message_writes_out_the_integer_that_is_meant(text: str, problem: str) -> None:
    """It quotes what was typed, without the quotes of Python, and no more than a line of it."""
    result = _run("resolve", "layout", "critic", "--fact", f"budget={text}")
    assert result.stderr == f"error: the fact `budget` is a 64-bit integer, {problem}\n"


@pytest.mark.parametrize(
    ("text", "tier"), [("6", "reasoning"), ("+6", "reasoning"), ("0x6", "reasoning"), ("-6", "general")]
)
def test_an_integer_is_read_as_in_a_file(text: str, tier: str) -> None:
    """A sign and a base are allowed there, too."""
    assert _run("resolve", "layout", "critic", "--fact", f"budget={text}").stdout == f"{tier}\n"


@pytest.mark.parametrize("command", ["resolve layout critic", "explain layout critic", "record layout critic failure"])
def test_a_fact_twice_is_an_error(command: str) -> None:
    """Also with the same value; nothing is recorded."""
    result = _run(*command.split(), "--fact", "preset=a", "--fact", "preset=a")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "the fact `preset` is given twice" in result.stderr


OUTCOME = '"triad": "layout", "role": "critic", "result": "failure"'
DECISION = '"event": "decision", "triad": "layout", "role": "critic", "tier": "general"'


@pytest.mark.parametrize("line", [OUTCOME, DECISION])
@pytest.mark.parametrize(
    ("more", "key"),
    [
        ('"role": "worker_a"', "role"),
        ('"role" : "critic"', "role"),
        ('"role"\t: "critic"', "role"),
        ('"ro\\u006ce": "critic"', "role"),
        ('"time": "a\\":", "role" : "critic"', "role"),
        ('"facts": {"budget": 1, "budget": 2}', "budget"),
        ('"facts": {"preset" : "a", "preset" : "b"}', "preset"),
        ('"facts": {}, "facts": {}', "facts"),
    ],
)
def test_a_line_with_a_key_twice_is_an_error(line: str, more: str, key: str) -> None:
    """No reader may choose one of two values."""
    Path("log.jsonl").write_text(f"{{{line}, {more}}}\n", encoding="utf-8")
    result = _run("replay", "log.jsonl")
    assert result.exit_code == 2
    assert f"error[event]: the line gives `{key}` twice" in result.stderr


@pytest.mark.parametrize(
    "more", ['"time": "a\\": b"', '"phase" : "x"', '"facts": {"preset": "a"}', '"phase": "\\": \\" :"']
)
def test_a_line_with_each_key_once_is_read(more: str) -> None:
    """Colons and quotes in values are no keys."""
    Path("log.jsonl").write_text(f"{{{OUTCOME}, {more}}}\r\n", encoding="utf-8")
    assert _run("replay", "log.jsonl").exit_code == 0


def test_a_replay_says_which_facts_it_leaves_out() -> None:
    """A value of another type is left out, and so are values and facts that the policy does not declare."""
    facts = [
        '{"budget": "6", "preset": "a"}',
        '{"budget": true, "prest": "a"}',
        '{"budget": 6.0, "preset": ["x"]}',
        "{}",
    ]
    lines = [f'{{{OUTCOME}, "facts": {given}}}\n' for given in facts]
    Path("log.jsonl").write_text("".join([*lines, f'{{{DECISION}, "facts": {{"budget": "6"}}}}\n']), encoding="utf-8")
    notes = [line for line in _run("replay", "log.jsonl").stderr.splitlines() if "left out" in line]
    assert notes == [
        "note: the fact `budget` is left out of 4 lines: the fact `budget` is a 64-bit integer, not `'6'`",
        "note: the fact `preset` is left out of 1 line: the fact `preset` is never `['x']`; its values are `a`, `b`",
        "note: the fact `prest` is left out of 1 line: the policy declares no fact `prest`; did you mean `preset`?",
    ]
    shown = json.loads(_run("replay", "log.jsonl", "--format", "json").stdout)["facts_left_out"]
    assert [(one["fact"], one["lines"]) for one in shown] == [("budget", 4), ("preset", 1), ("prest", 1)]


def test_check_and_coverage_count_the_same_classes() -> None:
    """A class is the same thing in both."""
    checked = re.search(r"(\d+) classes", _run("check").stdout)
    covered = re.search(r"of (\d+) classes", _run("test", "--coverage").stdout)
    assert checked
    assert covered
    assert checked[1] == covered[1]
