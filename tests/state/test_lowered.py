"""What people did to entries is in the history, and what they lowered can be brought back."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from resolver import Resolver, ResolverError
from resolver.cli import main
from resolver.domain import Ladder, Subject
from resolver.state.edits_by_people import edits_of
from resolver.state.journal_rows import NoticedEntry
from tests.serving.held import edit
from tests.state.own import STATE, fail, own_policy, settled, take_out

KEY = Subject("layout", "peer_1")
ROLE = "peer_1"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = own_policy(tmp_path)
    time.sleep(0.5)
    return path


def write(policy: Path, tier: str | None) -> None:
    """What a person does who writes the entry of `KEY` by hand."""
    state = policy / STATE
    lines = state.read_text().splitlines(keepends=True)
    index = next((at for at, line in enumerate(lines) if str(KEY) in line), None)
    if tier is None:
        take_out(policy, str(KEY))
    elif index is None:
        text = "".join(lines).replace("escalation_state: {}\n", "escalation_state:\n")
        state.write_text(text.replace("escalation_state:\n", f'escalation_state:\n    "{KEY}": {tier}\n', 1))
    else:
        lines[index] = f'    "{KEY}": {tier}\n'
        state.write_text("".join(lines))


def seen(resolver: Resolver, tier: str | None) -> None:
    assert resolver.escalations().get(KEY) == tier
    settled(resolver)


def told(resolver: Resolver) -> list[tuple[str, str | None, str | None]]:
    return [(str(event.what), event.from_tier, event.to_tier) for event in resolver.history()]


class TestAnOldBuffer:
    """`Escalate twice, then save an old copy of the file that says general: the agent is lowered`."""

    @pytest.mark.slow
    def test_it_is_noticed_logged_once_shown_and_restored(self, policy: Path, caplog: pytest.LogCaptureFixture) -> None:
        write(policy, "general")
        old = (policy / STATE).read_text()
        time.sleep(0.5)
        with Resolver.open(policy) as resolver, Resolver.open(policy) as other:
            fail(resolver, ROLE, 3)
            seen(resolver, "reasoning")
            (policy / STATE).write_text(old)
            seen(resolver, "general")
            seen(other, "general")
            assert resolver.resolve("layout", ROLE).tier == "general"
            assert resolver.removed_entries().keys() == other.removed_entries().keys() == {KEY}
            assert resolver.removed_entries()[KEY].from_tier == "reasoning"
            assert told(resolver)[-1] == ("edited", "reasoning", "general")
            assert resolver.restore("layout", ROLE) == "reasoning"
            assert resolver.resolve("layout", ROLE).tier == "reasoning"
            assert (resolver.removed_entries(), told(resolver)[-1]) == ({}, ("restore", "general", "reasoning"))
            with pytest.raises(ResolverError, match="no entry of `layout:peer_1` was removed from the file or lowered"):
                resolver.restore("layout", ROLE)
        warnings = [
            r.getMessage() for r in caplog.records if r.levelno == logging.WARNING and "restore" in r.getMessage()
        ]
        assert len(warnings) == 1
        assert "the escalation of `layout:peer_1` to reasoning was lowered to general in" in warnings[0]
        assert "`resolver state restore layout peer_1` brings it back" in warnings[0]

    @pytest.mark.slow
    def test_two_old_buffers_one_after_the_other(self, policy: Path) -> None:
        """What is owed is the tier before the first of them."""
        with Resolver.open(policy) as resolver:
            fail(resolver, times=1)
            write(policy, "reasoning")
            seen(resolver, "reasoning")
            for tier in ("general", None, "fast", None, "general"):
                write(policy, tier)
                seen(resolver, tier)
                assert resolver.removed_entries()[KEY].from_tier == "reasoning"
            assert resolver.restore("layout", ROLE) == "reasoning"

    def test_it_is_noticed_although_no_process_ran(self, policy: Path) -> None:
        with Resolver.open(policy) as resolver:
            fail(resolver)
            write(policy, "reasoning")
            seen(resolver, "reasoning")
        write(policy, "general")
        with Resolver.open(policy) as resolver:
            assert resolver.removed_entries()[KEY].from_tier == "reasoning"
            assert told(resolver) == [("edited", None, "reasoning"), ("edited", "reasoning", "general")]

    def test_the_command_shows_and_restores_it(self, policy: Path) -> None:
        with Resolver.open(policy) as resolver:
            fail(resolver)
            write(policy, "reasoning")
            seen(resolver, "reasoning")
        write(policy, "general")
        run = CliRunner()
        shown = run.invoke(main, ["state", "--policies", str(policy)]).stdout
        assert "lowered in the file by hand\n  layout  peer_1  was reasoning  `resolver state restore`" in shown
        content = json.loads(run.invoke(main, ["state", "--policies", str(policy), "--format", "json"]).stdout)
        assert content["removed"] == []
        (lowered,) = content["lowered"]
        assert (lowered["triad"], lowered["role"], lowered["tier"], lowered["entry"]) == (
            "layout", "peer_1", "reasoning", "general")  # fmt: skip
        assert run.invoke(main, ["state", "restore", "--policies", str(policy)]).stdout == "layout:peer_1: reasoning\n"
        assert run.invoke(main, ["state", "restore", "--policies", str(policy)]).stdout == (
            "nothing was removed from the file or lowered in it\n"
        )


class TestPeople:
    """`What people did to entries belongs into the history when it is noticed`."""

    def test_an_entry_that_was_raised_by_hand_and_taken_out_is_restored_as_it_was_raised(self, policy: Path) -> None:
        write(policy, "fast")
        with Resolver.open(policy) as resolver:
            fail(resolver, "worker_b")
            write(policy, "general")
            seen(resolver, "general")
            write(policy, "reasoning")
            seen(resolver, "reasoning")
            write(policy, None)
            seen(resolver, None)
            assert told(resolver) == [
                ("edited", "fast", "general"),
                ("edited", "general", "reasoning"),
                ("removed", "reasoning", None),
            ]
            assert resolver.removed_entries()[KEY].from_tier == "reasoning"
            assert resolver.restore("layout", ROLE) == "reasoning"

    def test_what_was_there_at_first_is_no_event(self, policy: Path) -> None:
        """And yet its removal is noticed, although the program never wrote it."""
        write(policy, "general")
        with Resolver.open(policy) as resolver:
            fail(resolver)
            assert told(resolver) == []
            write(policy, None)
            seen(resolver, None)
            assert told(resolver) == [("removed", "general", None)]

    def test_a_persons_raise_ends_what_is_owed(self, policy: Path) -> None:
        with Resolver.open(policy) as resolver:
            fail(resolver)
            for tier, owed in (("general", None), (None, "general"), ("general", None), ("fast", "general"),
                               ("reasoning", None)):  # fmt: skip
                write(policy, tier)
                seen(resolver, tier)
                assert [event.from_tier for event in resolver.removed_entries().values()] == ([owed] if owed else [])

    def test_what_the_command_lowered_is_not_owed(self, policy: Path) -> None:
        with Resolver.open(policy) as resolver:
            fail(resolver)
            write(policy, "reasoning")
            seen(resolver, "reasoning")
            write(policy, "general")
            seen(resolver, "general")
            resolver.lower("layout", ROLE, "fast")
            assert resolver.removed_entries() == {}

    def test_thousands_of_entries_that_are_taken_out_at_once_are_few_lines(
        self, policy: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The log says the first ten, and how many more; all of them come back."""
        entries = "".join(f'    "t{at}:worker_a": reasoning\n' for at in range(2_000))
        edit(policy / STATE, "escalation_state: {}\n", f"escalation_state:\n{entries}")
        with Resolver.open(policy) as resolver:
            fail(resolver)
            edit(policy / STATE, f"escalation_state:\n{entries}", "escalation_state: {}\n")
            settled(resolver)
            assert len(resolver.removed_entries()) == len(resolver.history()) == 2_000
        said = [record.getMessage() for record in caplog.records if "escalation" in record.getMessage()]
        assert len(said) == 11
        assert said[-1].startswith("1,990 more escalations were removed from")

    def test_a_history_of_the_version_before_is_what_is_known(self, policy: Path) -> None:
        """An upgrade notices what people have done while nothing ran."""
        with Resolver.open(policy) as resolver:
            fail(resolver, times=3)
        with closing(sqlite3.connect(policy / ".resolver.db", isolation_level=None)) as connection:
            connection.executescript(
                "DROP TABLE entry; DROP TABLE looked; ALTER TABLE intent DROP COLUMN inode; "
                "ALTER TABLE intent DROP COLUMN digest; ALTER TABLE intent DROP COLUMN line; "
                "ALTER TABLE intent DROP COLUMN key; DROP INDEX outcome_key; ALTER TABLE outcome DROP COLUMN key; "
                "ALTER TABLE outcome DROP COLUMN why; PRAGMA user_version = 1"
            )
        take_out(policy)
        with Resolver.open(policy) as resolver:
            assert told(resolver)[-1] == ("removed", "reasoning", None)
            assert resolver.restore("layout", "worker_a") == "reasoning"


def test_edits_are_what_differs() -> None:
    """Subjects in order; an entry of no known tier is neither above nor below another."""
    ladder = Ladder(("fast", "general", "reasoning"))
    a, b, c, d = (Subject("t", role) for role in "abcd")
    known = {
        a: NoticedEntry("general", None),
        b: NoticedEntry(None, "reasoning"),
        c: NoticedEntry("fast", None),
        d: NoticedEntry("gone", None),
    }
    found = edits_of(known, {b: "fast", c: "fast", d: "general"}, ladder, revision="r", is_first=False)
    assert [(edit.subject, edit.tier, edit.owed, edit.event.what if edit.event else "") for edit in found] == [
        (a, None, "general", "removed"),
        (b, "fast", "reasoning", "edited"),
        (d, "general", None, "edited"),
    ]
