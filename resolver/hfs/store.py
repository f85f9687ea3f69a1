"""The stores behind HFS's classes: its config file, and before there is one, none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NoReturn

from resolver.diagnostics import ResolverError
from resolver.domain import Event, Standing, Streak, Subject
from resolver.hfs.policy import ConfigPolicy
from resolver.state import Change, FileStore
from resolver.table import Report


class ConfigStore:
    """The file store of HFS's config file, for which the entry in force is the one in the shared config.

    The two differ only where somebody has changed the config and not its file.
    """

    def __init__(self, live: ConfigPolicy) -> None:
        self._live = live
        self._file = FileStore(live)

    def standing(self, subject: Subject) -> Standing:
        """Return where `subject` stands now."""
        return self._seen(self._file.standing(subject), subject)

    def update(self, subject: Subject, decide: Callable[[Standing], Change | None]) -> None:
        """Change where `subject` stands; see `Store.update`."""

        def decided(written: Standing) -> Change | None:
            seen = self._seen(written, subject)
            change = decide(seen)
            if change is None:
                return None
            entry = written.entry if change.entry == seen.entry else change.entry
            return replace(change, entry=entry, streak=replace(change.streak, entry=entry) if change.streak else None)

        self._file.update(subject, decided)

    def take(self, report: Report, decide: Callable[[Standing], Change | None]) -> bool:
        """Do for an outcome what `update` does."""
        self.update(report.subject, decide)
        return True

    @property
    def revision(self) -> None:
        """None: nobody counts."""

    def escalations(self) -> Mapping[Subject, str]:
        """Return all entries."""
        self._live.notice()
        return dict(self._live.table.policy.model_tiers.escalation_state)

    def streaks(self) -> Mapping[Subject, Streak]:
        """Return all running streaks."""
        return self._file.streaks()

    def history(self) -> Sequence[Event]:
        """Return all events, oldest first."""
        return self._file.history()

    def outcomes(self) -> Iterator[str]:
        """Yield the recorded outcomes, oldest first, each as a line of JSON."""
        return self._file.outcomes()

    def lost(self) -> Mapping[Subject, Event]:
        """Return the entries that a person took out of the file."""
        return self._file.lost()

    def close(self) -> None:
        """Let go of files."""
        self._file.close()

    def _seen(self, written: Standing, subject: Subject) -> Standing:
        entry = self._live.table.policy.model_tiers.escalation_state.get(subject)
        return Standing(entry, replace(written.streak, entry=entry) if written.streak else None)


class NoStore:
    """The store while there is no tracker, and so no file to learn in."""

    def standing(self, subject: Subject) -> Standing:
        """Raise ResolverError."""
        _refuse()

    def update(self, subject: Subject, decide: Callable[[Standing], Change | None]) -> None:
        """Raise ResolverError."""
        _refuse()

    def take(self, report: Report, decide: Callable[[Standing], Change | None]) -> bool:
        """Raise ResolverError."""
        _refuse()

    @property
    def revision(self) -> None:
        """None: nobody counts."""

    def escalations(self) -> Mapping[Subject, str]:
        """Return no entries."""
        return {}

    def streaks(self) -> Mapping[Subject, Streak]:
        """Return no streaks."""
        return {}

    def history(self) -> Sequence[Event]:
        """Return no events."""
        return []

    def outcomes(self) -> Iterator[str]:
        """Yield nothing."""
        return iter(())

    def lost(self) -> Mapping[Subject, Event]:
        """Return no events."""
        return {}

    def close(self) -> None:
        """Do nothing."""


def _refuse() -> NoReturn:
    raise ResolverError("there is no `EscalationTracker` yet, which knows the file to learn in")
