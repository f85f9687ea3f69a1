"""An answer that says nothing or is withheld is no answer: the next provider is asked before it counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from agno.agent import Agent
from agno.models.openai import OpenAIChat
from agno.team import Team

from examples.loopback import PROVIDERS, Answer, Failure, Filtered, Loopback, Nothing, Refused, Text, ToolCalls
from resolver import Resolver, Subject
from tests.agents.agents import MODELS, REASONING, WAYS, Listening, agent_of, asked, ordered, ran, run_once
from tests.agents.halving import calls, half

every_way = pytest.mark.parametrize("way", WAYS)
two_ways = pytest.mark.parametrize("way", ["run", "astream"])
WORKER = Subject("t", "worker_a")
SILENT: dict[str, Answer] = {
    "empty": Nothing(content=""),
    "null": Nothing(content=None),
    "without usage": Nothing(usage=False),
    "blank": Text(" \n "),
}
WITHHELD: dict[str, Answer] = {
    "filtered": Filtered(),
    "filtered half": Filtered(content="partial"),
    "refused": Refused(),
}
ANSWERS = {name: (answer, "task") for name, answer in SILENT.items()}
ANSWERS |= {name: (answer, "filtered") for name, answer in WITHHELD.items()}
every_answer = pytest.mark.parametrize(("answer", "kind"), ANSWERS.values(), ids=ANSWERS)


@two_ways
@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("answer", [answer for answer, _ in ANSWERS.values()], ids=ANSWERS)
def test_no_answer_of_one_provider_goes_to_the_next(
    server: Loopback, policy: Path, provider: str, answer: Answer, way: str
) -> None:
    """Another provider has the answer: the turn is a success, and the first one keeps its place."""
    if way == "astream" and answer == WITHHELD["filtered half"]:
        pytest.skip("a stream that has begun is not restarted")
    server.answer(answer, provider=provider)
    rest = [name for name in PROVIDERS if name != provider]
    with Listening.open(ordered(policy, provider, *rest)) as resolver:
        for _ in range(2):
            assert ran(agent_of(resolver), way).content == "ok"
        assert resolver.heard == [("worker_a", "success", "general")] * 2
    assert asked(server) == [provider, rest[0]] * 2


@two_ways
@every_answer
def test_no_answer_of_any_provider_is_the_turns_failure(
    server: Loopback, listening: Listening, answer: Answer, kind: str, way: str
) -> None:
    """Saying nothing counts against the model; a filter does not."""
    server.answer(answer)
    result = ran(agent_of(listening), way)
    assert result.status == "error"
    assert listening.heard == [("worker_a", kind, "general")]
    assert bool(listening.streaks()) is (kind == "task")
    if not (way in ("stream", "astream") and answer == WITHHELD["filtered half"]):
        assert all(f"{provider} `{MODELS[provider]}`: {kind}, " in result.error for provider in PROVIDERS)


@every_way
def test_a_blocked_prompt_of_gemini_is_filtered(server: Loopback, policy: Path, way: str) -> None:
    """Its answer has no candidates but the reason why."""
    server.answer(Filtered(where="prompt"), provider="gemini")
    with Listening.open(ordered(policy, "gemini")) as resolver:
        assert ran(agent_of(resolver), way).content == "ok"
        server.answer(Failure(500))
        server.answer(Filtered(where="prompt"), provider="gemini")
        assert ran(agent_of(resolver), way).status == "error"
        assert resolver.kinds() == ["success", *["outage"] * 3]


@pytest.mark.parametrize("provider", ["cerebras", "groq", "openrouter"])  # gemini gives both in one piece
@pytest.mark.parametrize("way", ["stream", "astream"])
def test_a_stream_that_a_filter_cuts_off_is_filtered(server: Loopback, policy: Path, provider: str, way: str) -> None:
    """What has gone out cannot be taken back: the run is an error, and nobody is asked again."""
    server.answer(Filtered(content="partial"), provider=provider)
    with Listening.open(ordered(policy, provider)) as resolver:
        result = ran(agent_of(resolver), way)
        assert (result.content, result.status) == ("partial", "error")
        assert resolver.kinds() == ["filtered"]
    assert asked(server) == [provider]


TOO_LONG = Failure(400, "maximum context length is 8192 tokens", "context_length_exceeded")


@two_ways
@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (Nothing(), Filtered(), "filtered"),
        (Filtered(), TOO_LONG, "filtered"),
        (Nothing(), TOO_LONG, "context"),
        (Nothing(), Failure(503), "outage"),
        (Filtered(), Failure(429), "capacity"),
    ],
)
def test_what_says_least_about_the_model_decides(
    two_providers: tuple[Loopback, Listening], first: Answer, second: Answer, kind: str, way: str
) -> None:
    """If providers differ, the failure that is least the model's own is the turn's; an outage of one leaves it open."""
    server, resolver = two_providers
    server.answer(first, provider="cerebras")
    server.answer(second, provider="groq")
    assert ran(agent_of(resolver), way).status == "error"
    assert resolver.kinds() == [kind]
    assert not resolver.streaks()


@pytest.fixture
def two_providers(
    server: Loopback, policy: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Loopback, Listening]]:
    """A resolver with keys for cerebras and groq alone."""
    for provider in ("gemini", "openrouter"):
        monkeypatch.delenv(f"NUM_{provider.upper()}")
    with Listening.open(policy) as resolver:
        yield server, resolver


@every_way
def test_a_call_of_a_tool_says_something(server: Loopback, listening: Listening, way: str) -> None:
    """A model that calls a tool need not say anything beside it; once the tools are done, it has to."""
    server.answer(*calls(4)[:1], Nothing(), Text("that is it"))
    assert ran(agent_of(listening, tools=[half]), way).content.endswith("that is it")
    assert asked(server) == ["cerebras", "cerebras", "groq"]
    assert listening.kinds() == ["success"]


@two_ways
@every_answer
def test_three_runs_without_an_answer(
    server: Loopback, resolver: Resolver, answer: Answer, kind: str, way: str
) -> None:
    """Three runs in which no provider says anything raise the role; three that a filter withholds do not."""
    server.answer(answer)
    for _ in range(3):
        ran(agent_of(resolver), way)
    assert resolver.escalations() == ({WORKER: "reasoning"} if kind == "task" else {})


@every_way
@every_answer
def test_a_model_of_the_applications_own(
    server: Loopback, listening: Listening, answer: Answer, kind: str, way: str
) -> None:
    """A watched agent's own model is judged in the same way; its run stays as it is."""
    server.answer(answer, provider="openai")
    model = OpenAIChat(id="m", api_key="a-key", base_url=server.base_url("openai"), max_retries=0)
    agent = Agent(model=model, telemetry=False)
    listening.watch(agent, "t", "worker_a")
    assert run_once(agent, way).status == "completed"
    assert listening.kinds() == [kind]


@every_way
def test_a_member_that_says_nothing(server: Loopback, listening: Listening, way: str) -> None:
    """In a team each member answers for itself."""
    server.answer(Nothing())
    ask = ToolCalls((("delegate_task_to_member", {"member_id": "worker-a", "task": "work"}),))
    server.answer(ask, Text("done"), model=REASONING)
    leader = listening.model("t", "orchestrator")
    team = Team(model=leader, members=[agent_of(listening, name="worker_a")], telemetry=False)
    assert ran(team, way).content.endswith("done")
    assert listening.heard == [("worker_a", "task", "general"), ("orchestrator", "success", "reasoning")]
