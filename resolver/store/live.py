"""The policy in force, and whether its files still say so."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from math import inf
from pathlib import Path

from resolver.diagnostics import Level, PolicyError, ResolverError
from resolver.domain import Policy, Subject
from resolver.loader import load_policy, policy_files
from resolver.locks import RenewedLock
from resolver.prover import NOTHING_PROVEN, Proof, prove
from resolver.store.replace import Stamp, stamp_of
from resolver.table import DecisionTable, compile_table
from resolver.telemetry import count_refused, span

_log = logging.getLogger("resolver")
_policy_log = logging.getLogger("resolver.policy")
_SECONDS_BETWEEN_LOOKS = 1.0
_TOO_RECENT = 100_000_000
"""Nanoseconds: a file that changed less than this before it was read may change again without showing it."""

Stamps = dict[Path, Stamp | None]


class LivePolicy:
    """A policy that follows its files.

    `table` is the decision table in force, replaced in one assignment. Whoever serves requests calls `look` once
    `next_look` (a time of the monotonic clock) has come; no thread does, for none would survive a fork.
    """

    def __init__(
        self,
        path: Path,
        *,
        fixed: bool = False,
        prover: Callable[[DecisionTable], Proof] = prove,
        load: Callable[[Path], Policy] = load_policy,
    ) -> None:
        """Load and prove the policy at `path`; a `fixed` one is never looked at again.

        Raises what `load_policy` raises, and PolicyError for what the prover finds.
        """
        self.path = path
        self.fixed = fixed
        self._prove = prover
        self._policy_of = load
        self._lock = RenewedLock()
        self._stamps: Stamps = {}
        self._refused: Stamps | None = None
        self._refusal = ""
        self._moved = False
        self._listeners: list[Callable[[], None]] = []
        self._over: Callable[[DecisionTable], DecisionTable] = _as_written
        self.next_look = inf
        self.proof = NOTHING_PROVEN
        self.table = self._load(None)
        self._look_later()

    @property
    def refused(self) -> bool:
        """Whether the files say something that cannot be taken over, so that an older policy is in force."""
        return self._refused is not None

    def notify(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever the policy has been read again, other than by `follow`, whose caller is told."""
        self._listeners.append(listener)

    def lay_over(self, over: Callable[[DecisionTable], DecisionTable]) -> None:
        """Let `over` say what entries are in force, now and whenever the files have been read again."""
        with self._lock:
            self._over = over
            self.table = over(self.table)

    def change(self, change: Callable[[DecisionTable], DecisionTable]) -> None:
        """Replace the table by what `change` makes of it; nothing else replaces it meanwhile."""
        with self._lock:
            self.table = change(self.table)

    def look(self) -> None:
        """Take the policy over if its files have changed; if they are bad, say so once and go on with the old one."""
        if not self._lock.acquire(blocking=False):
            return  # another thread is looking
        try:
            self._look_later()
            changed = self.follow()
        finally:
            self._lock.release()
        if changed:
            self._tell()

    def follow(self) -> bool:
        """Do what `look` does, now, and tell whether the files had changed."""
        with self._lock:
            stamps = None if self.fixed else _stamps(self.path)
            if stamps is None or stamps == self._refused:
                return False
            if stamps == self._stamps:  # perhaps again, after a bad edit was taken back
                self._refused = None
                return False
            try:
                self.table = self._load(self.table)
            except ResolverError as error:
                self._refused = stamps
                count_refused()
                if str(error) != self._refusal:  # said once, although an escalation changes a file again
                    message = "policy %s was changed and is refused; the old one stays in force:\n%s"
                    _log.error(message, self.path, error)
                self._refusal = str(error)
            return True

    def settle_places(self) -> None:
        """Read the policy again if this process has written an entry since, which moves what stands below it."""
        with self._lock:
            stale = self._moved and not self.refused
            if stale:
                self._stamps = {}
                self.follow()
        if stale:
            self._tell()

    def reload(self) -> None:
        """Load the policy again and take it over; raises what `load_policy` raises, and keeps the old one then."""
        with self._lock:
            try:
                self.table = self._load(self.table)
            except ResolverError:
                count_refused()
                raise
        self._tell()

    def entered(self, subject: Subject, tier: str | None, path: Path, stamp: Stamp | None) -> None:
        """Take over an entry that this process has just written into the file at `path`, which now has this stamp."""
        with self._lock:
            self.table = self.table.with_entry(subject, tier)
            self._moved = True
            for stamps in (self._stamps, self._refused or {}):
                if path in stamps:
                    stamps[path] = stamp

    def _tell(self) -> None:
        """Call the listeners, which take locks of their own: never while this one is held."""
        for listener in self._listeners:
            listener()

    def _load(self, old: DecisionTable | None) -> DecisionTable:
        with span("load", path=str(self.path)) as told:
            table = self._read(old)
            told["revision"] = table.policy.revision
        return table

    def _read(self, old: DecisionTable | None) -> DecisionTable:
        stamps = _stamps(self.path)
        now = time.time_ns()
        table = compile_table(self._policy_of(self.path), old)
        proof = self._prove(table)
        found = sorted((*table.policy.warnings, *proof.diagnostics), key=lambda one: one.sort_key)
        if any(one.level is Level.ERROR for one in found):
            raise PolicyError(found)
        table = replace(table, policy=replace(table.policy, warnings=tuple(found)))
        if old is None or _warnings(table) != _warnings(old):
            for code, count in sorted(_warnings(table).items()):
                _policy_log.warning("policy %s: %d × %s; `resolver check` shows them", self.path, count, code)
        recent = {path for path, stamp in stamps.items() if stamp and 0 <= now - stamp[1] < _TOO_RECENT}
        self._stamps = {path: None if path in recent else stamp for path, stamp in stamps.items()}
        self._refused, self._refusal, self._moved = None, "", False
        self.proof = proof
        return self._over(table)

    def _look_later(self) -> None:
        self.next_look = inf if self.fixed else time.monotonic() + _SECONDS_BETWEEN_LOOKS


def _as_written(table: DecisionTable) -> DecisionTable:
    return table


def _warnings(table: DecisionTable) -> Counter[str]:
    return Counter(found.code for found in table.policy.warnings)


def _stamps(path: Path) -> Stamps:
    try:
        return {file: stamp_of(file) for file in policy_files(path)}
    except ResolverError:
        return {}
