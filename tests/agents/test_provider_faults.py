"""Failures of providers neither extend nor end a streak; failures of the model itself extend it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from agno.agent import Agent
from agno.models.message import Message
from agno.run.agent import RunOutput

from examples.loopback import PROVIDERS, Broken, Failure, Garbage, Loopback, Text, ToolCalls
from resolver import ResolverError
from resolver.domain import Subject
from tests.agents.agents import GENERAL, MODELS, WAYS, Listening, agent_of, asked, cooling, ordered, ran
from tests.agents.halving import calls, half
from tests.agents.loopback_calls import opened

every_way = pytest.mark.parametrize("way", WAYS)
WORKER = Subject("t", "worker_a")
CONTEXT = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."


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
def test_what_is_too_long_for_one_provider_goes_to_the_next(
    server: Loopback, policy: Path, provider: str, failure: Failure, way: str
) -> None:
    """Another provider of the tier may have a longer context window: no failure is recorded, and nobody cools down."""
    server.answer(failure, provider=provider)
    rest = [name for name in PROVIDERS if name != provider]
    with Listening.open(ordered(policy, provider, *rest)) as resolver:
        assert ran(agent_of(resolver), way).content == "ok"
        assert resolver.heard == [("worker_a", "success", "general")]
        assert ran(agent_of(resolver), way).content == "ok"
    assert asked(server) == [provider, rest[0]] * 2


@every_way
def test_what_is_too_long_for_each_provider_is_not_the_models_fault(
    server: Loopback, listening: Listening, way: str
) -> None:
    """The turn is a failure `context`, which the shipped policy ignores."""
    server.answer(Failure(400, CONTEXT, "context_length_exceeded"))
    for _ in range(3):
        result = ran(agent_of(listening), way)
        assert result.status == "error"
        assert all(f"{provider} `{MODELS[provider]}`: context, " in result.error for provider in PROVIDERS)
    assert listening.heard == [("worker_a", "context", "general")] * 3
    assert not listening.streaks()
    assert not listening.escalations()
    assert asked(server) == [*PROVIDERS] * 3


@every_way
def test_what_is_too_long_for_one_and_out_at_the_others_says_nothing(
    server: Loopback, listening: Listening, way: str
) -> None:
    """As long as a provider could not be asked, nobody knows whether the messages are too long for the tier."""
    server.answer(Failure(503))
    server.answer(Failure(400, CONTEXT, "context_length_exceeded"), provider="groq")
    assert ran(agent_of(listening), way).status == "error"
    assert listening.kinds() == ["outage"] * 3


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
