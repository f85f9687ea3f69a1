"""Metrics and traces for OpenTelemetry, by its API alone; nothing at all if no SDK is set up.

An application that sets up an SDK has imported the API. If the API is not imported, nothing is measured.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING

from resolver.diagnostics import masked
from resolver.serving.store_gauges import GAUGES, Gauge, StoreGauges, WithHealth

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Histogram, Meter, MeterProvider, Observation
    from opentelemetry.trace import Span, TracerProvider

_NAME = "resolver"
_BOUNDARIES = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0),
)
"""Seconds between the buckets of a latency: a report takes half a millisecond to its deadline of some seconds."""

LEFT = ("delivered", "dropped", "put_aside")
"""The ways in which outcomes leave the spool."""

RETRIES = ("changed", "conflict", "connection")
"""The reasons of further attempts: another host wrote the row first; two transactions were in each other's way; or the
connection was lost."""

_STORES = StoreGauges()
Attributes = Mapping[str, str | None]


class Telemetry:
    """The instruments of the SDK that an application has set up."""

    def __init__(self, meters: MeterProvider, tracers: TracerProvider) -> None:
        self.providers = (meters, tracers)
        meter = meters.get_meter(_NAME, _version())
        self._tracer = tracers.get_tracer(_NAME, _version())
        self._decisions: dict[tuple[str, str], count[int]] = {}
        meter.create_observable_counter(
            "resolver.decisions", [_counted(self._decisions)], "{decision}", "decisions by tier and rule"
        )
        self._outcomes = meter.create_counter("resolver.outcomes", "{outcome}", "reported outcomes by effect")
        self._escalations = meter.create_counter("resolver.escalations", "{escalation}", "escalations by tier")
        self._refused = meter.create_counter(
            "resolver.reloads.refused", "{reload}", "changes of the policy's files that were refused"
        )
        self._latency = _latency(meter)
        self._left = meter.create_counter(
            "resolver.spool.left", "{outcome}", "outcomes that waited, by what became of them"
        )
        self._retries = meter.create_counter(
            "resolver.state.retries", "{retry}", "further attempts to read or write the state, by reason"
        )
        self._refused.add(0)  # a rate needs the value before the first increase
        for how in LEFT:
            self._left.add(0, {"how": how})
        for reason in RETRIES:
            self._retries.add(0, {"reason": reason})
        for gauge in GAUGES:
            meter.create_observable_gauge(gauge.name, [_observed(gauge)], gauge.unit, gauge.description)

    def decided(self, tier: str, rule: str) -> None:
        """Count a decision, without a lock: a counter of the SDK takes several times as long as a decision."""
        counter = self._decisions.get((tier, rule))
        if counter is None:
            counter = self._decisions.setdefault((tier, rule), count())
        next(counter)

    def came_to(self, effect: str, from_tier: str | None, to_tier: str | None) -> None:
        """Count an outcome, and its escalation if it has one."""
        self._outcomes.add(1, {"effect": effect})
        if from_tier is not None and to_tier is not None:
            self._escalations.add(1, {"from": from_tier, "to": to_tier})

    def refused(self) -> None:
        """Count a changed policy that is refused."""
        self._refused.add(1)

    def left(self, how: str, number: int) -> None:
        """Count outcomes that have left the spool."""
        self._left.add(number, {"how": how})

    def retried(self, reason: str) -> None:
        """Count another attempt."""
        self._retries.add(1, {"reason": reason})

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
        """Trace the block. Keys added to the yielded dict become span attributes when it ends.

        An exception is recorded, and makes the status of the span an error.
        """
        from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415  it is there already

        with self._tracer.start_as_current_span(
            f"resolver.{name}", record_exception=False, set_status_on_exception=False
        ) as span:
            more: dict[str, str | None] = {}
            try:
                yield more
            except Exception as error:
                told = {"exception.type": type(error).__qualname__, "exception.message": masked(str(error))}
                span.add_event("exception", told)
                span.set_status(Status(StatusCode.ERROR, told["exception.message"]))
                raise
            finally:
                _tell(span, {**attributes, **more})

    @contextmanager
    def provider_call(self, attributes: Attributes) -> Iterator[dict[str, str | None]]:
        """Trace a call of a provider as `span` does, but without children: a stream is left and entered again.

        A `kind` among the added keys is the kind of the call's failure, and makes the status of the span an error.
        """
        from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415  it is there already

        span = self._tracer.start_span("resolver.attempt")
        more: dict[str, str | None] = {}
        error: str | None = None
        try:
            yield more
        except Exception as raised:
            error = type(raised).__name__
            raise
        finally:
            _tell(span, {**attributes, **more})
            if description := more.get("kind") or error:  # no text of a provider: it may have parts of the request
                span.set_status(Status(StatusCode.ERROR, description))
            span.end()


def _tell(span: Span, attributes: Attributes) -> None:
    for key, value in attributes.items():
        if value is not None:
            span.set_attribute(f"resolver.{key}", value)


def _latency(meter: Meter) -> Histogram:
    """Return the histogram of latencies, with buckets that show milliseconds where the API can ask for them."""
    name, unit, description = "resolver.store.latency", "s", "the time that recording an outcome took"
    try:
        return meter.create_histogram(name, unit, description, explicit_bucket_boundaries_advisory=_BOUNDARIES)
    except TypeError:  # an older API
        return meter.create_histogram(name, unit, description)


def _counted(counters: Mapping[tuple[str, str], count[int]]) -> Callable[[CallbackOptions], Iterable[Observation]]:
    from opentelemetry.metrics import Observation  # noqa: PLC0415  it is there already

    def observe(_options: CallbackOptions) -> Iterable[Observation]:
        # The text of an `itertools.count` shows its number, and is the only way to read it without counting.
        return [
            Observation(int(repr(counter).strip("count()")), {"tier": tier, "rule": rule})
            for (tier, rule), counter in [*counters.items()]
        ]

    return observe


def _observed(gauge: Gauge) -> Callable[[CallbackOptions], Iterable[Observation]]:
    from opentelemetry.metrics import Observation  # noqa: PLC0415  it is there already

    def observe(_options: CallbackOptions) -> Iterable[Observation]:
        return [Observation(value, {"state": state}) for state, value in sorted(_STORES.values(gauge).items())]

    return observe


@cache
def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  only with an SDK

    try:
        return version("tier-resolver")
    except PackageNotFoundError:  # a source tree that is not installed
        return ""


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


def watch(store: WithHealth) -> None:
    """Measure the health of `store`, as long as it exists."""
    _STORES.watch(store)


def count_refused() -> None:
    """Count a changed policy that is refused, if an SDK is set up."""
    if (telemetry := current()) is not None:
        telemetry.refused()


def count_left(how: str, number: int) -> None:
    """Count outcomes that have left the spool, if an SDK is set up; `how` is one of `LEFT`."""
    if (telemetry := current()) is not None:
        telemetry.left(how, number)


def count_retry(reason: str) -> None:
    """Count another attempt to read or write the state, if an SDK is set up; `reason` is one of `RETRIES`."""
    if (telemetry := current()) is not None:
        telemetry.retried(reason)


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
