"""The policy in force: its decision table, and what replaces it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from math import inf
from pathlib import Path

from resolver.domain import Subject
from resolver.forks import RenewedLock
from resolver.prover import NOTHING_PROVEN, Proof
from resolver.serving.file_stamp import stamp_of
from resolver.serving.files_read import FilesRead
from resolver.serving.policy_text import PolicyText
from resolver.table import DecisionTable

_log = logging.getLogger("resolver")
_policy_log = logging.getLogger("resolver.policy")


class InForce:
    """The decision table that requests are answered with, and the files that it was loaded from.

    `table` is replaced in one assignment, under `lock`, which is held for moments only: it is all that a report can
    wait for. `_publishing` is held while a policy that was loaded is put in force and told of, and is taken first.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.next_poll = inf
        self.proof = NOTHING_PROVEN
        self.table: DecisionTable
        self._publishing, self.lock = RenewedLock(), RenewedLock()
        self._files = FilesRead(path)
        self._proving: FilesRead | None = None
        self._refused: FilesRead | None = None
        self._refusal = ""
        self._listeners: list[Callable[[], None]] = []
        self._over: Callable[[DecisionTable], DecisionTable] | None = None

    @property
    def refused(self) -> bool:
        """Whether the files say something that cannot be taken over, so that an older policy is in force."""
        return self._refused is not None

    def notify(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever the policy has been read again, in the thread that has read it."""
        self._listeners.append(listener)

    def forget_listeners(self) -> None:
        """Call no listener any more that was added until now."""
        self._listeners.clear()

    def set_overlay(self, over: Callable[[DecisionTable], DecisionTable]) -> None:
        """Let `over` say what entries are in force, now and whenever the files have been read again."""
        with self.lock:
            self._over = over
            self.table = over(self.table)

    def change(self, change: Callable[[DecisionTable], DecisionTable]) -> None:
        """Replace the table by what `change` makes of it; nothing else replaces it meanwhile."""
        with self.lock:
            self.table = change(self.table)

    def catch_up(self, text: PolicyText) -> bool:
        """Tell whether `text`, of the file that holds the entries, is in force.

        If not, its rules and rows may be others than those in force: it has not been proven yet, or is refused.
        """
        return text.text == self._files.text

    def has_refused(self, text: PolicyText) -> bool:
        """Tell whether `text`, of the file that holds the entries, was loaded and is refused."""
        return self._refused is not None and self._refused.saw(text)

    def adopt(self, entries: Mapping[Subject, str | None], text: PolicyText) -> None:
        """Put entries (None: that there is none) of `text` in force, which is not in force itself."""
        with self.lock:
            if entries and stamp_of(text.path) == text.stamp:
                self.table = self.table.with_entries(entries)

    def entry_written(self, subject: Subject, tier: str | None, before: PolicyText, after: PolicyText) -> None:
        """Take over an entry that this process has just written into the file that said `before`."""
        with self.lock:
            if stamp_of(after.path) == after.stamp:  # else people have saved it since, and that may be loaded already
                self.table = self.table.with_entry(subject, tier)
            for files in {self._files, self._proving, self._refused}:
                if files is not None:
                    files.wrote(before, after)

    def _publish(
        self, files: FilesRead, table: DecisionTable, old: DecisionTable | None, proof: Proof | None = None
    ) -> DecisionTable | None:
        """Put `table`, with the entries that `old` got meanwhile, in force and tell of it; None if it was dropped."""
        with self._publishing:
            with self.lock:
                if files.dropped:
                    return None
                if self._over is not None:
                    table = self._over(table)
                elif old is not None and (files.moved or not files.are_seen()):  # else the files have it all
                    table = _with_changes(table, old, self.table)
                # A fork may come between these: its child then loads the policy once more.
                self.table = table
                self.proof = proof or self.proof
                self._refused, self._refusal = None, ""
                self._files = files
            self.call_listeners()
        return table

    def _refuse(self, files: FilesRead, error: Exception) -> bool:
        """Keep the policy in force although its files say something else; tell whether that is news."""
        with self.lock:
            if files.dropped:
                return False
            is_news = str(error) != self._refusal  # it is none when an escalation changes a bad file again
            self._refused, self._refusal = files, str(error)
        return is_news

    def call_listeners(self) -> None:
        """Call the listeners, which take locks of their own: never while `lock` is held."""
        for listener in self._listeners:
            try:
                listener()
            except Exception:
                _log.exception("after the policy %s was read again", self.path)

    def _warn(self, table: DecisionTable, old: DecisionTable | None) -> None:
        """Log the warnings of a policy, one line for each code, if there were others before."""
        warnings = _warnings(table)
        if old is None or warnings != _warnings(old):
            for code, count in sorted(warnings.items()):
                _policy_log.warning("policy %s: %d × %s; `resolver check` shows them", self.path, count, code)


def _with_changes(table: DecisionTable, old: DecisionTable, new: DecisionTable) -> DecisionTable:
    """Return `table` with the entries that are others in `new` than in `old`."""
    before, after = (each.policy.model_tiers.escalation_state for each in (old, new))
    if before is after:
        return table
    changed = {s: after.get(s) for s in before.keys() | after.keys() if before.get(s) != after.get(s)}
    tiers = (None, *table.policy.model_tiers.ladder.tiers)  # an entry that is no tier any more is refused when read
    return table.with_entries({subject: tier for subject, tier in changed.items() if tier in tiers})


def _warnings(table: DecisionTable) -> Counter[str]:
    return Counter(found.code for found in table.policy.warnings)
