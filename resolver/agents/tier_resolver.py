"""The part of a `Resolver` that agents need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from resolver.domain import Decision, LastFailure, Outcome, Value
from resolver.table import DecisionTable


class TierResolver(Protocol):
    """Decides on tiers, and records outcomes and failures of providers."""

    @property
    def table(self) -> DecisionTable:
        """The decision table in force."""

    @property
    def read_only(self) -> bool:
        """Whether nothing can be learned."""

    def resolve(
        self, triad: str, role: str, *, phase: str | None = None, facts: Mapping[str, Value] | None = None
    ) -> Decision:
        """Decide on a tier; see `Resolver.resolve`."""

    def note_provider_failure(self, failed: LastFailure) -> None:
        """Note the failure of a provider; see `Resolver.note_provider_failure`."""

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
        """Record a failure; see `Resolver.record_failure`."""

    def record_success(
        self,
        triad: str,
        role: str,
        *,
        phase: str | None = None,
        facts: Mapping[str, Value] | None = None,
        ran_on: Decision | None = None,
    ) -> Outcome:
        """Record a success; see `Resolver.record_success`."""
