"""What a tracer is told of the providers that a call goes to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from examples.loopback import Failure, Loopback
from tests.processes import python

TRACED = """
import asyncio, json, sys
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from resolver import Resolver
spans, tracers = InMemorySpanExporter(), TracerProvider()
tracers.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(tracers)
from agno.agent import Agent
async def stream(agent):
    return [event async for event in agent.arun("hello", stream=True)]
with Resolver.open(sys.argv[1]) as resolver:
    agent = Agent(model=resolver.model("layout", "worker_a", phase="execution"), telemetry=False)
    agent.run("hello")
    list(agent.run("hello", stream=True))
    asyncio.run(stream(agent))
told = [
    {**span.attributes, "status": span.status.status_code.name}
    for span in spans.get_finished_spans()
    if span.name == "resolver.attempt"
]
print(json.dumps(told))
"""


@pytest.mark.slow
def test_each_attempt_is_a_span(server: Loopback, policy: Path) -> None:
    """`spans around each provider attempt, with triad, role, phase, tier, rule, revision as attributes`."""
    server.answer(Failure(404), provider="cerebras")
    done = python(TRACED, str(policy))
    assert done.returncode == 0, done.stderr
    first, *others = json.loads(done.stdout.splitlines()[-1])
    revision = first.pop("resolver.revision")
    assert first == {
        "resolver.triad": "layout",
        "resolver.role": "worker_a",
        "resolver.phase": "execution",
        "resolver.tier": "fast",
        "resolver.rule": "phase_override",
        "resolver.provider": "cerebras",
        "resolver.model": "zai-glm-4.7",
        "resolver.kind": "not_found",
        "status": "ERROR",
    }
    assert len(revision) == 16
    served = [one["resolver.provider"] for one in others if "resolver.kind" not in one]
    assert served == ["groq"] * 3
    assert {one["status"] for one in others if "resolver.kind" not in one} == {"UNSET"}
