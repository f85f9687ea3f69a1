"""The policy in force: its decision table, and the operations that replace it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from math import inf
from pathlib import Path

from resolver.diagnostics import keep_known
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
    """The decision table that answers requests, and the files that it was loaded from.

    One assignment replaces `table`, under `lock`. A report waits for `lock` alone, which is held for moments.
    `_publishing` is held while a new policy is put in force and the listeners are called; it is taken before `lock`.
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
        """Whether the files were changed to something that is refused, so that an older policy is in force."""
        return self._refused is not None

    def notify(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever the policy has been loaded again, in the thread that loaded it."""
        self._listeners.append(listener)

    def forget_listeners(self) -> None:
        """Remove all listeners."""
        self._listeners.clear()

    def set_overlay(self, over: Callable[[DecisionTable], DecisionTable]) -> None:
        """Let `over` determine the entries in force, now and whenever the files have been loaded again."""
        with self.lock:
            self._over = over
            self.table = over(self.table)

    def change(self, change: Callable[[DecisionTable], DecisionTable]) -> None:
        """Replace the table by the result of `change`, while no other thread can replace it."""
        with self.lock:
            self.table = change(self.table)

    def catch_up(self, text: PolicyText) -> bool:
        """Return whether `text`, the content of the file that holds the entries, is in force.

        If not, it has not been proven yet, or it is refused: its rules and rows may differ from those in force.
        """
        return text.text == self._files.text

    def has_refused(self, text: PolicyText) -> bool:
        """Return whether `text`, the content of the file that holds the entries, was loaded and refused."""
        return self._refused is not None and self._refused.saw(text)

    def adopt(self, entries: Mapping[Subject, str | None], text: PolicyText) -> None:
        """Put entries of `text` in force, which itself is not in force. None means that there is no entry."""
        with self.lock:
            if entries and stamp_of(text.path) == text.stamp:
                self.table = self.table.with_entries(entries)

    def entry_written(self, subject: Subject, tier: str | None, before: PolicyText, after: PolicyText) -> None:
        """Put an entry in force that this process has just written into the file that had the content `before`."""
        with self.lock:
            # Otherwise another program has saved the file since, and that may be loaded already.
            if stamp_of(after.path) == after.stamp:
                self.table = self.table.with_entry(subject, tier)
            for files in {self._files, self._proving, self._refused}:
                if files is not None:
                    files.wrote(before, after)

    def _publish(
        self, files: FilesRead, table: DecisionTable, old: DecisionTable | None, proof: Proof | None = None
    ) -> DecisionTable | None:
        """Put `table` in force, with the entries that `old` got meanwhile; return None if it was dropped."""
        with self._publishing:
            with self.lock:
                if files.dropped:
                    return None
                if self._over is not None:
                    table = self._over(table)
                elif old is not None and (files.moved or not files.are_seen()):  # else the files have all entries
                    table = _with_changes(table, old, self.table)
                # If a fork comes between these, its child loads the policy once more.
                self.table = table
                self.proof = proof or self.proof
                self._refused, self._refusal = None, ""
                self._files = files
            if old is not None and old.policy.revision != table.policy.revision:
                _log.info("policy %s was changed: revision %s is in force", self.path, table.policy.revision)
            keep_known(model for tier in table.policy.model_tiers.tiers.values() for model in tier.providers.values())
            self.call_listeners()
        return table

    def _refuse(self, files: FilesRead, error: Exception) -> bool:
        """Keep the policy in force although its files have changed; return whether the reason is new."""
        with self.lock:
            if files.dropped:
                return False
            is_news = str(error) != self._refusal  # an escalation that changes a bad file again gives no new reason
            self._refused, self._refusal = files, str(error)
        return is_news

    def call_listeners(self) -> None:
        """Call the listeners. They take locks of their own, so never hold `lock` meanwhile."""
        for listener in self._listeners:
            try:
                listener()
            except Exception:
                _log.exception("after the policy %s was read again", self.path)

    def _warn(self, table: DecisionTable, old: DecisionTable | None) -> None:
        """Log the warnings of a policy, one line for each code, if they differ from those of `old`."""
        warnings = _warnings(table)
        if old is None or warnings != _warnings(old):
            for code, count in sorted(warnings.items()):
                _policy_log.warning("policy %s: %d × %s; `resolver check` shows them", self.path, count, code)


def _with_changes(table: DecisionTable, old: DecisionTable, new: DecisionTable) -> DecisionTable:
    """Return `table` with the entries that differ between `old` and `new`."""
    before, after = (each.policy.model_tiers.escalation_state for each in (old, new))
    if before is after:
        return table
    changed = {s: after.get(s) for s in before.keys() | after.keys() if before.get(s) != after.get(s)}
    tiers = (None, *table.policy.model_tiers.ladder.tiers)  # the loader refuses an entry that is not a tier any more
    return table.with_entries({subject: tier for subject, tier in changed.items() if tier in tiers})


def _warnings(table: DecisionTable) -> Counter[str]:
    return Counter(warning.code for warning in table.policy.warnings)
