"""A database that has lost changes, as in a failover, gets them back from the processes that saw them."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.domain import Subject
from resolver.state.sql.seen_changes import SeenChanges
from resolver.state.sql.sql_rows import Entry
from tests.state.conftest import SHARED, place_of
from tests.state.own import fail
from tests.state.sql.test_sql_state import rows, run
from tests.state.sql.waiting import until

KEY = Subject("two", "worker_a")
CASES = [(kind, "more") for kind in SHARED] + [("sqlite", meanwhile) for meanwhile in ("nothing", "others", "itself")]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "meanwhile"), CASES)
def test_acknowledged_entries_come_back(
    kind: str, meanwhile: str, tmp_path: Path, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    """Also if other subjects have been escalated since, as many as were lost or more, by others or by itself."""
    shared = place_of(kind, tmp_path, request.getfixturevalue)
    with shared.open(0) as old:
        fail(old, times=3, triad="one")
        fail(old, times=3, triad="two")
        run(
            shared.owner,
            "DELETE FROM resolver_subject WHERE triad = 'two'",
            "DELETE FROM resolver_history WHERE triad = 'two'",
            "UPDATE resolver_clock SET at = 1",
        )
        with shared.open(1) as new:
            for triad in {"others": ["three"], "more": ["three", "four", "five"]}.get(meanwhile, []):
                fail(new, times=3, triad=triad)
            if meanwhile == "itself":
                fail(old, times=3, triad="three")
            until(lambda: new.resolve("two", "worker_a").tier == old.resolve("two", "worker_a").tier == "reasoning", 20)
            assert old.escalations() == new.escalations()
            assert [event.what for event in new.history() if event.subject == KEY] == ["restore"]
        assert old.resolve("one", "worker_a").tier == "reasoning"
    assert caplog.text.count("has lost changes that this process has seen") == 1
    assert rows(shared.owner, "SELECT entry FROM resolver_subject WHERE triad = 'two'") == [("reasoning",)]


def test_change_that_was_written_during_a_look_is_looked_for_at_the_next_look() -> None:
    """The database may have lost it before it answered, and others may have made as many changes since."""
    written, others = Entry(KEY, 1, "reasoning", 0, 1), Entry(Subject("three", "worker_a"), 1, "reasoning", 0, 3)
    changes = SeenChanges()
    seen = changes.copy()
    changes.wrote(written)
    assert changes.read([others], seen) == others.changed
    assert set(changes.copy().values()) == {written, others}
    assert not changes.are_in([others], changes.copy())
    assert changes.is_doubtful


def test_last_change_that_was_read_is_the_only_one_to_look_for() -> None:
    """What it was read with has been found, and need not be looked for again."""
    first, second = Entry(KEY, 1, "general", 0, 1), Entry(Subject("three", "worker_a"), 1, "reasoning", 0, 2)
    changes = SeenChanges()
    changes.wrote(first)
    seen = changes.copy()
    assert changes.are_in([first, second], seen)
    changes.read([first, second], seen)
    assert list(changes.copy().values()) == [second]
