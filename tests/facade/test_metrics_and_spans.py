"""Metrics and spans are reported to OpenTelemetry, and cost nothing where it is not set up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.processes import python
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
    resolver.record_success("t", "worker_a")
    rules = path / "precedence.yaml"
    good = rules.read_text()
    rules.write_text(good.replace("pri: 20", "pri: 10"))
    try:
        resolver.reload()
    except Exception:
        pass
    data = json.loads(reader.get_metrics_data().to_json())
found = {}
for metric in data["resource_metrics"][0]["scope_metrics"][0]["metrics"]:
    for point in metric["data"]["data_points"]:
        key = " ".join([metric["name"], *(f"{k}={v}" for k, v in sorted(point["attributes"].items()))])
        found[key] = point.get("value", point.get("count"))
told = [[span.name, dict(span.attributes)] for span in spans.get_finished_spans()]
print(json.dumps([found, told]))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, int], list[tuple[str, dict[str, str]]]]:
    """What an SDK is told, in a process of its own: an SDK is set up once in a process."""
    done = python(OBSERVED, str(own_policy(tmp_path_factory.mktemp("observed"))))
    assert done.returncode == 0, done.stderr
    found, spans = json.loads(done.stdout.splitlines()[-1])
    return found, [(name, attributes) for name, attributes in spans]


def test_metrics(told: tuple[dict[str, int], Any]) -> None:
    """`counters for decisions by tier and rule, outcomes by effect, escalations, refused reloads, spool depth; a
    histogram of store latency`.
    """
    assert told[0] == {
        "resolver.decisions rule=code_execution tier=fast": 1,
        "resolver.decisions rule=role_default tier=general": 4,
        "resolver.outcomes effect=count": 2,
        "resolver.outcomes effect=escalate": 1,
        "resolver.outcomes effect=reset": 1,
        "resolver.escalations from=general to=reasoning": 1,
        "resolver.reloads.refused": 1,
        "resolver.spool.depth": 0,
        "resolver.store.latency store=SqlStore": 4,
    }


def test_spans(told: tuple[Any, list[tuple[str, dict[str, str]]]]) -> None:
    """`spans around record_* and load, with triad, role, phase, tier, rule, revision as attributes`."""
    names = [name for name, _ in told[1]]
    record = "resolver.record_failure"
    assert names == ["resolver.load", record, record, record, "resolver.record_success", "resolver.load"]
    assert told[1][0][1].keys() == {"resolver.path", "resolver.revision"}
    escalated = told[1][3][1]
    revision = escalated.pop("resolver.revision")
    assert revision == told[1][0][1]["resolver.revision"]
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
