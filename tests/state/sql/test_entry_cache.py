"""The entries of the database as one process knows them."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

from resolver.domain import Subject
from resolver.facade.opening import migrate_state
from resolver.serving import LivePolicy
from resolver.state.sql.database import Database
from resolver.state.sql.entry_cache import EntryCache
from resolver.state.sql.known_state import Known
from resolver.state.sql.sql_rows import NOTHING, Entry, Stored, Write
from resolver.state.sql.state_url import StateURL
from tests.state.own import own_policy

SUBJECT = Subject("layout", "worker_a")
CHANGES = [Entry(SUBJECT, 1, "general", 0, 1), Entry(SUBJECT, 2, "reasoning", 0, 2), Entry(SUBJECT, 3, None, 3, 3)]


def test_the_newest_generation_holds_in_whatever_order_they_come(tmp_path: Path) -> None:
    """One at a time, or together: an older generation never takes the place of a newer one."""
    live = LivePolicy(own_policy(tmp_path))
    for count in (1, 2, 3):
        for order in permutations(CHANGES[:count]):
            for together in (False, True):
                known = EntryCache(live, Database(StateURL.parse("sqlite:///nowhere.db")))
                for learned in [order] if together else [[change] for change in order]:
                    known.learn(learned)
                assert known.generation(SUBJECT) == count
                assert known.entries().get(SUBJECT) == CHANGES[count - 1][2]
                live.change(lambda table: table.with_entry(SUBJECT, None))


def test_what_is_known_is_laid_over_a_policy_that_is_read_again(tmp_path: Path) -> None:
    """The file starts with its entries; the database's hold."""
    live = LivePolicy(own_policy(tmp_path))
    known = EntryCache(live, Database(StateURL.parse("sqlite:///nowhere.db")))
    known.learn([Entry(SUBJECT, 2, "reasoning", 0, 2)])
    known.learn([Entry(SUBJECT, 1, "general", 0, 1)])
    live.reload()
    assert known.entries()[SUBJECT] == "reasoning"


def test_a_row_that_was_read_for_another_reason_is_not_the_last_change(tmp_path: Path) -> None:
    """Its revision is not known then, and a later look would take the database for one that has lost changes."""
    live = LivePolicy(own_policy(tmp_path))
    url = f"sqlite:///{tmp_path / 'state.db'}"
    migrate_state(url)
    database = Database(StateURL.parse(url))
    known = EntryCache(live, database)
    write = Write(SUBJECT, NOTHING, Stored(1, 1, "general"), None, "key")
    assert database.write([write]) == [1]
    known.learn([Entry(SUBJECT, 1, "general", 0, 0)])
    known.refresh()
    assert known.server_revision == 1
    assert not known.is_doubtful
    database.connections.close_idle()


def test_a_write_tells_how_far_the_database_is(tmp_path: Path) -> None:
    """Its revision is the number of all changes, also of those that others have made since the last look."""
    known = EntryCache(LivePolicy(own_policy(tmp_path)), Database(StateURL.parse("sqlite:///nowhere.db")))
    assert (known.revision, known.server_revision) == (0, 0)
    known.wrote(Write(SUBJECT, NOTHING, Stored(1, 1, "general"), None, "key"), 7, is_same=False)
    assert (known.revision, known.server_revision) == (0, 7)


def test_what_is_unsaved_is_all_if_the_file_knows_no_revision(tmp_path: Path) -> None:
    """The file may be damaged or deleted meanwhile, and a new one is not to lack the entries of the old one."""
    known = EntryCache(LivePolicy(own_policy(tmp_path)), Database(StateURL.parse("sqlite:///nowhere.db")))
    known.start_with(Known([(CHANGES[0], None)], 0))
    known.learn([Entry(Subject("other", "worker_a"), 1, "general", 0, 2)])
    found = known.unsaved()
    assert found is not None
    assert found.since == 0
    assert {entry.subject for entry, _ in found.entries} == {SUBJECT, Subject("other", "worker_a")}
