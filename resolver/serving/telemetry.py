"""Metrics and traces for OpenTelemetry, by its API alone; nothing at all if no SDK is set up.

An application that sets up an SDK has imported the API. If the API is not imported, nothing is measured.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation
    from opentelemetry.trace import Span, TracerProvider

_NAME = "resolver"
Attributes = Mapping[str, str | None]


class Depth(Protocol):
    """A queue of outcomes."""

    def depth(self) -> int:
        """Return how many outcomes wait."""


_SPOOLS: WeakSet[Depth] = WeakSet()


class Telemetry:
    """The instruments of the SDK that an application has set up."""

    def __init__(self, meters: MeterProvider, tracers: TracerProvider) -> None:
        self.providers = (meters, tracers)
        meter = meters.get_meter(_NAME)
        self._tracer = tracers.get_tracer(_NAME)
        self._decisions = meter.create_counter("resolver.decisions", description="decisions by tier and rule")
        self._outcomes = meter.create_counter("resolver.outcomes", description="outcomes by effect")
        self._escalations = meter.create_counter("resolver.escalations", description="escalations by tier")
        self._left = meter.create_counter(
            "resolver.spool.left", description="outcomes that waited, by what became of them"
        )
        self._refused = meter.create_counter("resolver.reloads.refused", description="policies that were refused")
        self._latency = meter.create_histogram("resolver.store.latency", "s", "what recording an outcome took")
        meter.create_observable_gauge(
            "resolver.spool.depth", [_observed], description="outcomes that wait for the database"
        )

    def decided(self, tier: str, rule: str) -> None:
        """Count a decision."""
        self._decisions.add(1, {"tier": tier, "rule": rule})

    def came_to(self, effect: str, from_tier: str | None, to_tier: str | None) -> None:
        """Count an outcome, and its escalation if it has one."""
        self._outcomes.add(1, {"effect": effect})
        if from_tier is not None and to_tier is not None:
            self._escalations.add(1, {"from": from_tier, "to": to_tier})

    def refused(self) -> None:
        """Count a changed policy that is refused."""
        self._refused.add(1)

    def left(self, what: str, number: int) -> None:
        """Count outcomes that have left the spool."""
        self._left.add(number, {"how": what})

    @contextmanager
    def timed(self, store: str) -> Iterator[None]:
        """Measure how long a store takes."""
        started = perf_counter()
        try:
            yield
        finally:
            self._latency.record(perf_counter() - started, {"store": store})

    @contextmanager
    def span(self, name: str, attributes: Attributes) -> Iterator[dict[str, str | None]]:
        """Trace the block. Keys added to the yielded dict become span attributes when it ends."""
        with self._tracer.start_as_current_span(f"resolver.{name}") as span:
            more: dict[str, str | None] = {}
            try:
                yield more
            finally:
                _tell(span, {**attributes, **more})

    @contextmanager
    def provider_call(self, attributes: Attributes) -> Iterator[dict[str, str | None]]:
        """Trace a call of a provider as `span` does, but without children: a stream is left and entered again."""
        span = self._tracer.start_span("resolver.attempt")
        more: dict[str, str | None] = {}
        try:
            yield more
        finally:
            _tell(span, {**attributes, **more})
            span.end()


def _tell(span: Span, attributes: Attributes) -> None:
    for key, value in attributes.items():
        if value is not None:
            span.set_attribute(f"resolver.{key}", value)


_current: Telemetry | None = None


def current() -> Telemetry | None:
    """Return the instruments of the SDK, None if no SDK is set up."""
    global _current  # noqa: PLW0603  one SDK serves a process
    if "opentelemetry.metrics" not in sys.modules and "opentelemetry.trace" not in sys.modules:
        return None
    from opentelemetry import metrics, trace  # noqa: PLC0415  they are there already

    providers = metrics.get_meter_provider(), trace.get_tracer_provider()
    # The API's own providers do nothing; an SDK's providers replace them.
    if all(
        type(provider).__module__.startswith(("opentelemetry.metrics", "opentelemetry.trace")) for provider in providers
    ):
        return None
    if _current is None or _current.providers != providers:
        _current = Telemetry(*providers)
    return _current


def watch(spool: Depth) -> None:
    """Measure how many outcomes wait in `spool`, as long as it exists."""
    _SPOOLS.add(spool)


def _observed(_options: CallbackOptions) -> Iterable[Observation]:
    from opentelemetry.metrics import Observation  # noqa: PLC0415  it is there already

    return [Observation(sum(spool.depth() for spool in list(_SPOOLS)))]


def count_refused() -> None:
    """Count a changed policy that is refused, if an SDK is set up."""
    if (telemetry := current()) is not None:
        telemetry.refused()


@contextmanager
def span(name: str, **attributes: str | None) -> Iterator[dict[str, str | None]]:
    """Trace the block if an SDK is set up; see `Telemetry.span`."""
    telemetry = current()
    if telemetry is None:
        yield {}
    else:
        with telemetry.span(name, attributes) as more:
            yield more


@contextmanager
def provider_call(**attributes: str | None) -> Iterator[dict[str, str | None]]:
    """Trace a call of a provider if an SDK is set up; see `Telemetry.provider_call`."""
    telemetry = current()
    if telemetry is None:
        yield {}
    else:
        with telemetry.provider_call(attributes) as more:
            yield more


def count_left(what: str, number: int) -> None:
    """Count outcomes that have left the spool, if an SDK is set up: `delivered`, `dropped` or `put_aside`."""
    if (telemetry := current()) is not None:
        telemetry.left(what, number)
