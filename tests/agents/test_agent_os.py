"""Agents that run through AgentOS count as they do when they run directly."""

from __future__ import annotations

import pytest
from agno.agent import Agent
from agno.exceptions import CheckTrigger, OutputCheckError
from agno.run.agent import RunOutput
from agno.team import Team

from examples.loopback import Loopback
from resolver import Resolver, Subject
from tests.agents.agents import strikes

pytest.importorskip("fastapi", reason="AgentOS needs it")
WORKER = Subject("layout", "worker_a")


def refuse(run_output: RunOutput) -> None:
    """Refuse every answer."""
    raise OutputCheckError("bad", check_trigger=CheckTrigger.OUTPUT_NOT_ALLOWED)


@pytest.mark.parametrize("stream", ["false", "true"])
@pytest.mark.parametrize("kind", ["agents", "teams"])
def test_a_refused_run_counts_through_agent_os(server: Loopback, resolver: Resolver, kind: str, stream: str) -> None:
    """AgentOS runs a copy of what it serves; two runs here and one there are three strikes."""
    from agno.os import AgentOS  # noqa: PLC0415  it needs fastapi
    from fastapi.testclient import TestClient  # noqa: PLC0415  as above

    model = resolver.model("layout", "worker_a")
    served: Agent | Team
    if kind == "agents":
        served = Agent(name="worker_a", id="worker_a", model=model, post_hooks=[refuse], telemetry=False)
    else:
        served = Team(name="worker_a", id="worker_a", model=model, members=[], post_hooks=[refuse], telemetry=False)
    resolver.watch(served, "layout", "worker_a")
    for number in (1, 2):
        served.run("hello")
        assert strikes(resolver) == number
    system = AgentOS(
        agents=[served] if isinstance(served, Agent) else None,
        teams=[served] if isinstance(served, Team) else None,
        telemetry=False,
    )
    with TestClient(system.get_app()) as client:
        answer = client.post(f"/{kind}/worker_a/runs", data={"message": "hello", "stream": stream})
    assert answer.status_code == 200
    assert resolver.escalations() == {WORKER: "reasoning"}
