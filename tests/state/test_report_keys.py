"""A report with a key counts once, however often it is repeated, and whatever ends in between."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import subprocess
import sys
import threading
from contextlib import ExitStack, closing
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver import Resolver, ResolverError
from resolver.cli import main
from resolver.domain import Outcome, Subject
from resolver.state import journal_outcomes
from resolver.state.report_key import is_callers, kept_key
from tests.cli.policy_changes import PLANS
from tests.state.conftest import KINDS, Place, place_of
from tests.state.own import own_policy, patience, whats

KEY = Subject("layout", "worker_a")
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=255)


def fail(resolver: Resolver, key: str | None = None, role: str = "worker_a", **more: object) -> Outcome:
    return resolver.record_failure("layout", role, error="no", key=key, **more)  # type: ignore[arg-type]


def shown(resolver: Resolver) -> tuple[object, ...]:
    """What was learned; times and processes are left out."""
    events = [(str(e.what), e.subject, e.from_tier, e.to_tier, e.errors, e.rule) for e in resolver.history()]
    return dict(resolver.escalations()), dict(resolver.streaks()), events


class TestRepeats:
    """`A second report with the same key changes nothing, also after a restart and on another host.`"""

    def test_each_report_counts_once(self, place: Place) -> None:
        with place.open(0) as one, place.open(1) as other:
            for key in ("a", "b", "c"):
                first = fail(one, key)
                before = shown(one)
                for resolver in (one, other):
                    again = fail(resolver, key)
                    assert again.repeated
                    assert "under the same key" in again.because
                    assert shown(resolver) == before
            assert first.effect == "escalate"
            assert not first.repeated
        with place.open(0) as opened:
            assert fail(opened, "a").repeated
            assert opened.escalations() == {KEY: "reasoning"}
            assert opened.streaks() == {}
            assert whats(opened) == ["escalate"]

    def test_what_changed_nothing_the_first_time_changes_nothing_the_second_time(self, place: Place) -> None:
        """A success without a streak, and a failure of a kind that is ignored, are no other report later."""
        with place.open() as resolver:
            decision = resolver.resolve("layout", "worker_a", phase="execution")
            assert resolver.record_success("layout", "worker_a", key="success").effect == "reset"
            assert fail(resolver, "capacity", kind="capacity").effect == "ignore"
            assert fail(resolver, "ran on fast", ran_on=decision).effect == "ignore"
            fail(resolver)
            assert resolver.record_success("layout", "worker_a", key="success").repeated
            assert fail(resolver, "capacity").repeated
            assert fail(resolver, "ran on fast").repeated
            assert resolver.streaks()[KEY].strikes == 1

    def test_key_of_another_request_is_not_counted_again(self, place: Place) -> None:
        """The key alone names the report, so a mistake of a client is a repeat, and not a second count."""
        with place.open() as resolver:
            fail(resolver, "k")
            assert fail(resolver, "k", role="worker_b").repeated
            assert resolver.record_success("layout", "worker_a", key="k").repeated
            assert {str(subject): streak.strikes for subject, streak in resolver.streaks().items()} == {
                "layout:worker_a": 1
            }

    def test_reports_without_a_key_all_count(self, place: Place) -> None:
        with place.open() as resolver:
            assert [fail(resolver).strikes for _ in range(2)] == [1, 2]
            assert not fail(resolver).repeated

    def test_report_that_was_refused_can_be_repeated(self, place: Place) -> None:
        """An error means that nothing was recorded, so the key is still free."""
        with place.open() as resolver:
            with pytest.raises(ResolverError, match="declares no fact"):
                fail(resolver, "k", facts={"none": "such"})
            assert not fail(resolver, "k").repeated

    def test_asyncio(self, place: Place) -> None:
        async def many(resolver: Resolver) -> list[Outcome]:
            failures = [resolver.arecord_failure("layout", "worker_a", key="f") for _ in range(4)]
            successes = [resolver.arecord_success("layout", "worker_b", key="s") for _ in range(4)]
            return await asyncio.gather(*failures, *successes)

        with place.open() as resolver:
            outcomes = asyncio.run(many(resolver))
            assert [outcome.repeated for outcome in outcomes].count(False) == 2
            assert resolver.streaks()[KEY].strikes == 1

    def test_nothing_is_logged_twice(self, place: Place, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "resolver")
        with place.open() as resolver:
            for key in ("a", "b", "c", "c", "c"):
                fail(resolver, key)
        assert caplog.text.count("escalated from") == 1


def test_hosts_that_report_one_key_at_once_count_it_once(place: Place) -> None:
    """One of them is answered as the first, and all others as repeats, many times over."""
    with ExitStack() as stack:
        hosts = [stack.enter_context(place.open(host)) for host in range(3)]
        for triad in (f"t{number}" for number in range(8)):
            together = threading.Barrier(len(hosts))
            outcomes: list[Outcome] = []

            def report(host: Resolver, triad: str, together: threading.Barrier, outcomes: list[Outcome]) -> None:
                together.wait()
                outcomes.append(host.record_failure(triad, "worker_a", key=triad))

            threads = [threading.Thread(target=report, args=(host, triad, together, outcomes)) for host in hosts]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(outcome.repeated for outcome in outcomes) == [False, True, True]
        assert {streak.strikes for streak in hosts[0].streaks().values()} == {1}


ONE_PROCESS = """
import sys
from resolver import Resolver
path, state, go = sys.argv[1:]
with Resolver.open(path, state=state or None) as resolver:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(30):
        print(int(not resolver.record_failure(f"t{number}", "worker_a", key=f"k{number}").repeated))
