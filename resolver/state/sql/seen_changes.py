"""The changes that a process knows to be in the database, by which it notices that the database has lost some.

The last change that was read stands for all before it, since changes are committed in order. What this process has
written since is kept beside it. Comparing revisions would not do: others may have made as many changes since the loss.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic

from resolver.domain import Subject
from resolver.state.sql.sql_rows import Entry

_SECONDS_TO_CONFIRM = 1.0
"""Seconds after which a database that seems to have lost changes is asked again: a server of a cluster may be late."""


class SeenChanges:
    """The changed entries that must be in the database at the next look, as they were or newer."""

    def __init__(self) -> None:
        self._seen: dict[Subject, Entry] = {}
        self._doubtful_since: float | None = None

    @property
    def is_doubtful(self) -> bool:
        """Whether the last look missed a change; another look finds out whether it is lost."""
        return self._doubtful_since is not None

    def copy(self) -> Mapping[Subject, Entry]:
        """Return the entries by subject."""
        return dict(self._seen)

    @property
    def revision(self) -> int:
        """The largest revision of these changes; 0 if there are none."""
        return max((entry.changed for entry in self.copy().values()), default=0)

    def wrote(self, entry: Entry) -> None:
        """Add an entry that this process has written."""
        self._seen[entry.subject] = entry

    def read(self, found: Sequence[Entry], seen: Mapping[Subject, Entry]) -> int:
        """Let the last change of `found` stand for all before it, and return its revision.

        `seen` is what the look asked for. What this process has written meanwhile stays until a look has asked for it:
        the database may have lost it before it answered this one.
        """
        last = max(found, key=_revision)
        meanwhile = {subject: entry for subject, entry in self._seen.items() if seen.get(subject) is not entry}
        self._seen = meanwhile | {last.subject: max(last, meanwhile.get(last.subject, last), key=_revision)}
        return last.changed

    def set_back(self, entries: Sequence[Entry]) -> int:
        """Start again with all entries of the database, in the order of their changes; return its revision."""
        self._seen = {entry.subject: entry for entry in entries[-1:]}
        self._doubtful_since = None
        return entries[-1].changed if entries else 0

    def are_in(self, found: Sequence[Entry], seen: Mapping[Subject, Entry]) -> bool:
        """Return whether `found` has what was `seen` before it was read."""
        there = {entry.subject: entry for entry in found}
        if all(subject in there and _is_after(there[subject], entry) for subject, entry in seen.items()):
            self._doubtful_since = None
            return True
        self._doubtful_since = self._doubtful_since or monotonic()
        return False

    @property
    def are_lost(self) -> bool:
        """Whether a change has been missing for so long that it is lost."""
        return self._doubtful_since is not None and monotonic() >= self._doubtful_since + _SECONDS_TO_CONFIRM


def _revision(entry: Entry) -> int:
    return entry.changed


def _is_after(entry: Entry, seen: Entry) -> bool:
    """Return whether an entry of the same subject is what was `seen`, or has become since."""
    return entry.generation > seen.generation or (entry.generation, entry.changed) == (seen.generation, seen.changed)
