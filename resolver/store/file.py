"""The file store: entries in the policy file, streaks and history in SQLite beside it; one host, many processes.

The policy file is the only truth about entries. An entry is changed in four steps: the new file is written beside the
old, an intent is written down, the new file takes the place of the old, the intent is closed with a line of history. A
kill before the third leaves the new file lying there, a kill after it does not: so the next process that takes the lock
knows whether the intent has happened, whatever people have done to the policy file since.
"""

from __future__ import annotations

import logging
import os
import shlex
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from resolver.diagnostics import ResolverError
from resolver.domain import Event, Standing, Streak, Subject
from resolver.locks import RenewedLock
from resolver.store.journal import Journal
from resolver.store.live import LivePolicy
from resolver.store.policy_lock import BusyError, acquired
from resolver.store.protocol import Change
from resolver.store.records import Intent
from resolver.store.replace import Replacement, discard, leftover, stamp_of
from resolver.store.text import PolicyText
from resolver.table import Report

_log = logging.getLogger("resolver")
_LOCK_SECONDS = 30
_SOME = 10_000
_TRIES = 20
"""How often a change begins anew because a person saved the file meanwhile."""


class FileStore:
    """The store of the policy that `live` holds."""

    def __init__(self, live: LivePolicy) -> None:
        self._live = live
        path = live.path
        beside = path / ".resolver" if path.is_dir() else path.with_name(f"{path.name}.resolver")
        self._lock_path = Path(f"{beside}.lock")
        self._journal = Journal(Path(f"{beside}.db"))
        self._threads = RenewedLock()
        self._text: PolicyText | None = None
        self._adopted: PolicyText | None = None
        self._unseen = True
        live.notify(self._noticed)
        self._noticed()

    def standing(self, subject: Subject) -> Standing:
        """Return where `subject` stands now."""
        with self._locked():
            return self._standing(subject)

    def update(self, subject: Subject, decide: Callable[[Standing], Change | None]) -> None:
        """Change where `subject` stands; see `Store.update`."""
        with self._locked():
            for _ in range(_TRIES):
                standing = self._standing(subject)
                change = decide(standing)
                if change is None:
                    return
                if change.entry == standing.entry:
                    self._journal.keep(subject, change.streak, change.event, change.recorded)
                    return
                if self._write(subject, standing.entry, change):
                    return
        raise ResolverError(f"`{self._state_file()}` is being changed all the time; the entry was not written")

    def take(self, report: Report, decide: Callable[[Standing], Change | None]) -> bool:
        """Do for an outcome what `update` does."""
        self.update(report.subject, decide)
        return True

    @property
    def revision(self) -> None:
        """Return None: people change the file, too, and nobody counts that."""

    def escalations(self) -> Mapping[Subject, str]:
        """Return all entries."""
        if not self._written():
            return dict(self._live.table.policy.model_tiers.escalation_state)
        with self._locked():
            return dict(self._read().entries)

    def streaks(self) -> Mapping[Subject, Streak]:
        """Return all running streaks."""
        if not self._written():
            return {}
        with self._locked():
            entries = self._read().entries
            streaks = self._journal.streaks()
            return {subject: streak for subject, streak in streaks.items() if streak.entry == entries.get(subject)}

    def history(self) -> Sequence[Event]:
        """Return all events, oldest first."""
        if not self._written():
            return []
        with self._locked():
            return self._journal.history()

    def outcomes(self) -> Iterator[str]:
        """Yield the recorded outcomes, oldest first, as lines of JSON; the lock is held for some at a time."""
        last = 0
        while self._written():
            with self._locked():
                found = self._journal.outcomes(last, _SOME)
            yield from (line for _, line in found)
            if len(found) < _SOME:
                return
            last = found[-1][0]

    def lost(self) -> Mapping[Subject, Event]:
        """Return the entries that a person took out of the policy file."""
        if not self._written():
            return {}
        with self._locked():
            entries = self._read().entries
            latest = self._journal.latest()
            return {s: event for s, event in latest.items() if event.what == "removed" and s not in entries}

    def close(self) -> None:
        """Let go of the SQLite file."""
        with self._threads:
            self._journal.close()

    def _written(self) -> bool:
        """Tell whether anything was ever written here; if not, looking leaves no file behind."""
        if self._live.fixed:
            return False
        self._live.notice()
        return self._journal.path.exists()

    @contextmanager
    def _locked(self, seconds: float | None = None) -> Iterator[None]:
        """Hold the policy's one lock, with the entries as their file says now, and no intent open.

        What else has changed in the policy's files is loaded in the background: while the lock is held, nothing is.
        """
        seconds = _LOCK_SECONDS if seconds is None else seconds
        if self._live.fixed:
            where = "`resolver init DIR` makes one that is yours"
            raise ResolverError(f"the shipped policy `{self._live.path}` is read-only; {where}")
        self._live.notice()
        if not self._threads.acquire(timeout=seconds):
            raise BusyError(f"another thread has held the policy's lock for {seconds:g} seconds")
        try:
            lock = acquired(self._lock_path, seconds)
            try:
                self._catch_up()
                yield
            finally:
                lock.release()
        finally:
            self._threads.release()

    def _standing(self, subject: Subject) -> Standing:
        entry = self._read().entries.get(subject)
        streak = self._journal.streak(subject)
        if streak is not None and streak.entry != entry:
            self._journal.keep(subject, None)
            streak = None
        return Standing(entry, streak)

    def _write(self, subject: Subject, entry: str | None, change: Change) -> bool:
        """Write an entry into the policy file; False if the file was changed meanwhile, and nothing was."""
        old = self._read()
        new = old.with_entry(subject, change.entry)
        event = change.event or Event("escalate", subject, now(), entry, change.entry, process=process_name())
        replacement = Replacement(old.path, new.content)
        intent = Intent(subject, entry, change.entry, event, replacement.new)
        try:
            self._journal.intend(intent)
        except ResolverError:
            replacement.discard()
            raise
        # From here to the swap some microseconds pass, in which an editor, which takes no lock, could save unseen.
        if not replacement.replaces(old.content):
            self._journal.settle(intent, happened=False)
            replacement.discard()
            self._text = None
            return False
        try:
            replacement.swap()
        except ResolverError:
            self._journal.settle(intent, happened=False)
            replacement.discard()
            raise
        self._text = replace(new, stamp=replacement.stamp)
        self._live.entered(subject, change.entry, old, self._text)
        try:
            self._journal.settle(intent, happened=True, recorded=change.recorded)
        except ResolverError as error:
            _log.error("the entry `%s` is written, but not yet in the history: %s", subject, error)
        return True

    def _catch_up(self) -> None:
        """Take over what processes and people have written since the last time."""
        try:
            text = self._read()
        except ResolverError:  # said to those who need the entries
            text = None
        self._settle()
        if self._unseen and text is not None:
            if self._live.catch_up(text):
                self._find_removed(text)
            else:
                self._adopt(text)

    def _settle(self) -> None:
        """Close the intents that a killed process has left."""
        for intent in self._journal.intents():
            happened = not intent.replacement.exists()
            self._journal.settle(intent, happened=happened)
            if not happened:
                discard(intent.replacement)
            self._unseen = True
        if self._unseen:  # a kill before there was an intent leaves this
            discard(leftover(self._state_file()))

    def _adopt(self, text: PolicyText) -> None:
        """Take over what other processes have learned while the policy's files are being proven, or are refused."""
        if text is self._adopted:
            return
        tiers, found = self._live.table.policy.model_tiers, {}
        for subject, event in self._journal.latest().items():
            entry = text.entries.get(subject)
            is_one = entry is None or entry in tiers.ladder.tiers
            if is_one and event.to_tier == entry != tiers.escalation_state.get(subject):
                found[subject] = entry
        self._live.adopt(found, text)
        self._adopted = text

    def _noticed(self) -> None:
        """Look for entries that a person took out, after the files have changed, if the store can be used now."""
        self._unseen = True
        if self._live.fixed or not self._journal.path.exists():
            return
        try:
            with self._locked(seconds=0):
                pass
        except BusyError:
            pass  # whoever holds the lock looks, or the next one to take it does
        except ResolverError as error:
            _log.error("%s", error)

    def _find_removed(self, text: PolicyText) -> None:
        """Look for entries that people took out or changed, and end the streaks that began under others."""
        entries = text.entries
        for subject, streak in self._journal.streaks().items():
            if streak.entry != entries.get(subject):
                self._journal.keep(subject, None)
        for subject, event in self._journal.latest().items():
            if event.what == "removed" or event.to_tier is None or subject in entries:
                continue
            removed = Event("removed", subject, now(), from_tier=event.to_tier, process=process_name())
            self._journal.keep(subject, None, removed)
            _log.warning(
                "the escalation of `%s` to %s was taken out of %s; `resolver state restore %s %s` brings it back",
                subject,
                event.to_tier,
                self._state_file(),
                shlex.quote(subject.triad),
                shlex.quote(subject.role),
            )
        self._unseen = False

    def _read(self) -> PolicyText:
        """Return the text of the file that holds the entries, read again only if it has changed."""
        path = self._state_file()
        if self._text is None or self._text.path != path or self._text.stamp != stamp_of(path):
            text = PolicyText.read(path)
            if text.is_empty and not self._live.catch_up(text):
                raise ResolverError(f"`{path}` is empty now; if it is just being saved, try again")
            self._text, self._unseen = text, True
        return self._text

    def _state_file(self) -> Path:
        return self._live.table.policy.state_file


def now() -> datetime:
    """Return the time of an event, in UTC."""
    return datetime.now(UTC)


def process_name() -> str:
    """Return host and process id, as the history has them."""
    return f"{socket.gethostname()}:{os.getpid()}"
