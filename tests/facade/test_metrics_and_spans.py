"""Metrics and spans are reported to OpenTelemetry, and cost nothing where it is not set up."""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, version
from inspect import signature
from pathlib import Path
from typing import NamedTuple

import pytest
from opentelemetry.metrics import Meter

from tests.processes import ROOT, python
from tests.state.own import own_policy

OBSERVED = """
import json, sys
from pathlib import Path
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from resolver import Resolver
reader, spans = InMemoryMetricReader(), InMemorySpanExporter()
metrics.set_meter_provider(MeterProvider([reader]))
tracers = TracerProvider()
tracers.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(tracers)
path = Path(sys.argv[1])
from resolver.facade.opening import migrate_state
state = f"sqlite:///{path.parent / 'state.db'}"
migrate_state(state)
with Resolver.open(path, state=state) as resolver:
    for _ in range(4):
        resolver.resolve("t", "worker_a")
    resolver.resolve("t", "code_execution", phase="execution")
    for _ in range(3):
        resolver.record_failure("t", "worker_a", phase="planning", error="no")
    for _ in range(2):
        resolver.record_success("t", "worker_a", key="one")
    rules = path / "precedence.yaml"
    good = rules.read_text()
    rules.write_text(good.replace("pri: 20", "pri: 10"))
    try:
        resolver.reload()
    except Exception:
        pass
    resolver.escalations()  # reads the database, and with it the revision
    from resolver.serving import telemetry
    telemetry.count_left("delivered", 3)
    telemetry.count_left("dropped", 2)
    telemetry.count_retry("conflict")
    data = json.loads(reader.get_metrics_data().to_json())
scope = data["resource_metrics"][0]["scope_metrics"][0]
found, units, bounds = {}, {}, {}
for metric in scope["metrics"]:
    units[metric["name"]] = metric["unit"]
    for point in metric["data"]["data_points"]:
        key = " ".join([metric["name"], *(f"{k}={v}" for k, v in sorted(point["attributes"].items()))])
        found[key.replace(str(path.parent), "HERE")] = point.get("value", point.get("count"))
        bounds[metric["name"]] = point.get("explicit_bounds")
told = [[span.name, dict(span.attributes)] for span in spans.get_finished_spans()]
statuses = [[span.name, span.status.status_code.name] for span in spans.get_finished_spans()]
print(json.dumps([found, told, [scope["scope"]["name"], scope["scope"]["version"]], units, bounds, statuses]))
"""


CREATE = signature(Meter.create_histogram).parameters