"""


@pytest.mark.slow
def test_processes_that_report_the_same_keys_count_each_once(place: Place) -> None:
    command = [sys.executable, "-W", "ignore", "-c", ONE_PROCESS]
    processes = [
        subprocess.Popen(
            [*command, str(place.policy(host)), place.url(host) or "", ""],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for host in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    said = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        said.append([int(line) for line in out.split()])
    assert [sum(firsts) for firsts in zip(*said, strict=True)] == [1] * 30
    with place.open() as resolver:
        assert [streak.strikes for streak in resolver.streaks().values()] == [1] * 30


class TestAFile:
    """The file store knows the first outcome, and answers a repeat with it."""

    @pytest.mark.parametrize("role", ["worker_a", "critic", "orchestrator", "code_execution"])
    def test_repeat_has_the_first_answer(self, role: str, tmp_path: Path) -> None:
        """Effect, rule, strikes and escalation, with why it is more than one step, are those of the first."""
        policy = own_policy(tmp_path)
        PLANS(tmp_path)
        with Resolver.open(policy) as resolver:
            first = [fail(resolver, key, role) for key in "abcd"]
            first.append(fail(resolver, "e", role, kind="capacity"))
            first.append(resolver.record_success("layout", role, key="f"))
            again = [fail(resolver, key, role) for key in "abcdef"]
            assert all(outcome.repeated for outcome in again)
            if role == "critic":
                assert again[2].escalation is not None
                assert "`planning`" in again[2].escalation.why
            assert [(o.effect, o.rule, o.strikes, o.escalation) for o in again] == [
                (o.effect, o.rule, o.strikes, o.escalation) for o in first
            ]
            assert len(list(resolver.outcomes())) == 6

    def test_key_is_not_exported(self, tmp_path: Path) -> None:
        """The lines of outcomes are those of a replay, and a caller's key is nowhere in the file."""
        policy = own_policy(tmp_path)
        with Resolver.open(policy) as resolver:
            fail(resolver, "a secret of the caller's")
            (line,) = resolver.outcomes()
        assert "key" not in json.loads(line)
        assert not any(b"a secret of" in file.read_bytes() for file in policy.glob(".resolver.db*"))

    def test_keys_go_with_their_outcomes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """`The newest 100,000 stay`; here, the newest 4."""
        monkeypatch.setattr(journal_outcomes, "MOST_OUTCOMES", 4)
        monkeypatch.setattr(journal_outcomes, "_BETWEEN_LOOKS", 2)
        with Resolver.open(own_policy(tmp_path)) as resolver:
            for number in range(10):
                resolver.record_success("layout", "worker_a", key=str(number))
            assert len(list(resolver.outcomes())) == 4
            kept = [resolver._store._journal.first_outcome(kept_key(str(number))) for number in range(10)]  # type: ignore[attr-defined]
            assert [outcome is not None for outcome in kept] == [False] * 6 + [True] * 4

    def test_report_that_could_not_be_written_can_be_repeated(self, tmp_path: Path) -> None:
        """A policy file that is just being saved takes no escalation; the same report escalates a moment later."""
        policy = own_policy(tmp_path)
        with Resolver.open(policy) as resolver:
            fail(resolver, "a")
            fail(resolver, "b")
            with (policy / "model_tiers.yaml").open("a") as editor, patience(0.1):
                editor.write("# being saved\n")
                editor.flush()
                with pytest.raises(ResolverError, match="try again"):
                    fail(resolver, "c")
            again = fail(resolver, "c")
            assert (again.effect, again.repeated) == ("escalate", False)

    def test_renaming_keeps_the_keys(self, tmp_path: Path) -> None:
        policy = own_policy(tmp_path)
        with Resolver.open(policy) as resolver:
            for key in "abc":
                fail(resolver, key)
        done = CliRunner().invoke(main, ["rename", "role", "worker_a", "w", "--policies", str(policy), "--yes"])
        assert done.exit_code == 0, done.output
        with Resolver.open(policy) as resolver:
            again = fail(resolver, "c", "w")
            assert again.repeated
            assert again.escalation is not None
            assert again.escalation.role == "w"

    @pytest.mark.parametrize(
        "line",
        [
            "{}",
            "[]",
            '{"effect": "such"}',
            '{"effect": 5}',
            '{"effect": "count", "strikes": "many"}',
            '{"effect": "escalate", "rule": "r", "to": "fast"}',
            '{"effect": "count", "rule": 5}',
        ],
    )
    def test_line_that_was_not_written_by_this_program_is_damage(self, line: str, tmp_path: Path) -> None:
        policy = own_policy(tmp_path)
        with Resolver.open(policy) as resolver:
            fail(resolver, "a")
            with closing(sqlite3.connect(policy / ".resolver.db", isolation_level=None)) as connection:
                connection.execute("UPDATE outcome SET line = ?", (line,))
            assert not fail(resolver, "a").repeated
        assert any(".damaged-" in file.name for file in policy.iterdir())


