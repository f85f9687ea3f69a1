"""Outcomes, and what came of them: what an application reports to the `Resolver`, and what people ask it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from resolver.domain import Decision, Event, Outcome, Streak, Subject, Value
from resolver.facade.requests import NO_FACTS, names
from resolver.table import Report

if TYPE_CHECKING:
    from resolver.serving import LivePolicy
    from resolver.state import Store


class Outcomes:
    """The part of a `Resolver` that learns."""

    __slots__ = ("_live", "_store")

    _live: LivePolicy
    _store: Store

    def record_failure(
        self,
        triad: str,
        role: str,
        *,
        phase: str | None = None,
        kind: str | None = None,
        error: BaseException | str | None = None,
        facts: Mapping[str, Value] | None = None,
        ran_on: Decision | None = None,
    ) -> Outcome:
        """Report that a request failed, and return what came of it.

        `kind` says in a word what failed (rules decide which kinds count), `error` is kept for the history, cut and
        without keys. `ran_on` is the decision that the work ran on: if the request would get another tier now, the
        outcome is ignored, so that six failures at once are one escalation. An escalation is safe on the disk when this
        returns. Raises ResolverError, and nothing has changed then, if it cannot be judged or written.
        """
        return self._record(triad, role, phase, facts, ran_on, failed=True, kind=kind, error=error)

    def record_success(
        self,
        triad: str,
        role: str,
        *,
        phase: str | None = None,
        facts: Mapping[str, Value] | None = None,
        ran_on: Decision | None = None,
    ) -> Outcome:
        """Report that a request succeeded, and return what came of it; arguments are those of `record_failure`."""
        return self._record(triad, role, phase, facts, ran_on, failed=False)

    async def arecord_failure(
        self,
        triad: str,
        role: str,
        *,
        phase: str | None = None,
        kind: str | None = None,
        error: BaseException | str | None = None,
        facts: Mapping[str, Value] | None = None,
        ran_on: Decision | None = None,
    ) -> Outcome:
        """Do what `record_failure` does, without blocking the event loop."""
        import asyncio  # noqa: PLC0415  a quarter of what `import resolver` would take

        return await asyncio.to_thread(
            self.record_failure, triad, role, phase=phase, kind=kind, error=error, facts=facts, ran_on=ran_on
        )

    async def arecord_success(
        self,
        triad: str,
        role: str,
        *,
        phase: str | None = None,
        facts: Mapping[str, Value] | None = None,
        ran_on: Decision | None = None,
    ) -> Outcome:
        """Do what `record_success` does, without blocking the event loop."""
        import asyncio  # noqa: PLC0415  see `arecord_failure`

        return await asyncio.to_thread(self.record_success, triad, role, phase=phase, facts=facts, ran_on=ran_on)

    def escalations(self) -> Mapping[Subject, str]:
        """Return the entries in force: subject to tier."""
        return self._store.escalations()

    def streaks(self) -> Mapping[Subject, Streak]:
        """Return the running streaks."""
        return self._store.streaks()

    def history(self) -> Sequence[Event]:
        """Return every escalation and hold, and what people did about them, oldest first."""
        return self._store.history()

    def outcomes(self) -> Iterator[str]:
        """Yield every recorded outcome, oldest first, as a line of JSON: what `resolver replay` reads."""
        return self._store.outcomes()

    def lost(self) -> Mapping[Subject, Event]:
        """Return the entries that people took out of the policy file or lowered in it; `restore` brings one back."""
        return self._store.lost()

    def lower(self, triad: str, role: str, tier: str | None = None, *, reason: str = "") -> None:
        """Lower the entry of a subject to `tier`, or take it out: a person's decision, never the program's.

        `reason` goes into the history. Raises ResolverError if there is no entry, or `tier` is not below it.
        """
        from resolver.facade.recording import lower  # noqa: PLC0415  it imports the store

        lower(self._live, self._store, Subject(triad, role), tier, reason)

    def restore(self, triad: str, role: str) -> str:
        """Bring back an entry that a person took out of the file, and return its tier; ResolverError without one."""
        from resolver.facade.recording import restore  # noqa: PLC0415  it imports the store

        return restore(self._live, self._store, Subject(triad, role))

    def _record(
        self,
        triad: str,
        role: str,
        phase: str | None,
        facts: Mapping[str, Value] | None,
        ran_on: Decision | None,
        *,
        failed: bool,
        kind: str | None = None,
        error: BaseException | str | None = None,
    ) -> Outcome:
        from resolver.facade.recording import masked_error, record  # noqa: PLC0415  it imports the store

        subject, phase = names(triad, role, phase)
        extra = self._live.table.check_extra(facts or NO_FACTS)
        tier = None if ran_on is None else ran_on.tier
        report = Report(subject, phase, extra, failed, kind, masked_error(error), tier)
        return record(self._live, self._store, report)
