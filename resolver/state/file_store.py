"""The file store: entries in the policy file, streaks and history in SQLite beside it; one host, many processes.

The policy file is the only truth about entries. An entry is changed in four steps: the new file is written beside the
old file, an intent is written down, the two files exchange their names, and the intent is closed with a line of
history. If a process is killed in between, the next process sees from the names whether the exchange has happened.

A file with content from other programs is written into only when it is whole: quiet, not open for writing, and proven.
A report that escalates waits for that, for some seconds, without the lock.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from resolver.diagnostics import RequestError, ResolverError
from resolver.domain import Event, LastFailure, Outcome, Renaming, Standing, StoreHealth, Streak, Subject
from resolver.forks import RenewedLock
from resolver.serving.file_stamp import stamp_of
from resolver.serving.live_policy import LivePolicy
from resolver.serving.policy_text import PolicyText
from resolver.serving.quiet_file import NotNowError, Quiet, is_open_for_writing
from resolver.state.beside import Beside, earlier_database, note_of_renaming
from resolver.state.edits_by_people import edits_of, say
from resolver.state.file_access import why_not_writable
from resolver.state.journal import Journal
from resolver.state.journal_outcomes import line_of
from resolver.state.journal_rows import Intent
from resolver.state.origin import now, process_name
from resolver.state.process_lock import BusyError, ProcessLock
from resolver.state.replace import (
    NotDurableError,
    Replacement,
    digest_of,
    discard,
    settle_exchange,
)
from resolver.state.replaceable import why_not_replaceable
from resolver.state.store_protocol import WRITTEN, Change, Receipt
from resolver.table import Report

_log = logging.getLogger("resolver")
_LOCK_SECONDS = 30
_SOME = 10_000
_PATIENCE_SECONDS = 5.0
"""Seconds for which an escalation waits for a policy file that is being saved or proven."""
_VIEW_SECONDS = 2.0
"""Seconds for which a query of the state waits for a policy file that has just been saved."""
_POLL = 0.02


class FileStore:
    """The store of the policy in `live`."""

    def __init__(self, live: LivePolicy) -> None:
        self._live = live
        self._threads = RenewedLock()
        self._beside = Beside.of(self._state_file())
        self._journal = Journal(self._beside.database)
        self._text: PolicyText | None = None
        self._is_ours = False
        self._adopted: PolicyText | None = None
        self._closed: PolicyText | None = None
        self._unseen = True
        live.notify(self._noticed)
        if not live.fixed and (why := why_not_replaceable(self._state_file())):
            _log.warning("no escalation can be written into `%s`: %s", self._state_file(), why)
        self._noticed()

    def standing(self, subject: Subject) -> Standing:
        """Return the standing of `subject` now."""
        with self._locked():
            return self._standing(subject)

    def update(self, subject: Subject, decide: Callable[[Standing], Change | None]) -> None:
        """Change the standing of `subject`; see `Store.update`.

        Raises:
            ResolverError: The policy file was not whole within some seconds. Nothing has changed.
        """
        self._update(subject, decide)

    def record(self, report: Report, judgement: Callable[[Standing], Change | None]) -> Receipt:
        """Do what `Store.record` does; a file can always be reached."""
        first = self._update(report.subject, judgement, report.key)
        return WRITTEN if first is None else Receipt(is_written=True, is_repeat=True, first=first)

    @property
    def revision(self) -> None:
        """None: people change the file, too, and their changes are not counted."""

    def escalations(self) -> Mapping[Subject, str]:
        """Return all entries."""
        if not self._written():
            return dict(self._live.table.policy.model_tiers.escalation_state)
        with self._locked():
            return self._entries()

    def streaks(self) -> Mapping[Subject, Streak]:
        """Return all running streaks."""
        if not self._written():
            return {}
        with self._locked():
            entries, streaks = self._entries(), self._journal.streaks()
            return {subject: streak for subject, streak in streaks.items() if streak.entry == entries.get(subject)}

    def history(
        self, since: datetime | None = None, triad: str | None = None, most: int | None = None
    ) -> Sequence[Event]:
        """Return the newest `most` events from the time `since` on, and of `triad`, oldest first; None means all."""
        if not self._written():
            return []
        with self._locked():
            return self._journal.history(since, triad, most)

    def import_entries(self, entries: Mapping[Subject, str], reasons: Mapping[Subject, str]) -> NoReturn:
        """Raise ResolverError: entries in a policy file are edited in the file."""
        raise RequestError("importing entries needs a database; --state or RESOLVER_STATE says which")

    def outcomes(self) -> Iterator[str]:
        """Yield the recorded outcomes, oldest first, as lines of JSON. The lock is held for one batch at a time."""
        last = 0
        while self._written():
            with self._locked():
                batch = self._journal.outcomes(last, _SOME)
            yield from (line for _, line in batch)
            if len(batch) < _SOME:
                return
            last = batch[-1][0]

    def removed_entries(self) -> Mapping[Subject, Event]:
        """Return the entries that people removed from the policy file, or lowered in it."""
        if not self._written():
            return {}
        with self._locked():
            return self._journal.removed_entries()

    def rename(self, renaming: Renaming, replaced_files: AbstractContextManager[None]) -> int:
        """Rename in streaks, history and outcomes together with the policy's files.

        No other process learns anything in between. Returns the number of rows that changed.

        Args:
            renaming: What gets another name.
            replaced_files: Replaces the files; the commit happens inside, and an error puts the files back.

        Raises:
            ResolverError: The state or a file cannot be changed.
        """
        self._written()
        with self._held():
            self._text = None
            if not self._journal.path.exists():
                with replaced_files:
                    return 0
            self._catch_up()
            return self._journal.rename(renaming, replaced_files)

    def note_provider_failure(self, failed: LastFailure) -> None:
        """Note the last failure of a provider."""
        with self._locked():
            self._journal.keep_provider_failure(replace(failed, process=process_name()))

    def provider_failures(self) -> Mapping[str, LastFailure]:
        """Return the last failure of each provider."""
        if not self._written():
            return {}
        with self._locked():
            return self._journal.provider_failures()

    def health(self) -> StoreHealth:
        """Return whether the files can be written into, by looking at them; this takes no lock."""
        path = self._state_file()
        reason = "" if self._live.fixed else "; ".join(why_not_writable(path))
        return StoreHealth(kind="file", where=str(path), time=now(), reason=reason)

    def close(self) -> None:
        """Close the SQLite file."""
        with self._threads:
            self._journal.close()

    def _update(
        self, subject: Subject, decide: Callable[[Standing], Change | None], key: str | None = None
    ) -> Outcome | None:
        """Do what `update` does, unless an outcome has the kept key already: that one is returned then."""
        end, quiet = time.monotonic() + _PATIENCE_SECONDS, Quiet()
        while True:
            with self._locked():
                if key is not None and (first := self._journal.first_outcome(key)) is not None:
                    return first
                standing = self._standing(subject)
                change = decide(standing)
                if change is None:
                    return None
                if change.entry == standing.entry:
                    self._journal.keep(subject, change.streak, change.event, change.recorded)
                    return None
                try:
                    self._write(subject, standing.entry, change, quiet)
                except NotNowError as error:
                    if time.monotonic() >= end:
                        raise ResolverError(f"{error}; the entry was not written: try again") from error
                else:
                    return None
            self._wait(quiet, end)

    def _written(self) -> bool:
        """Return whether anything was ever written here; if not, a query leaves no file behind.

        If a person has just saved the file, this waits for a moment, so that a query shows the change.
        """
        if self._live.fixed:
            return False
        self._live.settle(_VIEW_SECONDS)
        return self._journal.path.exists() or self._earlier_database() is not None

    @contextmanager
    def _locked(self, seconds: float | None = None) -> Iterator[None]:
        """Hold the one lock of the policy file, with its entries up to date and no intent open.

        Other changes of the policy's files are loaded in the background, never while the lock is held.
        """
        with self._held(seconds):
            self._catch_up()
            yield

    @contextmanager
    def _held(self, seconds: float | None = None) -> Iterator[None]:
        """Hold the lock; the entries may be out of date, and an intent open."""
        seconds = _LOCK_SECONDS if seconds is None else seconds
        if self._live.fixed:
            where = "`resolver init DIR` makes one that is yours"
            raise RequestError(f"the shipped policy `{self._live.path}` is read-only; {where}")
        self._live.check_files()
        if not self._threads.acquire(timeout=seconds):
            raise BusyError(f"another thread has held the policy's lock for {seconds:g} seconds")
        try:
            lock = self._acquired(seconds)
            try:
                yield
            finally:
                lock.release()
        finally:
            self._threads.release()

    def _acquired(self, seconds: float) -> ProcessLock:
        """Take the lock of the file that holds the entries, and use the database beside it."""
        while True:
            beside = Beside.of(self._state_file())
            lock = ProcessLock(beside.lock, directory=True)
            lock.acquire(seconds)
            if Beside.of(self._state_file()) == beside:
                break
            lock.release()  # a link has a new target
        try:
            if beside != self._beside:
                self._journal.close()
                self._beside, self._journal = beside, Journal(beside.database)
                self._text, self._unseen = None, True
            if not beside.database.exists() and (earlier := self._earlier_database()) is not None:
                self._journal.take_over(earlier)
        except BaseException:
            lock.release()
            raise
        return lock

    def _earlier_database(self) -> Path | None:
        """Return the database that earlier versions kept under another name, if there is one."""
        earlier = earlier_database(self._live.path)
        return earlier if earlier != self._journal.path and earlier.exists() else None

    def _standing(self, subject: Subject) -> Standing:
        is_known = self._current() is not None
        entry = self._entry(subject)
        streak = self._journal.streak(subject)
        standing = Standing.of(entry, streak)
        if is_known and streak is not None and standing.streak is None:
            self._journal.keep(subject, None)
        return standing

    def _entry(self, subject: Subject) -> str | None:
        if (text := self._current()) is not None:
            return text.entries.get(subject)
        if self._journal.looked()[0] is not None:
            return self._journal.entry(subject)
        return self._live.table.policy.model_tiers.escalation_state.get(subject)

    def _entries(self) -> dict[Subject, str]:
        """Return the entries of the policy file; while it is being saved or proven, its entries before that."""
        if (text := self._current()) is not None:
            return dict(text.entries)
        if self._journal.looked()[0] is not None:
            return {subject: entry.tier for subject, entry in self._journal.known().items() if entry.tier is not None}
        return dict(self._live.table.policy.model_tiers.escalation_state)

    def _current(self) -> PolicyText | None:
        """Return the text of the file that holds the entries if it is whole: in force, or written by this program."""
        text = self._read()
        if text is None or not (self._is_ours or (self._live.catch_up(text) and self._is_closed(text))):
            return None
        return text

    def _is_closed(self, text: PolicyText) -> bool:
        """Return whether `text` was read while no program had its file open for writing, so that it is complete."""
        if self._closed is not text and not is_open_for_writing(text.path):
            self._closed = text
        return self._closed is text

    def _read(self) -> PolicyText | None:
        """Return the text of the file that holds the entries, read again after a change; None if unreadable."""
        path = self._state_file()
        stamp = stamp_of(path)
        if self._text is None or self._text.path != path or self._text.stamp != stamp:
            self._text, self._is_ours = None, False
            try:
                self._text = PolicyText.read(path)
            except ResolverError:  # reported when the file is loaded or written into
                return None
            self._unseen = True
            self._is_ours = self._text.stamp is not None and self._journal.looked()[1] == str(self._text.stamp)
        return self._text

    def _whole(self, quiet: Quiet) -> PolicyText:
        """Return the text of the file that holds the entries, to write into it; NotNowError if it may not be whole."""
        text, path = self._read(), self._state_file()
        if text is not None and self._is_ours:
            return text
        if quiet.seconds_left(path) > 0:
            raise NotNowError(f"`{path}` has just been saved, and perhaps not all of it")
        if text is None:
            text = PolicyText.read(path)  # raises what is wrong with the file
        if stamp_of(path) != text.stamp:
            raise NotNowError(f"`{path}` has just been saved, and perhaps not all of it")
        if not self._live.catch_up(text):
            if self._live.has_refused(text):
                raise NotNowError(f"`{path}` is refused as it is now; `resolver check` shows why")
            raise NotNowError(f"`{path}` says something else now, which has not been proven yet")
        return text

    def _wait(self, quiet: Quiet, end: float) -> None:
        """Wait, without the lock, until the policy file may be whole, and its content is in force or refused."""
        while (now := time.monotonic()) < end:
            try:
                left = quiet.seconds_left(self._state_file())
            except NotNowError:
                left = _POLL
            time.sleep(min(max(left, _POLL / 4), _POLL, end - now))  # also if only a refused policy is in the way
            if left <= 0:
                break
        self._live.settle(max(0.0, end - time.monotonic()))

    def _write(self, subject: Subject, entry: str | None, change: Change, quiet: Quiet) -> None:
        """Write an entry into the policy file; NotNowError, with nothing changed, if the file is not whole."""
        old = self._whole(quiet)
        if self._journal.looked()[0] != str(old.stamp):
            self._unseen = True  # the next attempt first records what people did
            raise NotNowError(f"`{old.path}` has just been loaded")
        new = old.with_entry(subject, change.entry, whole=self._live.path.is_dir())
        event = change.event or Event("escalate", subject, now(), entry, change.entry, process=process_name())
        replacement = Replacement(old.path, new.content)
        digest = digest_of(old.content)
        intent = Intent(subject, entry, change.entry, event, replacement.new, replacement.inode, digest)
        if (recorded := change.recorded) is not None:
            intent = replace(intent, line=line_of(recorded), key=recorded.key)
        undurable = None
        try:
            self._journal.intend(intent)
        except ResolverError:
            replacement.discard()
            raise
        try:
            stamp = replacement.swap(old.content)
        except NotDurableError as error:
            stamp, undurable = None, error
        except ResolverError:
            self._text = None
            self._journal.settle(intent, happened=False)
            replacement.discard()
            raise
        self._text, self._is_ours = replace(new, stamp=stamp), stamp is not None
        self._live.entry_written(subject, change.entry, old, self._text)
        try:
            self._journal.settle(intent, happened=True, stamp=stamp)
        except ResolverError as error:
            _log.error("the entry `%s` is written, but not yet in the history: %s", subject, error)
        if undurable is not None:
            raise undurable

    def _catch_up(self) -> None:
        """Take over what other processes and people have written since the last time."""
        for intent in self._journal.intents():
            try:
                happened = settle_exchange(self._beside.path, intent.inode, intent.digest)
            except OSError as error:
                message = f"cannot finish a write of `{self._beside.path}` that was cut off: {error.strerror or error}"
                raise ResolverError(message) from error
            self._journal.settle(intent, happened=happened)
            self._unseen = True
        text = self._read()
        if not self._unseen:
            return
        discard(self._beside.new)  # a kill before there was an intent leaves this
        if text is None:
            return
        if not self._live.catch_up(text):
            self._adopt(text)
        if self._current() is not None:
            self._notice(text)

    def _adopt(self, text: PolicyText) -> None:
        """Put entries in force that other processes have learned while the rest of the file is not in force yet."""
        if text is self._adopted:
            return
        tiers, entries = self._live.table.policy.model_tiers, {}
        for subject, entry in self._journal.known().items():
            is_one = entry.tier is None or entry.tier in tiers.ladder.tiers
            if is_one and entry.tier == text.entries.get(subject) != tiers.escalation_state.get(subject):
                entries[subject] = entry.tier
        self._live.adopt(entries, text)
        self._adopted = text

    def _notice(self, text: PolicyText) -> None:
        """Record what people did to the entries, and end the streaks that began under other entries."""
        if note_of_renaming(self._live.path).exists():
            return  # the new names in the file are no edits by a person; the same `resolver rename` must finish first
        noticed, stamp = self._journal.looked()[0], text.stamp
        if stamp is not None and noticed != str(stamp):
            policy = self._live.table.policy
            last_entries, is_first = self._journal.known(), noticed is None
            ladder, revision = policy.model_tiers.ladder, policy.revision
            edits = edits_of(last_entries, text.entries, ladder, revision=revision, is_first=is_first)
            streaks = self._journal.streaks()
            over = [subject for subject, streak in streaks.items() if streak.entry != text.entries.get(subject)]
            self._journal.notice(edits, over, stamp)
            say(edits, self._state_file())
        self._unseen = False

    def _noticed(self) -> None:
        """Record what people did, after the files have changed, if the store can be used now."""
        self._unseen = True
        if self._live.fixed or not (self._journal.path.exists() or self._earlier_database()):
            return
        try:
            with self._locked(seconds=0):
                pass
        except BusyError:
            pass  # the holder of the lock does this, or the next process that takes it
        except ResolverError as error:
            _log.error("%s", error)

    def _state_file(self) -> Path:
        return self._live.table.policy.state_file