@given(keys=st.sets(WORDS, min_size=1, max_size=20))
def test_a_kept_key_fits_each_store_and_is_distinguished(keys: set[str]) -> None:
    """32 hexadecimal characters for every text, another for another text, and not a key of a report without one."""
    kept = {kept_key(key) for key in keys}
    assert len(kept) == len(keys)
    assert all(len(key) == 32 and set(key) <= set("0123456789abcdef") and is_callers(key) for key in kept)


@pytest.mark.parametrize("key", ["a" * 255, "日" * 255, "\U0001f600" * 255, " ", "a:b", "'; --", "%(x)s\n"])
def test_keys_are_any_text_of_255_characters(place: Place, key: str) -> None:
    with place.open() as resolver:
        assert [fail(resolver, key).repeated for _ in range(2)] == [False, True]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "the key of a report has 1 to 255 characters, not 0"),
        ("a" * 256, "the key of a report has 1 to 255 characters, not 256"),
        ("a\0", "this key contains a NUL"),
        ("\ud800", "this key contains half of a surrogate pair"),
        (5, "a key is text"),
        (b"x", "a key is text"),
    ],
)
def test_other_keys_are_an_error(key: str, message: str, tmp_path: Path) -> None:
    with Resolver.open(own_policy(tmp_path)) as resolver:
        for record in (resolver.record_failure, resolver.record_success):
            with pytest.raises(ResolverError, match=message):
                record("layout", "worker_a", key=key)
        assert resolver.streaks() == {}


def test_uuids_of_reports_without_a_key_are_not_callers() -> None:
    assert not any(is_callers(uuid4().hex) for _ in range(100))


REPORTS = st.lists(
    st.tuples(
        st.sampled_from(["worker_a", "worker_b", "orchestrator", "code_execution"]),
        st.sampled_from([None, "execution"]),
        st.sampled_from(["success", "task", "task", "task", "task", "capacity"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_repeats_in_any_order_change_nothing(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The state equals that of each report once, with restarts and other hosts in between."""

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(reports=REPORTS, data=st.data())
    def check(reports: list[tuple[str, str | None, str, bool]], data: st.DataObject) -> None:
        once, often = (place_of(kind, tmp_path_factory.mktemp("s"), request.getfixturevalue) for _ in range(2))
        with once.open() as resolver:
            for report in reports:
                _report(resolver, report, None)
            expected = shown(resolver)
        resolver = often.open()
        for number, report in enumerate(reports):
            assert not _report(resolver, report, str(number)).repeated
            for again in data.draw(st.lists(st.integers(0, number), max_size=3)):
                assert _report(resolver, reports[again], str(again)).repeated
            if data.draw(st.booleans()):
                resolver.close()
                resolver = often.open(data.draw(st.integers(0, 1)))
        assert shown(resolver) == expected
        resolver.close()

    check()


def _report(resolver: Resolver, report: tuple[str, str | None, str, bool], key: str | None) -> Outcome:
    role, phase, result, has_decision = report
    decision = resolver.resolve("layout", role, phase=phase) if has_decision else None
    if result == "success":
        return resolver.record_success("layout", role, phase=phase, ran_on=decision, key=key)
    return resolver.record_failure("layout", role, phase=phase, ran_on=decision, kind=result, error="no", key=key)
