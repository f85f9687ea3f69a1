"""The metrics that OpenTelemetry collects, in the text form of Prometheus."""

from __future__ import annotations

from opentelemetry import metrics
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import CONTENT_TYPE_LATEST as CONTENT_TYPE
from prometheus_client import generate_latest

__all__ = ["CONTENT_TYPE", "collect", "exposition"]


def collect() -> None:
    """Let OpenTelemetry collect metrics, unless the application has set it up already.

    Call this before `Resolver.open`.
    """
    if not isinstance(metrics.get_meter_provider(), MeterProvider):
        metrics.set_meter_provider(MeterProvider([PrometheusMetricReader()]))


def exposition() -> bytes:
    """Return all metrics of this process."""
    return generate_latest()
