"""Leader and members of a team each run on the tier of their own role, and record their own outcomes."""

from __future__ import annotations

import pytest
from agno.agent import Agent
from agno.team import Team

from examples.loopback import Failure, Loopback, Text, ToolCalls
from resolver import Resolver
from tests.agents.agents import FAST, GENERAL, MODELS, REASONING, WAYS, Listening, agent_of, ran

every_way = pytest.mark.parametrize("way", WAYS)


def team_of(resolver: Resolver) -> Team:
    """A leader who plans, and two members."""
    members: list[Agent | Team] = [
        agent_of(resolver, "worker_a", name="anna", id="anna"),
        agent_of(resolver, "code_execution", name="bert", id="bert"),
    ]
    return Team(members=members, model=resolver.model("t", "orchestrator"), telemetry=False, name="lead")


def delegate(member: str) -> ToolCalls:
    """Let the leader give a member something to do."""
    return ToolCalls((("delegate_task_to_member", {"member_id": member, "task": "do your part"}),))


@every_way
def test_each_role_of_a_team_runs_on_its_own_tier(server: Loopback, listening: Listening, way: str) -> None:
    """Leader and members carry the model ids of their tiers, and each has one outcome."""
    server.answer(delegate("anna"), delegate("bert"), Text("all done"), model=REASONING)
    result = ran(team_of(listening), way)
    assert result.status == "completed"
    assert result.content.endswith("all done")
    assert [one.model for one in server.asked] == [REASONING, GENERAL, REASONING, FAST, REASONING]
    assert listening.heard == [
        ("worker_a", "success", "general"),
        ("code_execution", "success", "fast"),
        ("orchestrator", "success", "reasoning"),
    ]
    assert (result.output.model_provider, result.output.model) == ("cerebras", REASONING)


@every_way
@pytest.mark.parametrize("refusal", [Failure(500), Failure(400, "Failed to generate JSON", "json_validate_failed")])
def test_a_member_that_fails_does_not_count_against_its_leader(
    server: Loopback, listening: Listening, refusal: Failure, way: str
) -> None:
    """Whatever ends a member's turn is the member's outcome; the leader who goes on has succeeded."""
    for model in MODELS.values():
        server.answer(refusal, model=model)
    server.answer(delegate("anna"), Text("without anna"), model=REASONING)
    result = ran(team_of(listening), way)
    assert result.content.endswith("without anna")
    kinds = ["outage"] * 4 if refusal.status == 500 else ["task"]
    assert [kind for role, kind, _ in listening.heard if role == "worker_a"] == kinds
    assert [one for one in listening.heard if one[0] == "orchestrator"] == [("orchestrator", "success", "reasoning")]
