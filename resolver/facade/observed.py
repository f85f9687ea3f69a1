"""A resolver whose decisions are counted and logged. Others do not even ask whether theirs are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from resolver.domain import Decision, Value
from resolver.serving import LivePolicy
from resolver.serving.decision_log import DecisionLog
from resolver.serving.telemetry import Telemetry, current
from resolver.state import Store

if TYPE_CHECKING:
    from resolver.agents import ModelSource
    from resolver.facade.resolver import Resolver

R = TypeVar("R", bound="Resolver")


_KINDS: dict[type, type] = {}


def observed(kind: type[Resolver]) -> type[Resolver]:
    """Return the class of resolvers like `kind` that tell of their decisions."""
    if kind in _KINDS:
        return _KINDS[kind]

    class Observed(kind):  # type: ignore[misc,valid-type]  # a class that is not known before
        __slots__ = ("_decision_log", "_telemetry")
        _decision_log: DecisionLog | None
        _telemetry: Telemetry | None

        def resolve(
            self, triad: str, role: str, *, phase: str | None = None, facts: Mapping[str, Value] | None = None
        ) -> Decision:
            log, live = self._decision_log, self._live
            while True:
                table = live.table
                decision: Decision = super().resolve(triad, role, phase=phase, facts=facts)
                if log is None or live.table is table:  # else the entry in force may be another than that decided with
                    break
            if self._telemetry is not None:
                self._telemetry.decided(decision.tier, decision.rule)
            if log is not None:
                entries = table.policy.model_tiers.escalation_state
                log.note(triad, role, phase, facts, decision, entries, self._store.revision)
            return decision

        def close(self) -> None:
            super().close()
            if self._decision_log is not None:
                self._decision_log.close()

    Observed.__name__ = Observed.__qualname__ = kind.__name__
    Observed.resolve.__doc__ = kind.resolve.__doc__
    Observed.close.__doc__ = kind.close.__doc__
    return _KINDS.setdefault(kind, Observed)


def opened(
    kind: type[R],
    live: LivePolicy,
    store: Store,
    providers: ModelSource | None,
    decision_log: DecisionLog | None,
) -> R:
    """Return a resolver, one that tells of its decisions where there is anybody to tell."""
    telemetry = current()
    if decision_log is None and telemetry is None:
        return kind(live, store, providers)
    resolver: Any = observed(cast("type[Resolver]", kind))(live, store, providers)
    resolver._decision_log, resolver._telemetry = decision_log, telemetry
    return cast("R", resolver)
