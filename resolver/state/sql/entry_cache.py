"""The entries of the database in this process's memory, which replace those of the policy file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from resolver.domain import Standing, Subject
from resolver.forks import RenewedLock
from resolver.serving.live_policy import LivePolicy
from resolver.state.sql.database import Entry
from resolver.state.sql.sql_rows import Stored
from resolver.table import DecisionTable

_log = logging.getLogger("resolver")
_NO_ENTRIES: Mapping[Subject, str] = MappingProxyType({})


class EntryCache:
    """The entries of the database, by subject, each with its generation: the highest generation counts.

    It is changed under `lock` and read without it.
    """

    def __init__(self, live: LivePolicy, changed: Callable[[int], Iterator[Entry]]) -> None:
        """Follow `changed`, which yields the entries that have changed after a revision of the state."""
        self.revision = 0
        self.lock = RenewedLock()
        self._changed = changed
        self._live = live
        self._held: dict[Subject, tuple[int, str | None]] = {}
        self._pairs: dict[tuple[int, str | None], tuple[int, str | None]] = {}
        self._written: Mapping[Subject, str] = _NO_ENTRIES
        self._off_ladder: set[Subject] = set()
        live.set_overlay(self._over)

    def generation(self, subject: Subject) -> int:
        """Return the last known generation of `subject`; 0 means the policy file's entry."""
        return self._held.get(subject, (0, None))[0]

    def standing(self, subject: Subject, stored: Stored) -> Standing:
        """Return the standing of `subject`, whose row is `stored`."""
        entry = stored.entry if stored.generation else self._written.get(subject)
        return Standing.of(entry, stored.streak)

    def entries(self) -> Mapping[Subject, str]:
        """Return all entries in force."""
        return dict(self._live.table.policy.model_tiers.escalation_state)

    def refresh(self) -> None:
        """Read the entries that have changed in the database; change nothing if `changed` raises an error."""
        entries = list(self._changed(self.revision))
        if entries:
            with self.lock:
                self.learn(entries)
                self.revision = max(self.revision, *(revision for *_, revision in entries))

    def learn(self, found: Iterable[Entry]) -> None:
        """Take over entries with their generations, the newest of each subject."""

        def change(table: DecisionTable) -> DecisionTable:
            changed: dict[Subject, str | None] = {}
            for subject, generation, entry, _ in found:
                if generation > self.generation(subject):
                    pair = (generation, entry)
                    self._held[subject] = self._pairs.setdefault(pair, pair)
                    changed[subject] = entry
            return self._with(table, changed) if changed else table

        with self.lock:
            self._live.change(change)

    def _over(self, table: DecisionTable) -> DecisionTable:
        """Return a table that was just loaded from the policy's files, with the entries of the database."""
        self._written = table.policy.model_tiers.escalation_state
        self._off_ladder.clear()
        return self._with(table, {subject: entry for subject, (_, entry) in self._held.items()})

    def _with(self, table: DecisionTable, entries: dict[Subject, str | None]) -> DecisionTable:
        tiers = table.policy.model_tiers
        strange = [s for s, entry in entries.items() if entry is not None and entry not in tiers.ladder.tiers]
        for subject in strange:  # from a policy with another ladder: this process keeps its previous entry
            entry = entries.pop(subject)
            if subject not in self._off_ladder:
                self._off_ladder.add(subject)
                _log.error("the entry of `%s` is `%s`, which is no tier of this policy; it is left out", subject, entry)
        if not entries:
            return table
        table = table.with_entries(entries)
        # An entry of the database has no line in a file.
        gone = {("escalation_state", str(subject)) for subject in entries if subject in self._written}
        if gone:
            places = {row: place for row, place in tiers.places.items() if row not in gone}
            tiers = replace(table.policy.model_tiers, places=MappingProxyType(places))
            table = replace(table, policy=replace(table.policy, model_tiers=tiers))
        return table
