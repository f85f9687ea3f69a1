"""Streaks, history and intents in a SQLite file beside the policy.

Use a journal under the store's lock only. A commit survives a kill of the process. An intent also survives a power cut;
other changes of the last moments may be lost then. A damaged file is put aside and a new one is begun: escalations do
not depend on it.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from resolver.diagnostics import ResolverError, masked
from resolver.domain import Event, LastFailure, Outcome, Recorded, Renaming, Streak, Subject
from resolver.serving.file_stamp import Stamp
from resolver.state.history_filter import first_text, newest_events
from resolver.state.journal_columns import decoded, maybe_text_of, text_of
from resolver.state.journal_outcomes import add_outcome, first_outcome_of, line_of, outcome_of
from resolver.state.journal_renames import rename_rows
from resolver.state.journal_rows import (
    EVENT_COLUMNS,
    Edit,
    Intent,
    NoticedEntry,
    SqlRow,
    add_event,
    event_of,
    intent_of,
    keep_entry,
    keep_looked,
    keep_streak,
    key_of,
    row_of,
    signed,
    streak_of,
    subject_of,
)
from resolver.state.journal_tables import check, migrate
from resolver.state.provider_rows import keep_provider_failure, provider_failures
from resolver.state.read_only import check_regular
from resolver.state.sqlite_file import SqliteFile

_log = logging.getLogger("resolver")
_VERSION = 3
_SECONDS_TO_TAKE_OVER = 10.0
"""Seconds to wait for a program that has an older database locked."""

T = TypeVar("T")


class Journal:
    """The SQLite file at `path`: streaks, history, intents and the entries that were noticed last."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = SqliteFile(path, self._prepare, self._damaged)

    def streak(self, subject: Subject) -> Streak | None:
        """Return the streak of `subject`, under whatever entry it began."""
        query = "SELECT strikes, failed_tier, entry, errors FROM streak WHERE triad = ? AND role = ?"
        rows = self._rows(query, streak_of, key_of(subject))
        return rows[0] if rows else None

    def streaks(self) -> dict[Subject, Streak]:
        """Return all streaks."""
        query = "SELECT strikes, failed_tier, entry, errors, triad, role FROM streak ORDER BY triad, role"
        return dict(self._rows(query, lambda row: (subject_of(row[4:]), streak_of(row))))

    def keep(
        self, subject: Subject, streak: Streak | None, event: Event | None = None, recorded: Recorded | None = None
    ) -> None:
        """Replace the streak of `subject` (None deletes it), and add event and outcome, in one transaction."""

        def change(connection: sqlite3.Connection) -> None:
            keep_streak(connection, subject, streak)
            if event is not None:
                add_event(connection, event)
            if recorded is not None:
                add_outcome(connection, line_of(recorded), recorded.key)

        self._change(change)

    def first_outcome(self, key: str) -> Outcome | None:
        """Return the outcome that was recorded under this kept key, None if there is none."""
        query = "SELECT line, why FROM outcome WHERE key = ?"
        rows = self._rows(query, first_outcome_of, (key,))
        return rows[0] if rows else None

    def intend(self, intent: Intent) -> None:
        """Write down the change that is about to be written into the policy file; this survives a power cut."""
        event = json.dumps(row_of(intent.event))
        row = (*key_of(intent.subject), intent.entry, intent.tier, event, str(intent.replacement))

        def change(connection: sqlite3.Connection) -> None:
            query = "INSERT OR REPLACE INTO intent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            connection.execute(query, (*row, signed(intent.inode), intent.digest, intent.line, intent.key))

        self._change(change, durable=True)

    def intents(self) -> list[Intent]:
        """Return the open intents: it is not known whether they reached the policy file."""
        query = "SELECT triad, role, entry, tier, event, replacement, inode, digest, line, key FROM intent"
        return self._rows(query, intent_of)

    def settle(self, intent: Intent, *, happened: bool, stamp: Stamp | None = None) -> None:
        """Close an intent: add its event and its outcome and end the streak, or drop it if it has not `happened`.

        `stamp` is the stamp of the file as this program wrote it, None if another program may have changed the file
        since.
        """

        def change(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM intent WHERE triad = ? AND role = ?", key_of(intent.subject))
            if not happened:
                return
            add_event(connection, intent.event)
            keep_streak(connection, intent.subject, None)
            keep_entry(connection, intent.subject, intent.tier, None)
            if stamp is not None:
                keep_looked(connection, noticed=stamp, written=stamp)
            if intent.line is not None:
                add_outcome(connection, intent.line, intent.key, intent.event.reason)

        self._change(change)

    def rename(self, renaming: Renaming, replaced_files: AbstractContextManager[None]) -> int:
        """Rename in all that is kept, and return the number of rows that changed.

        The commit happens inside `replaced_files`. If that cannot be entered, nothing is renamed.
        """
        changed, is_replaced = 0, False

        def change(connection: sqlite3.Connection) -> None:
            nonlocal changed, is_replaced
            changed = rename_rows(connection, renaming)
            if not is_replaced:  # if the database turns out to be damaged, this is called again
                files.enter_context(replaced_files)
                is_replaced = True

        with ExitStack() as files:
            self._change(change, durable=True)
        return changed

    def notice(self, edits: Sequence[Edit], over: Collection[Subject], stamp: Stamp | None) -> None:
        """Record what people did to the entries of the file with this stamp, and end the streaks of `over`."""

        def change(connection: sqlite3.Connection) -> None:
            for edit in edits:
                keep_entry(connection, edit.subject, edit.tier, edit.owed)
                if edit.event is not None:
                    add_event(connection, edit.event)
            for subject in over:
                keep_streak(connection, subject, None)
            keep_looked(connection, noticed=stamp, written=None)

        self._change(change)

    def looked(self) -> tuple[str | None, str | None]:
        """Return the stamps of the policy file: when its entries were noticed last, and when this program wrote it."""
        query = "SELECT noticed, written FROM looked"
        rows = self._rows(query, lambda row: (maybe_text_of(row[0]), maybe_text_of(row[1])))
        return rows[0] if rows else (None, None)

    def entry(self, subject: Subject) -> str | None:
        """Return the entry of `subject` when the policy file was noticed last."""
        query = "SELECT tier FROM entry WHERE triad = ? AND role = ?"
        rows = self._rows(query, lambda row: maybe_text_of(row[0]), key_of(subject))
        return rows[0] if rows else None

    def known(self) -> dict[Subject, NoticedEntry]:
        """Return the entry of each subject when the policy file was noticed last, and the tier that people owe it."""
        query = "SELECT tier, owed, triad, role FROM entry"
        return dict(
            self._rows(
                query, lambda row: (subject_of(row[2:]), NoticedEntry(maybe_text_of(row[0]), maybe_text_of(row[1])))
            )
        )

    def removed_entries(self) -> dict[Subject, Event]:
        """Return the last event of each entry that people removed or lowered; its `from_tier` is the owed tier."""
        query = (
            f"SELECT {EVENT_COLUMNS}, owed FROM entry JOIN history USING (triad, role) "  # noqa: S608  a constant
            "WHERE owed IS NOT NULL AND id = (SELECT max(id) FROM history AS other WHERE other.triad = entry.triad "
            "AND other.role = entry.role AND other.what IN ('removed', 'edited'))"
        )
        events = self._rows(query, lambda row: replace(event_of(row[:-1]), from_tier=text_of(row[-1])))
        return {event.subject: event for event in events}

    def history(self, since: datetime | None = None, triad: str | None = None, most: int | None = None) -> list[Event]:
        """Return the newest `most` events from the time `since` on, and of `triad`, oldest first; None means all."""
        wanted = {"time >= ?": None if since is None else first_text(since), "triad = ?": triad}
        given = {condition: value for condition, value in wanted.items() if value is not None}
        where = f" WHERE {' AND '.join(given)}" if given else ""
        query = f"SELECT {EVENT_COLUMNS} FROM history{where} ORDER BY id DESC LIMIT ?"  # noqa: S608  constants

        def read(limit: int | None) -> list[Event]:
            return self._rows(query, event_of, [*given.values(), -1 if limit is None else limit])

        return newest_events(read, since, triad, most)

    def keep_provider_failure(self, failed: LastFailure) -> None:
        """Replace the last failure of a provider."""
        self._change(lambda connection: keep_provider_failure(connection, failed))

    def provider_failures(self) -> dict[str, LastFailure]:
        """Return the last failure of each provider."""
        return self._file.run(provider_failures)

    def outcomes(self, after: int, most: int) -> list[tuple[int, str]]:
        """Return a batch of recorded outcomes with their numbers, oldest first, from those after the number `after`."""
        return self._rows("SELECT id, line FROM outcome WHERE id > ? ORDER BY id LIMIT ?", outcome_of, (after, most))

    def take_over(self, other: Path) -> None:
        """Begin with the content of the database `other`, which an earlier version kept under another name.

        All of it is copied, or nothing. Nothing is copied from a damaged database.
        """
        part = self.path.with_name(f"{self.path.name}.part")
        try:
            check_regular(other)
            part.unlink(missing_ok=True)
            with closing(sqlite3.connect(other, timeout=0)) as old, closing(sqlite3.connect(part)) as new:
                old.backup(new, progress=_until(time.monotonic() + _SECONDS_TO_TAKE_OVER))
            part.replace(self.path)
        except (sqlite3.OperationalError, OSError) as error:
            raise ResolverError(f"cannot copy `{other}` to `{self.path}`: {masked(str(error))}") from error
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            _log.warning("`%s` is damaged (%s) and not taken over; streaks start again", other, error)
            return
        _log.info("`%s` goes on from `%s`", self.path, other)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._file.close()

    def _rows(self, query: str, read: Callable[[SqlRow], T], parameters: Sequence[object] = ()) -> list[T]:
        """Return the rows of a query, converted by `read`; a row that `read` refuses counts as damage."""
        return self._file.run(lambda connection: [read(row) for row in connection.execute(query, parameters)])

    def _change(self, change: Callable[[sqlite3.Connection], None], *, durable: bool = False) -> None:
        self._file.change(change, durable=durable)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.text_factory = decoded
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            raise ResolverError(f"`{self.path}` was written by a newer version of this program")
        if version != _VERSION:
            migrate(connection, version, _VERSION)
        check(connection)

    def _damaged(self, reason: str, aside: Path) -> None:
        _log.warning("`%s` is damaged (%s); it is kept as `%s`, and streaks start again", self.path, reason, aside.name)


def _until(end: float) -> Callable[[int, int, int], None]:
    """Return a callback that ends a copy at the time `end`, however long the database stays locked."""

    def check(_status: int, _left: int, _pages: int) -> None:
        if time.monotonic() > end:
            raise sqlite3.OperationalError("it is locked by another program")

    return check
