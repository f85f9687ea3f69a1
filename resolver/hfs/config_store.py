"""The store behind HFS's classes, which learns in HFS's config file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NoReturn

from resolver.diagnostics import ResolverError
from resolver.domain import Event, LastFailure, Standing, StoreHealth, Streak, Subject
from resolver.hfs.config_policy import ConfigPolicy
from resolver.state import Change, FileStore, Judgement, Receipt, now
from resolver.table import Report


class ConfigStore:
    """The file store of HFS's config file; the entry in force is that of the shared config.

    File and config differ only if the config was changed and its file was not. Until `attach` names the file, the store
    is empty and nothing can be recorded.
    """

    def __init__(self, live: ConfigPolicy) -> None:
        self._live = live
        self._file: FileStore | None = None

    def attach(self) -> None:
        """Keep what is learned in the file that the policy is attached to, from now on."""
        if self._file is not None:
            self._file.close()
        self._file = FileStore(self._live)

    def standing(self, subject: Subject) -> Standing:
        """Return the standing of `subject` now."""
        return self._seen(self._attached().standing(subject), subject)

    def update(self, subject: Subject, decide: Callable[[Standing], Change | None]) -> None:
        """Change the standing of `subject`; see `Store.update`."""
        self._attached().update(subject, self._by_config(subject, decide))

    def record(self, report: Report, judgement: Judgement) -> Receipt:
        """Do what `Store.record` does."""
        return self._attached().record(report, self._by_config(report.subject, judgement))

    @property
    def revision(self) -> None:
        """None: changes of the file are not counted."""

    def escalations(self) -> Mapping[Subject, str]:
        """Return all entries."""
        if self._file is None:
            return {}
        self._live.check_files()
        return dict(self._live.table.policy.model_tiers.escalation_state)

    def streaks(self) -> Mapping[Subject, Streak]:
        """Return all running streaks."""
        return self._file.streaks() if self._file else {}

    def history(
        self, since: datetime | None = None, triad: str | None = None, most: int | None = None
    ) -> Sequence[Event]:
        """Return the newest `most` events from the time `since` on, and of `triad`, oldest first; None means all."""
        return self._file.history(since, triad, most) if self._file else []

    def import_entries(self, entries: Mapping[Subject, str], reasons: Mapping[Subject, str]) -> NoReturn:
        """Raise ResolverError, as the file store does."""
        self._attached().import_entries(entries, reasons)

    def outcomes(self) -> Iterator[str]:
        """Yield the recorded outcomes, oldest first, each as a line of JSON."""
        return self._file.outcomes() if self._file else iter(())

    def removed_entries(self) -> Mapping[Subject, Event]:
        """Return the entries that people removed from the file, or lowered in it."""
        return self._file.removed_entries() if self._file else {}

    def note_provider_failure(self, failed: LastFailure) -> None:
        """Note the last failure of a provider."""
        if self._file is not None:
            self._file.note_provider_failure(failed)

    def provider_failures(self) -> Mapping[str, LastFailure]:
        """Return the last failure of each provider."""
        return self._file.provider_failures() if self._file else {}

    def health(self) -> StoreHealth:
        """Return the health of the file; nothing is wrong with a store that has none yet."""
        return self._file.health() if self._file else StoreHealth(kind="file", where=str(self._live.path), time=now())

    def close(self) -> None:
        """Close the file's database."""
        if self._file is not None:
            self._file.close()

    def _by_config(
        self, subject: Subject, decide: Callable[[Standing], Change | None]
    ) -> Callable[[Standing], Change | None]:
        """Return `decide` with the entry of the shared config in place of the one in the file."""

        def decided(written: Standing) -> Change | None:
            standing = self._seen(written, subject)
            change = decide(standing)
            if change is None:
                return None
            entry = written.entry if change.entry == standing.entry else change.entry
            return replace(change, entry=entry, streak=replace(change.streak, entry=entry) if change.streak else None)

        return decided

    def _attached(self) -> FileStore:
        if self._file is None:
            raise ResolverError("there is no `EscalationTracker` yet, which knows the file to learn in")
        return self._file

    def _seen(self, written: Standing, subject: Subject) -> Standing:
        entry = self._live.table.policy.model_tiers.escalation_state.get(subject)
        return Standing(entry, replace(written.streak, entry=entry) if written.streak else None)
