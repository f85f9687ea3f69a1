"""What is recorded of agents at work, and what is not: real agno, real keycycle, real HTTP."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from agno.agent import Agent
from agno.db.in_memory import InMemoryDb
from agno.models.message import Message
from agno.run.agent import RunOutput
from agno.team import Team

from examples.loopback import PROVIDERS, Answer, Broken, Failure, Garbage, Loopback, Slow, Text, ToolCalls
from resolver import Resolver, ResolverError
from resolver.domain import Subject
from resolver.state import FileStore
from tests.agents.agents import (
    MODELS,
    WAYS,
    Listening,
    agent_of,
    asked,
    cooling,
    edited,
    ordered,
    ran,
)
from tests.agents.test_loopback import opened

every_way = pytest.mark.parametrize("way", WAYS)
WORKER = Subject("t", "worker_a")
REASONING, GENERAL, FAST = "qwen-3-235b-a22b-instruct-2507", "llama-3.3-70b", "zai-glm-4.7"
"""The tiers' models at cerebras, which is the first to be asked."""
CONTEXT = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."


@pytest.fixture
def listening(server: Loopback, policy: Path) -> Iterator[Listening]:
    """A resolver of the policy that writes down what it is told."""
    with Listening.open(policy) as opened:
        yield opened


def half(number: int) -> str:
    """Halve an even number."""
    if number % 2:
        raise ValueError(f"{number} is odd")
    return str(number // 2)


def other() -> str:
    """Do something else."""
    return "done"


def calls(*numbers: int) -> tuple[Answer, ...]:
    """Let a model halve these, one after the other, and then end."""
    return *(ToolCalls((("half", {"number": number}),)) for number in numbers), Text("that is it")


@every_way
def test_a_turn_is_one_outcome(server: Loopback, listening: Listening, way: str) -> None:
    """However often the model is called in a turn, it is recorded once, with the tier that it ran on."""
    server.answer(*calls(4, 2))
    assert ran(agent_of(listening, tools=[half]), way).content.endswith("that is it")
    assert len(server.asked) == 3
    assert listening.heard == [("worker_a", "success", "general")]


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
@pytest.mark.parametrize(
    ("provider", "failure"),
    [
        ("cerebras", Failure(400, CONTEXT, "context_length_exceeded")),
        ("groq", Failure(400, CONTEXT, "context_length_exceeded")),
        ("gemini", Failure(400, "The input token count (9000) exceeds the maximum number of tokens allowed (8192).")),
        ("openrouter", Failure(400, "This endpoint's maximum context length is 8192 tokens. You requested 9000.")),
    ],
)
def test_what_does_not_fit_counts_and_goes_nowhere_else(
    server: Loopback, policy: Path, provider: str, failure: Failure, way: str
) -> None:
    """A context that is too long is the model's own weakness: no other provider of the tier is asked."""
    server.answer(failure, provider=provider)
    rest = [name for name in PROVIDERS if name != provider]
    with Listening.open(ordered(policy, provider, *rest)) as resolver:
        assert ran(agent_of(resolver), way).status == "error"
        assert resolver.heard == [("worker_a", "context", "general")]
        assert resolver.streaks()[WORKER].strikes == 1
    assert asked(server) == [provider]


@every_way
def test_a_call_that_groq_cannot_read_is_the_models(server: Loopback, policy: Path, way: str) -> None:
    """Groq refuses what its model has generated; that is of kind `tool`, and no other provider is asked."""
    server.answer(Failure(400, "Failed to call a function. Please adjust your prompt.", "tool_use_failed"))
    with Listening.open(ordered(policy, "groq", "cerebras", "gemini", "openrouter")) as resolver:
        assert ran(agent_of(resolver, tools=[half]), way).status == "error"
        assert resolver.kinds() == ["tool"]
    assert asked(server) == ["groq"]


@pytest.mark.parametrize(("status", "kind"), [(500, "outage"), (429, "capacity"), (401, "auth"), (404, "not_found")])
def test_a_hundred_failures_of_providers_escalate_nobody(
    server: Loopback, policy: Path, monkeypatch: pytest.MonkeyPatch, status: int, kind: str
) -> None:
    """What is the provider's fault is recorded as that, and leaves no strike and no escalation."""
    server.answer(Failure(status))
    for provider in ("groq", "gemini", "openrouter"):
        monkeypatch.delenv(f"NUM_{provider.upper()}")
    monkeypatch.setenv("NUM_CEREBRAS", "1")  # so that keycycle does not wait for it to recover
    before = {file: file.read_bytes() for file in policy.glob("*.yaml")}
    with Listening.open(policy) as resolver:
        model = resolver.model("t", "worker_a")
        for number in range(100):
            with pytest.raises(ResolverError):
                model.response([Message(role="user", content="hello")], run_response=RunOutput(run_id=str(number)))
        assert resolver.heard == [("worker_a", kind, "general")] * 100
        assert not resolver.streaks()
        assert not resolver.escalations()
        assert model.id == GENERAL
    assert before == {file: file.read_bytes() for file in before}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_page_in_place_of_an_answer_is_nobodys_failure(server: Loopback, listening: Listening, provider: str) -> None:
    """Also of a model that is not ours, an answer that cannot be read is an outage."""
    server.answer(Garbage())
    with opened(server, provider) as model:
        agent = Agent(model=model, telemetry=False)
        listening.watch(agent, "t", "worker_a")
        assert ran(agent, "run").status == "error"
    assert listening.kinds() == ["outage"]


def test_what_an_attempt_cannot_read_is_the_models_failure(server: Loopback, listening: Listening) -> None:
    """An application that asked for JSON and got words has seen a weakness of the model."""
    server.answer(Text("here is your JSON:"))
    with pytest.raises(json.JSONDecodeError), listening.attempt("t", "worker_a") as model:
        json.loads(str(model.response([Message(role="user", content="hello")]).content))
    assert listening.kinds() == ["task"]


@every_way
def test_a_success_elsewhere_ends_a_streak(server: Loopback, listening: Listening, way: str) -> None:
    """It is a success too when a later provider has served it."""
    agent = agent_of(listening, tools=[half])
    for _ in range(2):
        server.answer(*calls(3))
        ran(agent, way)
    assert listening.streaks()[WORKER].strikes == 2
    server.answer(Text("that is it"))
    server.answer(Failure(500), provider="cerebras")
    assert ran(agent, way).content == "that is it"
    assert listening.kinds() == ["tool", "tool", "outage", "success"]
    assert not listening.streaks()


@every_way
def test_an_outage_in_between_leaves_a_streak_alone(server: Loopback, listening: Listening, way: str) -> None:
    """A turn that no provider served is no outcome of the model's: the streak goes on after it."""
    agent = agent_of(listening, tools=[half])
    for answers in (calls(3), (Failure(500),), calls(3)):
        server.answer(*answers)
        ran(agent, way)
    assert listening.kinds() == ["tool", *["outage"] * 4, "tool"]
    assert listening.streaks()[WORKER].strikes == 2


@every_way
def test_a_tool_that_failed_before_all_went_out_counts(server: Loopback, listening: Listening, way: str) -> None:
    """What the model did before its providers failed is seen."""
    server.answer(ToolCalls((("half", {"number": 3}),)), Failure(500))
    assert ran(agent_of(listening, tools=[half]), way).status == "error"
    assert listening.kinds() == [*["outage"] * 4, "tool"]


@every_way
def test_a_call_without_a_run_is_no_turn(server: Loopback, listening: Listening, way: str) -> None:
    """Whoever calls the model by itself falls over like others, and records nothing."""
    model, messages = listening.model("t", "worker_a"), [Message(role="user", content="hello")]
    server.answer(Failure(500), provider="cerebras")

    async def call() -> str:
        if way == "arun":
            return str((await model.aresponse(messages)).content)
        return "".join([one.content or "" async for one in model.aresponse_stream(messages)])

    if way == "run":
        content = model.response(messages).content
    elif way == "stream":
        content = "".join(one.content or "" for one in model.response_stream(messages))
    else:
        content = asyncio.run(call())
    assert content == "ok"
    assert asked(server) == ["cerebras", "groq"]
    assert not listening.heard


@every_way
def test_memory_and_summaries_are_no_turns(server: Loopback, listening: Listening, way: str) -> None:
    """What agno asks its model beside the run is not recorded."""
    more: dict[str, Any] = {"db": InMemoryDb(), "update_memory_on_run": True, "enable_session_summaries": True}  # type: ignore[no-untyped-call]
    agent = agent_of(listening, user_id="u", session_id="s", **more)
    assert ran(agent, way).content == "ok"
    assert len(server.asked) > 1
    assert {one.model for one in server.asked} == {GENERAL}
    assert listening.heard == [("worker_a", "success", "general")]


@pytest.mark.parametrize("way", ["arun", "astream"])
def test_a_cancelled_turn_is_no_outcome(server: Loopback, listening: Listening, way: str) -> None:
    """A task that is cancelled while the provider thinks says nothing about anyone."""
    server.answer(Slow(30))

    async def cancel() -> None:
        agent = agent_of(listening)

        async def turn() -> None:
            if way == "arun":
                await agent.arun("hello")
            else:
                async for _ in agent.arun("hello", stream=True):
                    pass

        task = asyncio.create_task(turn())
        while not server.asked:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert not listening.heard
    assert not listening.streaks()
    assert asked(server) == ["cerebras"]


@pytest.mark.parametrize("way", ["run", "stream"])
def test_an_interrupt_is_no_outcome(server: Loopback, listening: Listening, way: str) -> None:
    """Ctrl-C while a tool runs says nothing about anyone."""

    def half(number: int) -> str:
        """Halve an even number."""
        raise KeyboardInterrupt

    server.answer(*calls(4))
    assert ran(agent_of(listening, tools=[half]), way).status == "cancelled"
    assert len(server.asked) == 1
    assert not listening.heard


@pytest.mark.parametrize("way", ["stream", "astream"])
def test_a_stream_that_nobody_reads_on_is_no_outcome(server: Loopback, listening: Listening, way: str) -> None:
    """Whoever closes a stream early has not judged it."""
    server.answer(Text("one two three"))
    agent = agent_of(listening)

    async def leave() -> None:
        events: Any = agent.arun("hello", stream=True)
        async for event in events:
            if event.content:
                break
        await events.aclose()

    if way == "stream":
        events: Any = agent.run("hello", stream=True)
        assert next(event.content for event in events if event.content) == "one "
        events.close()
    else:
        asyncio.run(leave())
    gc.collect()
    assert not listening.heard


@every_way
@pytest.mark.parametrize("error", [ResolverError("the lock is taken"), OSError(28, "No space left on device")])
def test_a_store_error_is_one_line_and_breaks_nothing(
    server: Loopback,
    listening: Listening,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    way: str,
) -> None:
    """The turn's answer comes all the same, and what could not be written is said once."""

    def update(*_: object) -> None:
        raise error

    server.answer(Failure(500), provider="cerebras")
    with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.DEBUG, "resolver"):
        patch.setattr(FileStore, "update", update)
        assert ran(agent_of(listening), way).content == "ok"
        with pytest.raises(type(error)):
            listening.record_failure("t", "worker_a", ran_on=listening.resolve("t", "worker_a"))
    [line] = [record for record in caplog.records if record.name == "resolver"]
    assert line.levelno == logging.ERROR
    assert "`t:worker_a`" in line.getMessage()
    assert str(error) in line.getMessage()


