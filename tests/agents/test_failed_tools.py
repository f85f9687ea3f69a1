"""Tool calls that fail count against the model that made them, unless a later call of the tool succeeds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from agno.models.message import Message

from examples.loopback import PROVIDERS, Failure, Loopback, Text, ToolCalls
from resolver import Resolver
from resolver.domain import Subject
from tests.agents.agents import GENERAL, REASONING, WAYS, Listening, agent_of, asked, edited, ordered, ran
from tests.agents.halving import calls, half, other

every_way = pytest.mark.parametrize("way", WAYS)
WORKER = Subject("t", "worker_a")


@every_way
def test_a_tool_that_fails_three_times_escalates_its_role(
    server: Loopback, listening: Listening, policy: Path, way: str
) -> None:
    """The agent that is there already runs on the tier above from its next call on; the file has one more line."""
    path = edited(policy, ("  escalation_state: {}\n", "  escalation_state:\n    other:worker_b: reasoning\n"))
    listening.reload()
    before = (path / "model_tiers.yaml").read_text().splitlines()
    others = {file: file.read_bytes() for file in policy.glob("*.yaml") if file.name != "model_tiers.yaml"}
    agent = agent_of(listening, tools=[half])
    for _ in range(3):
        server.answer(*calls(3))
        assert ran(agent, way).status == "completed"
    assert listening.heard == [("worker_a", "tool", "general")] * 3
    assert {one.model for one in server.asked} == {GENERAL}
    server.answer(Text("better"))
    assert ran(agent, way).content == "better"
    assert server.asked[-1].model == REASONING
    assert agent.model is not None
    assert agent.model.id == REASONING
    after = (path / "model_tiers.yaml").read_text().splitlines()
    added = [line for line in after if "t:worker_a" in line]
    assert len(added) == 1
    assert [line for line in after if line not in added] == before
    assert others == {file: file.read_bytes() for file in others}
    assert listening.escalations()[WORKER] == "reasoning"
    assert listening.heard[-1] == ("worker_a", "success", "reasoning")


@every_way
@pytest.mark.parametrize(
    ("numbers", "kind"),
    [((3, 4), "success"), ((3, 5, 4), "success"), ((4, 3), "tool"), ((3, 4, 5), "tool")],
)
def test_a_tool_is_judged_by_its_last_call(
    server: Loopback, listening: Listening, numbers: tuple[int, ...], kind: str, way: str
) -> None:
    """A tool that failed and then succeeded in the same turn has succeeded."""
    server.answer(*calls(*numbers))
    ran(agent_of(listening, tools=[half]), way)
    assert listening.kinds() == [kind]


@every_way
def test_another_tool_makes_up_for_nothing(server: Loopback, listening: Listening, way: str) -> None:
    """A tool that failed has failed, whatever other tools do later."""
    server.answer(ToolCalls((("half", {"number": 3}),)), ToolCalls((("other", {}),)), Text("that is it"))
    ran(agent_of(listening, tools=[half, other]), way)
    assert listening.kinds() == ["tool"]


@every_way
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_hallucinated_tool_is_a_failure(server: Loopback, policy: Path, provider: str, way: str) -> None:
    """A call of a tool that there is not is one of kind `tool`."""
    server.answer(ToolCalls((("no_such_tool", {"number": 4}),)), Text("that is it"))
    with Listening.open(ordered(policy, provider)) as resolver:
        assert ran(agent_of(resolver, tools=[half]), way).status == "completed"
        assert resolver.kinds() == ["tool"]
    assert asked(server) == [provider] * 2


@every_way
def test_arguments_of_the_wrong_type_are_a_failure(server: Loopback, listening: Listening, way: str) -> None:
    """Arguments that the tool does not take are one of kind `tool`."""
    server.answer(ToolCalls((("half", {"number": "many"}),)), Text("that is it"))
    ran(agent_of(listening, tools=[half]), way)
    assert listening.kinds() == ["tool"]


@pytest.mark.parametrize("provider", ["cerebras", "groq", "openrouter"])
@pytest.mark.parametrize("way", ["run", "arun"])
def test_unparsable_arguments_are_a_failure(server: Loopback, policy: Path, provider: str, way: str) -> None:
    """Arguments that are no JSON are one of kind `tool`."""
    call = {"id": "call_1", "type": "function", "function": {"name": "half", "arguments": '{"number": '}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choices = [{"index": 0, "message": message, "finish_reason": "tool_calls"}]
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    head = {"id": "chat-1", "created": 1, "model": "m", "object": "chat.completion", "system_fingerprint": "fp"}
    server.answer(Failure(200, body={**head, "choices": choices, "usage": usage}), Text("that is it"))
    with Listening.open(ordered(policy, provider)) as resolver:
        assert ran(agent_of(resolver, tools=[half]), way).status == "completed"
        assert resolver.kinds() == ["tool"]


@every_way
def test_a_call_that_groq_cannot_read_is_the_models(server: Loopback, policy: Path, way: str) -> None:
    """Groq refuses what its model has generated; that is of kind `tool`, and no other provider is asked."""
    server.answer(Failure(400, "Failed to call a function. Please adjust your prompt.", "tool_use_failed"))
    with Listening.open(ordered(policy, "groq", "cerebras", "gemini", "openrouter")) as resolver:
        assert ran(agent_of(resolver, tools=[half]), way).status == "error"
        assert resolver.kinds() == ["tool"]
    assert asked(server) == ["groq"]


@every_way
def test_a_tool_that_failed_before_all_went_out_counts(server: Loopback, listening: Listening, way: str) -> None:
    """What the model did before its providers failed is seen."""
    server.answer(ToolCalls((("half", {"number": 3}),)), Failure(500))
    assert ran(agent_of(listening, tools=[half]), way).status == "error"
    assert listening.kinds() == [*["outage"] * 4, "tool"]


def by_itself(resolver: Resolver) -> str:
    """Ask a model in a tool."""
    message = Message(role="user", content="write it")
    return str(resolver.model("t", "code_execution").response([message]).content)


def by_an_agent(resolver: Resolver) -> str:
    """Ask an agent in a tool, which reports an error as a result."""
    output = agent_of(resolver, "code_execution").run("write it")
    if output.status.value.lower() == "error":
        raise RuntimeError(f"no code: {output.content}")
    return str(output.content)


@every_way
@pytest.mark.parametrize("ask", [by_itself, by_an_agent])
def test_a_tool_whose_own_model_is_out_is_excused(
    server: Loopback, listening: Listening, ask: Callable[[Resolver], str], way: str
) -> None:
    """That no provider serves the model in a tool does not count against the model that called the tool."""

    def generate_code() -> str:
        """Generate code."""
        return ask(listening)

    for model in listening.resolve("t", "code_execution").models.values():
        server.answer(Failure(500), model=model)
    server.answer(ToolCalls((("generate_code", {}),)), Text("I could not"), model=GENERAL)
    assert ran(agent_of(listening, tools=[generate_code]), way).content == "I could not"
    assert [one for one in listening.heard if one[0] == "worker_a"] == [("worker_a", "success", "general")]
    others = [kind for role, kind, _ in listening.heard if role == "code_execution"]
    assert others == (["outage"] * 4 if ask is by_an_agent else [])
