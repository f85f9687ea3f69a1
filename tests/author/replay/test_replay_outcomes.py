"""A replay does to recorded outcomes what a policy would have done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver import Resolver
from resolver.author import replay_records
from resolver.domain import Decision, Subject
from resolver.loader import shipped_policy
from resolver.serving import load_and_prove
from resolver.state import file_store as file
from resolver.state import journal_outcomes as records
from tests.state.own import own_policy, take_out

SHIPPED = load_and_prove(shipped_policy())

subjects = st.builds(Subject, st.sampled_from(["t", "", "u"]), st.sampled_from(["worker_a", "code_execution", "x"]))
reports = st.tuples(
    subjects,
    st.sampled_from([None, "", "execution", "other"]),
    st.sampled_from([None, "task", "capacity", "mine"]),
    st.sampled_from(["fail", "fail", "fail", "succeed", "stale", "lower", "write"]),
)


def _lines(*events: dict[str, Any]) -> list[bytes]:
    return [json.dumps(event).encode() + b"\n" for event in events]


def _failure(**more: Any) -> dict[str, Any]:
    return {"triad": "layout", "role": "worker_a", "result": "failure", **more}


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.lists(reports, min_size=5, max_size=40))
def test_a_history_replayed_through_its_own_policy_is_what_happened(acts: list[Any]) -> None:
    """Whatever happened, people's doings and stale outcomes included, the same policy escalates the same."""
    with tempfile.TemporaryDirectory() as folder:
        path = own_policy(Path(folder))
        old: dict[Any, Decision] = {}
        with Resolver.open(path) as resolver:
            for subject, phase, kind, act in acts:
                decision = resolver.resolve(subject.triad, subject.role, phase=phase)
                decision = old.setdefault((subject, phase), decision) if act == "stale" else decision
                if act in ("fail", "stale"):
                    resolver.record_failure(subject.triad, subject.role, phase=phase, kind=kind, ran_on=decision)
                elif act == "succeed":
                    resolver.record_success(subject.triad, subject.role, phase=phase)
                elif act == "lower" and subject in resolver.escalations():
                    resolver.lower(subject.triad, subject.role)
                elif act == "write" and str(subject) in "".join(map(str, resolver.escalations())):
                    take_out(path, str(subject))
                    resolver.reload()
            lines = [line.encode() for line in resolver.outcomes()]
            history = [event for event in resolver.history() if event.what in ("escalate", "hold")]
        found = replay_records(SHIPPED, "events", lines, keep_going=False)
    assert found.bad == []
    assert found.events == len(lines)
    assert found.diverging == []
    got = [(one.what, one.subject, one.from_tier, one.to_tier, one.rule) for one in found.moments]
    assert got == [(e.what, e.subject, e.from_tier, e.to_tier, e.rule) for e in history]
    told = [json.loads(line) for line in lines]
    assert sum(found.effects.values()) == len(lines)
    assert found.effects == {effect: [t["effect"] for t in told].count(effect) for effect in found.effects}


def test_lines_need_no_more_than_an_outcome() -> None:
    """RequestGroup, what: three failures escalate, and nothing is compared where nothing is told."""
    found = replay_records(SHIPPED, "events", _lines(*[_failure()] * 3), keep_going=False)
    assert [(one.line, one.from_tier, one.to_tier) for one in found.moments] == [(3, "general", "reasoning")]
    assert found.diverging == []


def test_another_policy_escalates_at_another_time(tmp_path: Path) -> None:
    """RequestGroup escalated at another line, to another tier, or not at all is told."""
    path = own_policy(tmp_path)
    with Resolver.open(path) as resolver:
        for _ in range(4):
            resolver.record_failure("layout", "worker_a")
        lines = [line.encode() for line in resolver.outcomes()]
    rules = path / "three_strikes.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("{strikes: 3}", "{strikes: 2}"), encoding="utf-8")
    [one] = replay_records(load_and_prove(path), "events", lines, keep_going=False).diverging
    assert ([m.line for m in one.happened], [m.line for m in one.would]) == ([3], [2])


def test_a_log_may_begin_in_a_streak() -> None:
    """The first line of a subject says how long its streak was."""
    line = _failure(strikes=2, failed_tier="general", entry=None)
    found = replay_records(SHIPPED, "events", _lines(line), keep_going=False)
    assert [one.to_tier for one in found.moments] == ["reasoning"]


def test_facts_count_as_far_as_the_policy_knows_them() -> None:
    """A fact of another policy is left out."""
    lines = _lines(*[_failure(facts={"preset": "x", "n": [1]})] * 3)
    result = replay_records(SHIPPED, "events", lines, keep_going=False)
    assert result.effects == {"count": 2, "escalate": 1}