def test_a_read_only_policy_says_once_that_it_learns_nothing(
    server: Loopback, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The shipped policy runs agents; that it cannot learn is one warning."""
    monkeypatch.chdir(tmp_path)
    with Resolver.open() as resolver:
        server.answer(*calls(3))
        for role in ("worker_a", "worker_b", "worker_a"):
            assert ran(agent_of(resolver, role, tools=[half]), "run").status == "completed"
    [line] = [record for record in caplog.records if record.name == "resolver"]
    assert line.levelno == logging.WARNING
    assert "read-only" in line.getMessage()


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


@every_way
def test_an_agent_changes_its_model_with_the_phase(server: Loopback, listening: Listening, way: str) -> None:
    """One agent, built once, runs on the tier of the phase that surrounds each run."""
    agent = agent_of(listening)
    ran(agent, way)
    with listening.in_phase("execution"):
        ran(agent, way)
        with listening.in_phase(None):
            ran(agent, way)
        ran(agent, way)
    ran(agent, way)
    assert [one.model for one in server.asked] == [GENERAL, FAST, GENERAL, FAST, GENERAL]
    assert [tier for _, _, tier in listening.heard] == ["general", "fast", "general", "fast", "general"]


@every_way
def test_a_fixed_phase_outdoes_the_one_around(server: Loopback, listening: Listening, way: str) -> None:
    """`phase=` holds wherever the agent runs."""
    fixed = Agent(model=listening.model("t", "worker_a", phase="execution"), telemetry=False)
    ran(fixed, way)
    with listening.in_phase("planning"):
        ran(fixed, way)
    none = Agent(model=listening.model("t", "worker_a", phase=""), telemetry=False)
    with listening.in_phase("execution"):
        ran(none, way)
    assert [one.model for one in server.asked] == [FAST, FAST, GENERAL]


def test_a_phase_is_that_of_its_thread_and_of_the_tasks_it_starts(server: Loopback, listening: Listening) -> None:
    """A thread of its own knows nothing of it, a task and `to_thread` go along, and leaving it changes neither."""
    model = listening.model("t", "worker_a")
    seen: dict[str, str] = {}

    async def look() -> None:
        with listening.in_phase("execution"):
            task = asyncio.create_task(later())
            seen["to_thread"] = await asyncio.to_thread(lambda: model.id)
        seen["after"] = model.id
        await task

    async def later() -> None:
        await asyncio.sleep(0.01)
        seen["task"] = model.id

    with listening.in_phase("execution"):
        thread = threading.Thread(target=lambda: seen.update(thread=model.id))
        thread.start()
        thread.join()
    asyncio.run(look())
    assert seen == {"thread": GENERAL, "to_thread": FAST, "after": GENERAL, "task": FAST}


def test_a_phase_is_that_of_one_resolver(listening: Listening, policy: Path) -> None:
    """Two resolvers in one program do not mind each other's phases."""
    with Resolver.open(policy) as stranger, stranger.in_phase("execution"):
        assert listening.model("t", "worker_a").id == GENERAL
        assert stranger.model("t", "worker_a").id == FAST


def test_a_turn_stays_on_the_tier_that_it_began_on(server: Loopback, listening: Listening) -> None:
    """A phase that ends, or an escalation that comes, in the middle of a turn is for the next one."""

    def half(number: int) -> str:
        """Halve, while others fail."""
        decision = listening.resolve("t", "worker_a")
        for _ in range(3):
            listening.record_failure("t", "worker_a", kind="task", ran_on=decision)
        return "2"

    server.answer(*calls(4))
    agent = agent_of(listening, tools=[half])
    ran(agent, "run")
    assert [one.model for one in server.asked] == [GENERAL, GENERAL]
    assert listening.heard[-1] == ("worker_a", "success", "general")
    assert listening.escalations() == {WORKER: "reasoning"}


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
@pytest.mark.parametrize("refusal", [Failure(500), Failure(400, CONTEXT)])
def test_a_member_that_fails_does_not_count_against_its_leader(
    server: Loopback, listening: Listening, refusal: Failure, way: str
) -> None:
    """Whatever ends a member's turn is the member's outcome; the leader who goes on has succeeded."""
    for model in MODELS.values():
        server.answer(refusal, model=model)
    server.answer(delegate("anna"), Text("without anna"), model=REASONING)
    result = ran(team_of(listening), way)
    assert result.content.endswith("without anna")
    kinds = ["outage"] * 4 if refusal.status == 500 else ["context"]
    assert [kind for role, kind, _ in listening.heard if role == "worker_a"] == kinds
    assert [one for one in listening.heard if one[0] == "orchestrator"] == [("orchestrator", "success", "reasoning")]


@every_way
def test_a_run_names_what_has_served_it(server: Loopback, listening: Listening, way: str) -> None:
    """`model` and `model_provider` of a result are those of the provider that served its last call."""
    server.answer(ToolCalls((("half", {"number": 4}),)), Failure(500), provider="cerebras")
    result = ran(agent_of(listening, tools=[half]), way)
    assert (result.output.model_provider, result.output.model) == ("groq", MODELS["groq"])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_stream_that_breaks_off_names_its_provider(server: Loopback, policy: Path, provider: str) -> None:
    """The history of an outage in mid-stream is an outage, and a later turn is a success of its own."""
    server.answer(Broken("one two three", after=1), provider=provider, times=1)
    with Listening.open(cooling(ordered(policy, provider), 0)) as resolver:
        agent = agent_of(resolver)
        assert [ran(agent, "stream").status for _ in range(2)] == ["error", "completed"]
        assert resolver.kinds() == ["outage", "success"]
    assert json.dumps(asked(server)) == json.dumps([provider] * 2)
