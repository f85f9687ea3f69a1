"""The entries in force in this process: those of the database, of the policy file, and those the database has lost."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from types import MappingProxyType

from resolver.domain import Ladder, Standing, Subject
from resolver.forks import RenewedLock
from resolver.serving.live_policy import LivePolicy
from resolver.state.sql.database import Database
from resolver.state.sql.known_state import Known
from resolver.state.sql.seen_changes import SeenChanges
from resolver.state.sql.sql_rows import Entry, Stored, Write
from resolver.table import DecisionTable

_log = logging.getLogger("resolver")
_NO_ENTRIES: Mapping[Subject, str] = MappingProxyType({})
Row = tuple[int, str | None, int]
"""The generation of a subject's entry, the entry, and the generation that a person's lowering wrote last."""

_UNKNOWN: Row = (0, None, 0)


class EntryCache:
    """The entries of the database, each with its generation, and the entries in force because of them.

    In force is the highest, by this policy's ladder, of three entries of a subject: the database's; the policy file's,
    until a person has lowered the subject in the database; and the one that the database had until a failover or a
    restore. Whatever is in force here and above the database's is `owed` to it, unless it would lower hosts without an
    entry: a person may have written such an entry into the file of one host. A tier that the ladder lacks counts as
    above its top, and is served by its top: the policy of another host may have a longer ladder. It is never owed: a
    host whose ladder has it will write it back.

    The cache is changed under `lock` and read without it.
    """

    def __init__(self, live: LivePolicy, database: Database) -> None:
        self.revision = 0
        self.lock = RenewedLock()
        self.owed: dict[Subject, str] = {}
        self._database = database
        self._live = live
        self._known: dict[Subject, Row] = {}
        self._shared: dict[Row, Row] = {}
        self._seen = SeenChanges()
        self._written: Mapping[Subject, str] = _NO_ENTRIES
        self._lost: dict[Subject, str] = {}
        self._renumbered: dict[Subject, tuple[frozenset[int], int]] = {}
        self._strange: set[str] = set()
        self._unsaved: set[Subject] = set()
        self._saved = -1
        self.is_set_back = False
        live.set_overlay(self._over)

    def start_with(self, known: Known) -> None:
        """Take over the state that an earlier process of this host has known, before anything is read."""
        with self.lock:
            for entry, lost in known.entries:
                row = (entry.generation, entry.entry, entry.lowered)
                self._known[entry.subject] = self._shared.setdefault(row, row)
                if lost is not None:
                    self._lost[entry.subject] = lost
                if entry.changed >= known.revision:
                    self._seen.wrote(entry)
            self.revision = self._saved = known.revision
            self._live.change(self._over_again)

    def unsaved(self) -> Known | None:
        """Return the entries that have changed since the last `saved`; None if there are none.

        Returns all entries while the file's revision is 0: it has no base to add changes to.
        """
        with self.lock:
            if not self._unsaved and self._saved == self.revision and not self.is_set_back:
                return None
            if self._saved <= 0:
                return self.all_known()
            return self._snapshot(self._unsaved, self._saved)

    def all_known(self) -> Known:
        """Return all entries that are known of the database."""
        with self.lock:
            return self._snapshot(self._known.keys() | self._lost.keys(), 0)

    def saved(self, known: Known) -> None:
        """Note that these entries are saved, in the file that `start_with` read; not those that have changed since."""
        with self.lock:
            self._saved = known.revision
            for entry, _ in known.entries:
                if self.generation(entry.subject) == entry.generation:
                    self._unsaved.discard(entry.subject)

    @property
    def server_revision(self) -> int:
        """The number of changes that the database is known to have: a write of this process returns it."""
        return max(self.revision, self._seen.revision)

    def generation(self, subject: Subject) -> int:
        """Return the last known generation of `subject`; 0 means that the database has no entry of it."""
        return self._known.get(subject, _UNKNOWN)[0]

    def is_lost(self, subject: Subject) -> bool:
        """Return whether what is owed of `subject` was in the database once."""
        return subject in self._lost and self.owed.get(subject) == self._lost[subject]

    def some_owed(self, count: int) -> dict[Subject, str]:
        """Return some of what is owed to the database."""
        with self.lock:
            return dict(islice(self.owed.items(), count))

    def is_current(self, subject: Subject, generation: int, stored: Stored) -> bool:
        """Return whether the entry in force has not changed since it had this generation."""
        earlier, now = self._renumbered.get(subject, (frozenset(), 0))
        return stored.generation == generation or (stored.generation == now and generation in earlier)

    def standing(self, subject: Subject, stored: Stored) -> Standing:
        """Return the standing of `subject`, whose row is `stored`."""
        ladder = self._live.table.policy.model_tiers.ladder
        entry = self._served(ladder, self._highest(ladder, subject, _known_of(stored)))
        streak = stored.streak
        if streak is not None and streak.entry == _entry_of(stored) and self.is_written(entry, stored):
            streak = replace(streak, entry=entry)  # the row has the database's name of the entry
        return Standing.of(entry, streak)

    def is_owed(self, subject: Subject, stored: Stored) -> bool:
        """Return whether the database is to have another entry of `subject` than its row has."""
        return self._owed_of(self._live.table, subject, _known_of(stored)) is not None

    def raises(self, subject: Subject, tier: str, stored: Stored) -> bool:
        """Return whether `tier` is above the row's entry, and lowers no host that has no entry of `subject`."""
        return self._raises(self._live.table, subject, tier, _known_of(stored))

    def is_written(self, entry: str | None, stored: Stored) -> bool:
        """Return whether the row has an entry that is served as `entry`."""
        return self._served(self._live.table.policy.model_tiers.ladder, _entry_of(stored)) == entry

    def entries(self) -> Mapping[Subject, str]:
        """Return all entries in force."""
        return dict(self._live.table.policy.model_tiers.escalation_state)

    def refresh(self) -> None:
        """Read the entries that have changed in the database; change nothing if it raises an error."""
        seen = self._seen.copy()
        if not seen:
            self._read(list(self._database.entries()), seen)
            return
        found = self._database.changed(self.revision, seen)
        if self._seen.are_in(found, seen):
            self._read(found, seen)
        elif self._seen.are_lost:
            self._set_back(list(self._database.entries()))

    @property
    def is_doubtful(self) -> bool:
        """Whether the database seems to have lost changes; `refresh` finds out a moment later."""
        return self._seen.is_doubtful

    def learn(self, found: Iterable[Entry]) -> None:
        """Take over entries with their generations, the newest of each subject."""

        def change(table: DecisionTable) -> DecisionTable:
            changed: dict[Subject, str | None] = {}
            for entry in found:
                subject, generation, tier, lowered, _ = entry
                before = self._known.get(subject, _UNKNOWN)
                if generation <= before[0]:
                    continue
                if lowered > before[2]:  # by a person, who knows better
                    self._lost.pop(subject, None)
                known = (generation, tier, lowered)
                self._known[subject] = known = self._shared.setdefault(known, known)
                self._unsaved.add(subject)
                changed[subject] = self._weigh(table, subject, known)
            return table.with_entries(changed) if changed else table

        with self.lock:
            self._live.change(change)

    def wrote(self, write: Write, revision: int, *, is_same: bool) -> None:
        """Take over an entry that this process has written; `is_same` if it was in force here before."""
        after = write.after
        entry = Entry(write.subject, after.generation, after.entry, after.lowered, revision)
        with self.lock:
            self._seen.wrote(entry)
            if is_same:
                earlier, now = self._renumbered.get(write.subject, (frozenset(), 0))
                known = earlier if now == write.judged.generation else frozenset()
                self._renumbered[write.subject] = (known | {write.judged.generation}, after.generation)
            self.learn([entry])

    def keep(self, entries: Iterable[Entry]) -> int:
        """Keep those of the `entries`, which the database once had, that it has lost; return how many."""
        with self.lock:
            before = set(self._lost)

            def change(table: DecisionTable) -> DecisionTable:
                ladder = table.policy.model_tiers.ladder
                changed: dict[Subject, str | None] = {}
                for subject, _, tier, lowered, _ in entries:
                    known = self._known.get(subject, _UNKNOWN)
                    if tier is not None and lowered >= known[2] and _rank(ladder, tier) > _rank(ladder, known[1]):
                        self._lost[subject] = max(tier, self._lost.get(subject, tier), key=partial(_rank, ladder))
                        changed[subject] = self._weigh(table, subject, known)
                return table.with_entries(changed) if changed else table

            self._live.change(change)
            return len(set(self._lost) - before)

    def _snapshot(self, subjects: Iterable[Subject], since: int) -> Known:
        seen = self._seen.copy()
        entries = []
        for subject in subjects:
            changed = seen[subject].changed if subject in seen else 0
            entry = Entry(subject, *self._known.get(subject, _UNKNOWN), changed)
            entries.append((entry, self._lost.get(subject)))
        return Known(entries, self.revision, since)

    def _read(self, found: list[Entry], seen: Mapping[Subject, Entry]) -> None:
        """Take over what was found, of which the last change stands for all before it from now on."""
        if found:
            with self.lock:
                self.learn(found)
                self.revision = max(self.revision, self._seen.read(found, seen))

    def _set_back(self, entries: list[Entry]) -> None:
        """Take the state of a database that has lost changes, and keep the higher entries that were known before."""
        with self.lock:
            before = [Entry(subject, *known, 0) for subject, known in self._known.items()]
            self._known = {
                entry.subject: self._shared.setdefault(known, known)
                for entry in entries
                for known in [(entry.generation, entry.entry, entry.lowered)]
            }
            self.revision = self._seen.set_back(entries)
            self.is_set_back = True
            self._renumbered.clear()
            kept = self.keep(before)
            self._live.change(self._over_again)
        message = "`%s` has lost changes that this process has seen, as after a failover or a restore: %d entries %s"
        rest = "are written back; streaks and events of what was lost are gone"
        _log.warning(message, self._database.url, kept, rest)

    def _over(self, table: DecisionTable) -> DecisionTable:
        """Return a table that was just loaded from the policy's files, with the entries that are in force."""
        tiers = table.policy.model_tiers
        self._written = tiers.escalation_state
        self._strange.clear()
        if any(place[0] == "escalation_state" for place in tiers.places):  # the database's entries have no line
            places = {row: place for row, place in tiers.places.items() if row[0] != "escalation_state"}
            tiers = replace(tiers, places=MappingProxyType(places))
            table = replace(table, policy=replace(table.policy, model_tiers=tiers))
        return self._over_again(table)

    def _over_again(self, table: DecisionTable) -> DecisionTable:
        now = table.policy.model_tiers.escalation_state
        self.owed.clear()
        changed = {}
        for subject in self._known.keys() | self._lost.keys() | self._written.keys() | now.keys():
            entry = self._weigh(table, subject, self._known.get(subject, _UNKNOWN))
            if entry != now.get(subject):
                changed[subject] = entry
        return table.with_entries(changed) if changed else table

    def _weigh(self, table: DecisionTable, subject: Subject, known: Row) -> str | None:
        """Return the entry in force, and note what is owed to the database."""
        ladder = table.policy.model_tiers.ladder
        if _rank(ladder, self._lost.get(subject)) <= _rank(ladder, known[1]):
            self._lost.pop(subject, None)
        if (owed := self._owed_of(table, subject, known)) is not None:
            self.owed[subject] = owed
        else:
            self.owed.pop(subject, None)
        return self._served(ladder, self._highest(ladder, subject, known))

    def _owed_of(self, table: DecisionTable, subject: Subject, known: Row) -> str | None:
        """Return the entry that the database is to have instead of its own, None if its own is right."""
        ladder = table.policy.model_tiers.ladder
        highest = self._highest(ladder, subject, known)
        return highest if highest in ladder.tiers and self._raises(table, subject, highest, known) else None

    def _raises(self, table: DecisionTable, subject: Subject, entry: str | None, known: Row) -> bool:
        rank = partial(_rank, table.policy.model_tiers.ladder)
        without = table.index.tiers_without_entry(subject) if known[1] is None else ()
        return rank(entry) > rank(known[1]) and rank(entry) >= max(map(rank, without), default=-1)

    def _highest(self, ladder: Ladder, subject: Subject, known: Row) -> str | None:
        entry = known[1]
        others = [self._lost.get(subject)]
        if not known[2]:
            others.append(self._written.get(subject))
        for other in others:
            if other is not None and _rank(ladder, other) > _rank(ladder, entry):
                entry = other
        return entry

    def _served(self, ladder: Ladder, tier: str | None) -> str | None:
        """Return the tier of this policy that serves an entry."""
        if tier is None or tier in ladder.tiers:
            return tier
        if tier not in self._strange:
            self._strange.add(tier)
            message = "the database has an entry `%s`, which is not a tier of this policy; `%s`, the top, serves it"
            _log.error(message, tier, ladder.top)
        return ladder.top


def _rank(ladder: Ladder, tier: str | None) -> int:
    """Return how high an entry is: -1 if there is none, and above the top if the ladder lacks its tier."""
    if tier is None:
        return -1
    return ladder.rank(tier) if tier in ladder.tiers else len(ladder.tiers)


def _known_of(stored: Stored) -> Row:
    return (stored.generation, _entry_of(stored), stored.lowered)


def _entry_of(stored: Stored) -> str | None:
    return stored.entry if stored.generation else None
