"""The interface of every store of escalations, streaks and history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from resolver.diagnostics import ResolverError
from resolver.domain import Event, LastFailure, Outcome, Recorded, Standing, StoreHealth, Streak, Subject
from resolver.frozen import frozen
from resolver.table import Report


class UnknownCommitError(ResolverError):
    """The connection was lost during a commit: the database may have the change or not."""


@frozen
class Change:
    """A new standing of a subject: its entry, its streak (None: no streak), and the event for the history.

    `recorded` is the reported outcome that caused the change, None if a person made it.
    """

    entry: str | None
    streak: Streak | None
    event: Event | None = None
    recorded: Recorded | None = None

    def keeps(self, standing: Standing) -> bool:
        """Return whether the change leaves this standing as it is and records nothing."""
        return self.event is None and (self.entry, self.streak) == (standing.entry, standing.streak)


@frozen
class Receipt:
    """The result of handing a report to a store: its outcome is written, or waits until the store can be reached.

    `is_repeat` is whether an outcome with the key of the report was written before, or waits already, so that the store
    has done nothing. `first` is that outcome, None if the store does not know it any more.
    """

    is_written: bool
    is_repeat: bool = False
    first: Outcome | None = None


WRITTEN = Receipt(is_written=True)
WAITS = Receipt(is_written=False)


class Judgement(Protocol):
    """Judges one reported outcome; see `resolver.facade.recording.Judgement`."""

    def __call__(self, standing: Standing) -> Change | None:
        """Return the change to write for a subject with this standing, None if there is none."""

    def announce(self) -> object:
        """Log and count what was written."""


class Store(Protocol):
    """A store of escalations, streaks and history. Every method raises ResolverError if the store cannot be used."""

    def standing(self, subject: Subject) -> Standing:
        """Return the standing of `subject` now."""

    def update(self, subject: Subject, decide: Callable[[Standing], Change | None]) -> None:
        """Read the standing of `subject`, let `decide` return the change (None: no change), and write it.

        No other update, of any process, comes between. `decide` is called again if a person has changed the file
        meanwhile, or another host was faster.
        """

    def record(self, report: Report, judgement: Judgement) -> Receipt:
        """Write what `judgement` returns for a reported outcome.

        A store that cannot be reached keeps `report`, and judges it later. If the report has a key, an outcome with
        that key is written once, whatever process or connection ends meanwhile.
        """

    @property
    def revision(self) -> int | None:
        """The known number of changes of entries so far; None if the store does not count them."""

    def escalations(self) -> Mapping[Subject, str]:
        """Return all entries."""

    def streaks(self) -> Mapping[Subject, Streak]:
        """Return all running streaks."""

    def history(
        self, since: datetime | None = None, triad: str | None = None, most: int | None = None
    ) -> Sequence[Event]:
        """Return the newest `most` events from the time `since` on, and of `triad`, oldest first; None means all."""

    def import_entries(
        self, entries: Mapping[Subject, str], reasons: Mapping[Subject, str]
    ) -> Mapping[Subject, tuple[str | None, str]]:
        """Raise entries to those that people bring, and never lower one; ResolverError without a database.

        `reasons` are for the history. Returns what was raised: the entry before, None if there was none, and after.
        """

    def outcomes(self) -> Iterator[str]:
        """Yield the recorded outcomes, oldest first, each as the line of JSON that a replay reads."""

    def removed_entries(self) -> Mapping[Subject, Event]:
        """Return the entries that people removed from the policy file, or lowered in it.

        Each has the event that recorded it last; its `from_tier` is the tier that comes back.
        """

    def note_provider_failure(self, failed: LastFailure) -> None:
        """Note the last failure of a provider, if the store keeps it; the process is the store's to fill in."""

    def provider_failures(self) -> Mapping[str, LastFailure]:
        """Return the last failure of each provider that was noted."""

    def health(self) -> StoreHealth:
        """Return the health of the store, from what this process knows.

        It asks no server and waits for no report. Raises nothing: a file that cannot be read is a `reason`.
        """

    def close(self) -> None:
        """Close files and connections; the next use opens them again."""