BAD = {
    b"{": "the line is not JSON: expecting property name enclosed in double quotes",
    b"[1]": "the line is not an object",
    b'{"triad": "t", "role": "r"}': "the outcome has no `result`",
    b'{"triad": "t", "role": "r", "result": "failed"}': "`result` is never `failed`",
    b'{"triad": 1, "role": "r", "result": "failure"}': "`triad` is text, not `1`",
    b'{"triad": "t", "role": "a:b", "result": "failure"}': "the role `a:b` has a colon, which ends the triad in "
    "`triad:role`",
    b'{"triad": "t", "role": "r", "result": "failure", "kindd": "x"}': "unknown key `kindd`",
    b'{"triad": "t", "role": "r", "result": "failure", "entry": ["x"]}': "`entry` is text, not `['x']`",
    b'{"triad": "t", "role": "r", "result": "failure", "strikes": 0}': "`strikes` is a number from 1 on, not `0`",
    b'{"triad": "t", "role": "r", "result": "failure", "facts": 1}': "`facts` is an object",
    b'{"triad": "\xff", "role": "r", "result": "failure"}': "the line is not UTF-8",
    b'{"triad": "t", "role": "r", "result": "failure", "time": {}}': "`time` is text, not `{}`",
    b'{"triad": "t", "role": "r", "result": "failure"} {}': "the line is not JSON: extra data",
    b"[" * 50_000: "the line is nested too deeply",
    b'"' + b"x" * 200_000: "the line is longer than 100,000 bytes",
}


@pytest.mark.parametrize("bad", BAD, ids=[str(at) for at in range(len(BAD))])
def test_a_line_that_is_no_event_is_named(bad: bytes) -> None:
    """By its number; reading ends there, or goes on without it."""
    lines = [*_lines(_failure()), b"\n", bad + b"\n", *_lines(_failure(), _failure())]
    ended = replay_records(SHIPPED, "events", lines, keep_going=False)
    assert [(one.message, one.place.line) for one in ended.bad] == [(BAD[bad], 3)]
    assert (ended.events, ended.moments) == (1, [])
    went_on = replay_records(SHIPPED, "events", lines, keep_going=True)
    assert [one.message for one in went_on.bad] == [BAD[bad]]
    assert [one.line for one in went_on.moments] == [5]


@pytest.mark.slow
@given(st.lists(st.binary(max_size=40) | st.just(b'{"triad": "t", "role": "r", "result": "failure"}'), max_size=8))
def test_no_line_is_too_odd(lines: list[bytes]) -> None:
    """Whatever stands in a file, each line is an event, empty, or said to be none."""
    lines = [line.replace(b"\n", b" ") + b"\n" for line in lines]
    found = replay_records(SHIPPED, "events", lines, keep_going=True)
    assert found.left_out == len(found.bad)
    assert found.events + found.left_out == sum(bool(line.strip()) for line in lines)


def test_the_progress_sums_to_the_events() -> None:
    """Whoever shows how far it is is told of every event."""
    told: list[int] = []
    replay_records(SHIPPED, "events", _lines(*[_failure()] * 25_001), keep_going=False, tell=told.append)
    assert told == [10_000, 10_000, 5_001]


def test_a_file_that_is_no_log_at_all_costs_no_more_than_its_lines() -> None:
    """Of very many bad lines all are counted, and the first are shown."""
    found = replay_records(SHIPPED, "events", [b"not an event\n"] * 20_000, keep_going=True)
    assert (found.left_out, len(found.bad), found.bad[-1].place.line) == (20_000, 100, 100)


def test_only_the_latest_outcomes_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Now and then the oldest go, so that the file does not grow for ever."""
    monkeypatch.setattr(records, "MOST_OUTCOMES", 7)
    monkeypatch.setattr(records, "_BETWEEN_LOOKS", 5)
    with Resolver.open(own_policy(tmp_path)) as resolver:
        for at in range(15):
            resolver.record_success("layout", f"role_{at}")
        kept = [json.loads(line)["role"] for line in resolver.outcomes()]
    assert kept == [f"role_{at}" for at in range(8, 15)]


def test_outcomes_are_read_some_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is yielded once, in its order, however few are read at a time; the shipped policy has none."""
    monkeypatch.setattr(file, "_SOME", 4)
    with Resolver.open(own_policy(tmp_path)) as resolver:
        for at in range(8):
            resolver.record_success("layout", f"role_{at}")
        assert [json.loads(line)["role"] for line in resolver.outcomes()] == [f"role_{at}" for at in range(8)]
    with Resolver.open(shipped_policy()) as shipped:
        assert list(shipped.outcomes()) == []


@pytest.mark.slow
def test_a_terminal_shows_how_far_a_long_file_is(tmp_path: Path) -> None:
    """A bar on stderr, and on stdout only the result."""
    log = tmp_path / "events.jsonl"
    log.write_bytes(_lines(_failure(time="2026-01-01T00:00:00+00:00"))[0] * 55_000)
    terminal, end = os.openpty()
    program = "from resolver.cli import main; main()"
    command = [sys.executable, "-c", program, "replay", str(log), "--policies", str(shipped_policy())]
    with os.fdopen(terminal, "rb", buffering=0) as screen:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=end, text=True, check=False)
        os.close(end)
        shown = screen.read(10_000).decode()
    assert done.stdout.startswith("55,000 outcomes of 1 subject")
    assert "replaying" in shown
    assert "100%" in shown


def test_a_byte_order_mark_is_no_part_of_a_line() -> None:
    """Editors of some systems begin a file with one."""
    lines = [b"\xef\xbb\xbf" + line for line in _lines(_failure())]
    assert replay_records(SHIPPED, "events", lines, keep_going=False).events == 1