class Told(NamedTuple):
    """What an SDK is told."""

    metrics: dict[str, float]
    spans: list[tuple[str, dict[str, str]]]
    scope: list[str]
    units: dict[str, str]
    bounds: dict[str, list[float]]
    statuses: list[list[str]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What an SDK is told, in a process of its own: an SDK is set up once in a process."""
    done = python(OBSERVED, str(own_policy(tmp_path_factory.mktemp("observed"))))
    assert done.returncode == 0, done.stderr
    return Told(*json.loads(done.stdout.splitlines()[-1]))


def test_metrics(told: Told) -> None:
    """Decisions, outcomes, escalations, refused reloads, the latency of the store and the health of the state."""
    metrics = dict(told.metrics)
    assert metrics.pop("resolver.state.refresh.age state=sqlite:///HERE/state.db", 0) >= 0
    metrics.pop("resolver.state.lag state=sqlite:///HERE/state.db", None)
    metrics.pop("resolver.state.connections state=sqlite:///HERE/state.db")
    assert metrics == {
        "resolver.decisions rule=code_execution tier=fast": 1,
        "resolver.decisions rule=role_default tier=general": 4,
        "resolver.outcomes effect=count": 2,
        "resolver.outcomes effect=escalate": 1,
        "resolver.outcomes effect=reset": 1,
        "resolver.escalations from=general to=reasoning": 1,
        "resolver.reloads.refused": 1,
        "resolver.spool.left how=delivered": 3,
        "resolver.spool.left how=dropped": 2,
        "resolver.spool.left how=put_aside": 0,
        "resolver.state.retries reason=changed": 0,
        "resolver.state.retries reason=conflict": 1,
        "resolver.state.retries reason=connection": 0,
        "resolver.state.reachable state=sqlite:///HERE/state.db": 1,
        "resolver.state.revision state=sqlite:///HERE/state.db": 1,
        "resolver.spool.depth state=sqlite:///HERE/state.db": 0,
        "resolver.spool.put_aside state=sqlite:///HERE/state.db": 0,
        "resolver.store.latency store=SqlStore": 5,
    }


def test_the_page_for_operators_has_each(told: Told) -> None:
    """docs/operations.md names every metric that is reported, with its unit."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if line.startswith("| `resolver.")]
    for name, unit in told.units.items():
        (line,) = [line for line in lines if f"`{name}`" in line]
        assert f"`{unit}`" in line or name == "resolver.state.reachable"


def test_no_attribute_is_unbounded(told: Told) -> None:
    """Triad, role, kind and phase, of which there may be any number, are no attributes of metrics."""
    names = {part.partition("=")[0] for key in told.metrics for part in key.split(" ")[1:]}
    assert names <= {"tier", "rule", "effect", "from", "to", "how", "store", "state", "reason"}


def test_units_and_scope(told: Told) -> None:
    """Every instrument has a unit, and the scope has the version of this package where it is installed."""
    assert told.scope[0] == "resolver"
    try:
        assert told.scope[1] == version("tier-resolver")
    except PackageNotFoundError:
        assert told.scope[1] == ""
    assert {name for name, unit in told.units.items() if unit == "s"} == {
        "resolver.store.latency",
        "resolver.state.refresh.age",
    } & told.units.keys()
    assert [name for name, unit in told.units.items() if unit != "s" and not re.fullmatch(r"\{[a-z]+\}", unit)] == []


@pytest.mark.skipif("explicit_bucket_boundaries_advisory" not in CREATE, reason="this API cannot ask for boundaries")
def test_buckets_show_milliseconds(told: Told) -> None:
    """A report takes some tenths of a millisecond to some seconds, and each of these has buckets."""
    bounds = told.bounds["resolver.store.latency"]
    assert sum(bound < 0.001 for bound in bounds) >= 3
    assert sum(0.001 <= bound <= 0.1 for bound in bounds) >= 6
    assert sum(bound >= 1 for bound in bounds) >= 3


def test_an_error_sets_the_status_of_its_span(told: Told) -> None:
    """A policy that is refused is an error of its span; a reported failure is none."""
    assert told.statuses[0] == ["resolver.load", "UNSET"]
    assert told.statuses[-1] == ["resolver.load", "ERROR"]
    assert {status for name, status in told.statuses if name != "resolver.load"} == {"UNSET"}


def test_spans(told: Told) -> None:
    """`spans around record_* and load, with triad, role, phase, tier, rule, revision as attributes`."""
    names = [name for name, _ in told.spans]
    record = "resolver.record_failure"
    success = "resolver.record_success"
    assert names == ["resolver.load", record, record, record, success, success, "resolver.load"]
    assert told.spans[5][1].keys() == {"resolver.triad", "resolver.role", "resolver.repeated", "resolver.revision"}
    assert told.spans[0][1].keys() == {"resolver.path", "resolver.revision"}
    escalated = told.spans[3][1]
    revision = escalated.pop("resolver.revision")
    assert revision == told.spans[0][1]["resolver.revision"]
    assert escalated == {
        "resolver.triad": "t",
        "resolver.role": "worker_a",
        "resolver.phase": "planning",
        "resolver.tier": "reasoning",
        "resolver.rule": "three_strikes",
        "resolver.effect": "escalate",
    }


def test_nobody_who_does_not_look_pays(tmp_path: Path) -> None:
    """`Off and free when no SDK is set up`: the class of the resolver is the plain one, and the API is not imported."""
    program = """
        import sys
        from resolver import Resolver
        with Resolver.open(sys.argv[1]) as opened:
            opened.record_failure("t", "worker_a")
        print(type(opened) is Resolver, any(name.startswith("opentelemetry") for name in sys.modules))
        import opentelemetry.metrics, opentelemetry.trace
        with Resolver.open(sys.argv[1]) as opened:
            opened.record_failure("t", "worker_a")
        print(type(opened) is Resolver)
    """
    assert python(program, str(own_policy(tmp_path))).stdout.split() == ["True", "False", "True"]
