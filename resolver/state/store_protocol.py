"""What every store of escalations, streaks and history does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from resolver.domain import Event, Recorded, Standing, Streak, Subject
from resolver.table import Report


@dataclass(frozen=True, slots=True)
class Change:
    """Where a subject shall stand: its entry, its streak (None: none), and the line of history that tells of it.

    `recorded` is the outcome that it comes of, None for a person's doing.
    """

    entry: str | None
    streak: Streak | None
    event: Event | None = None
    recorded: Recorded | None = None

    def keeps(self, standing: Standing) -> bool:
        """Tell whether a subject stands after this as before, and there is nothing to tell of it."""
        return self.event is None and (self.entry, self.streak) == (standing.entry, standing.streak)


class Judgement(Protocol):
    """Judges one reported outcome; see `resolver.facade.recording.Judgement`."""

    def __call__(self, standing: Standing) -> Change | None:
        """Return the change to write for a subject with this standing, None if there is none."""

    def announce(self) -> object:
        """Log and count what was written."""


class Store(Protocol):
    """Escalations, streaks and history. Every method raises ResolverError if the store cannot be used."""

    def standing(self, subject: Subject) -> Standing:
        """Return where `subject` stands now."""

    def update(self, subject: Subject, decide: Callable[[Standing], Change | None]) -> None:
        """Read where `subject` stands, let `decide` say where it shall stand (None: as it does), and write that.

        No other update of any process comes between. `decide` may be called again if a person changed the file
        meanwhile, or another host was faster.
        """

    def record(self, report: Report, judgement: Judgement) -> bool:
        """Write what `judgement` says of a reported outcome, and return whether it was written.

        A store that cannot be reached keeps `report` instead, and judges it later.
        """

    @property
    def revision(self) -> int | None:
        """How many entries were changed so far, as far as this process knows; None where nobody counts them."""

    def escalations(self) -> Mapping[Subject, str]:
        """Return all entries."""

    def streaks(self) -> Mapping[Subject, Streak]:
        """Return all running streaks."""

    def history(self) -> Sequence[Event]:
        """Return all events, oldest first."""

    def outcomes(self) -> Iterator[str]:
        """Yield the recorded outcomes, oldest first, each as the line of JSON that a replay reads."""

    def removed_entries(self) -> Mapping[Subject, Event]:
        """Return the entries that people took out of the policy file or lowered in it.

        Each has the event that noticed it last, with the tier that comes back as `from_tier`.
        """

    def close(self) -> None:
        """Let go of files and connections; they are opened again when they are needed."""
