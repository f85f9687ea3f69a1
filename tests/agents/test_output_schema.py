"""An answer that cannot be made the asked-for `output_schema` is a failure of the task."""

from __future__ import annotations

import json
from typing import Any

import pytest
from agno.agent import Agent
from agno.models.openai import OpenAIChat
from agno.run.agent import RunOutput
from agno.run.base import RunStatus
from agno.team import Team
from pydantic import BaseModel, Field, RootModel, field_validator

from examples.loopback import Loopback, Text
from resolver import Resolver
from resolver.agents.last_answer import failure_of_content
from tests.agents.agents import WAYS, Listening, agent_of, ran, run_once, strikes
from tests.agents.halving import calls, half

every_way = pytest.mark.parametrize("way", WAYS)
two_ways = pytest.mark.parametrize("way", ["run", "astream"])


class Answer(BaseModel):
    """A number, and why."""

    n: int = Field(ge=0)
    why: str = ""


GOOD = ['{"n": 4}', '{"n": "4"}', '```json\n{"n": 4, "why": "it is"}\n```', 'Here it is: {"n": 4}. Any questions?']
NO_JSON = ["sure! n is 4", "{n: 4", "[", "null"]
OTHER_JSON = ['{"m": 4}', '{"n": "four"}', '{"n": -1}', "[4]", "{}", "4"]
SCHEMA: dict[str, Any] = {
    "type": "json_schema",
    "json_schema": {"name": "answer", "schema": {"type": "object", "properties": {"n": {"type": "integer"}}}},
}


@every_way
@pytest.mark.parametrize("text", NO_JSON)
def test_an_answer_that_is_no_json_fails_its_turn(server: Loopback, listening: Listening, text: str, way: str) -> None:
    """Agno asks the resolver's models for JSON, and what is none cannot become the schema."""
    server.answer(Text(text))
    ran(agent_of(listening, output_schema=Answer), way)
    assert listening.heard == [("worker_a", "task", "general")]


@two_ways
@pytest.mark.parametrize("text", GOOD)
@pytest.mark.parametrize("watched", [False, True])
def test_an_answer_that_agno_can_read_is_a_success(
    server: Loopback, listening: Listening, text: str, way: str, *, watched: bool
) -> None:
    """What agno reads out of a text counts, as it is what the application gets."""
    server.answer(Text(text))
    agent = agent_of(listening, output_schema=Answer)
    if watched:
        listening.watch(agent, "t", "worker_a")
    ran(agent, way)
    assert listening.heard == [("worker_a", "success", "general")]


@two_ways
@pytest.mark.parametrize("text", [*NO_JSON, *OTHER_JSON])
@pytest.mark.parametrize("schema", ["of the agent", "of the run"])
def test_a_watched_agent_is_judged_by_its_schema(
    server: Loopback, listening: Listening, text: str, schema: str, way: str
) -> None:
    """The fields and their values count as well, wherever the schema was given."""
    server.answer(Text(text))
    agent = agent_of(listening, output_schema=Answer if schema == "of the agent" else None)
    listening.watch(agent, "t", "worker_a")
    if schema == "of the run":
        agent = _Asking(agent)  # type: ignore[assignment]
    ran(agent, way)
    assert listening.heard == [("worker_a", "task", "general")]


class _Asking:
    """An agent that is asked for the schema in each run."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    def run(self, *args: Any, **kwargs: Any) -> Any:
        return self._agent.run(*args, output_schema=Answer, **kwargs)

    def arun(self, *args: Any, **kwargs: Any) -> Any:
        return self._agent.arun(*args, output_schema=Answer, **kwargs)


@two_ways
@pytest.mark.parametrize(("text", "outcome"), [(GOOD[0], "success"), *((text, "task") for text in OTHER_JSON)])
def test_a_model_of_the_applications_own_is_judged_in_its_turn(
    server: Loopback, listening: Listening, text: str, outcome: str, way: str
) -> None:
    """Agno hands the schema itself to a model that supports it."""
    server.answer(Text(text), provider="openai")
    model = OpenAIChat(id="m", api_key="a-key", base_url=server.base_url("openai"), max_retries=0)
    agent = Agent(model=model, output_schema=Answer, telemetry=False)
    listening.watch(agent, "t", "worker_a")
    run_once(agent, way)
    assert listening.kinds() == [outcome]


class Numbers(RootModel[list[int]]):
    """A list."""


@two_ways
@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize(
    ("text", "schema"), [("[1, 2]", Numbers), ('[{"n": 4}]', Answer), ("[1]", {"type": "array"}), ("4", RootModel[int])]
)
def test_a_schema_of_no_object_is_met_by_what_agno_reads(
    server: Loopback, listening: Listening, text: str, schema: Any, way: str, *, watched: bool
) -> None:
    """Lists and plain values are answers, too, and agno takes the one item of a list for the object."""
    server.answer(Text(text))
    agent = agent_of(listening, output_schema=schema)
    if watched:
        listening.watch(agent, "t", "worker_a")
    ran(agent, way)
    assert listening.kinds() == ["success"]


@every_way
def test_a_schema_that_is_a_dict_asks_for_json(server: Loopback, listening: Listening, way: str) -> None:
    """Agno checks no more than that, and neither does the resolver."""
    agent = agent_of(listening, output_schema=SCHEMA)
    listening.watch(agent, "t", "worker_a")
    for text in ('{"n": "four"}', "four"):
        server.answer(Text(text))
        ran(agent, way)
    assert listening.kinds() == ["success", "task"]


@every_way
def test_an_agent_that_reads_its_answers_itself(server: Loopback, listening: Listening, way: str) -> None:
    """With `parse_response=False` the result stays text, and is judged by what could be made of it."""
    agent = agent_of(listening, output_schema=Answer, parse_response=False)
    listening.watch(agent, "t", "worker_a")
    for text in (GOOD[0], OTHER_JSON[0]):
        server.answer(Text(text))
        ran(agent, way)
    assert listening.kinds() == ["success", "task"]


@every_way
def test_tools_come_before_the_answer(server: Loopback, listening: Listening, way: str) -> None:
    """Only the last answer of a turn has to fit: beside a call of a tool a model says what it likes."""
    server.answer(calls(4)[0], Text('{"n": 2}'))
    ran(agent_of(listening, output_schema=Answer, tools=[half]), way)
    assert listening.kinds() == ["success"]


@every_way
def test_a_teams_answer_is_its_leaders(server: Loopback, listening: Listening, way: str) -> None:
    """A team with a schema is judged as an agent is."""
    server.answer(Text(OTHER_JSON[0]))
    team = Team(
        model=listening.model("t", "lead"), members=[agent_of(listening)], output_schema=Answer, telemetry=False
    )
    listening.watch(team, "t", "lead")
    ran(team, way)
    assert listening.kinds() == ["task"]


@pytest.mark.parametrize(("content", "counted"), [(Answer(n=4), 0), (GOOD[0], 0), (NO_JSON[0], 1), (OTHER_JSON[0], 1)])
def test_a_run_of_another_model_is_judged_by_the_schema_it_was_asked_for(
    resolver: Resolver, content: object, counted: int
) -> None:
    """A run's result does not say what was asked for, so `record_run` is given it."""
    run = RunOutput(run_id="1", content=content, status=RunStatus.completed)
    resolver.record_run("layout", "worker_a", run, output_schema=Answer)
    assert strikes(resolver) == counted
    again = RunOutput(run_id="2", content=content, status=RunStatus.completed)
    assert str(resolver.record_run("layout", "worker_a", again)["worker_a"].effect) == "reset"


def test_an_observed_success_that_does_not_fit_is_a_failure(server: Loopback, resolver: Resolver) -> None:
    """A turn that gave JSON of another shape is a success of the model until its run is judged."""
    server.answer(Text(OTHER_JSON[0]))
    agent = Agent(model=resolver.model("layout", "worker_a"), output_schema=Answer, telemetry=False)
    run = agent.run("hello")
    assert strikes(resolver) == 0
    resolver.record_run("layout", "worker_a", run, output_schema=Answer)
    assert strikes(resolver) == 1


class Picky(BaseModel):
    """A schema whose own check raises what pydantic does not expect."""

    n: int

    @field_validator("n")
    @classmethod
    def known(cls, value: int) -> int:
        """Look the value up."""
        return {1: 1}[value]


@every_way
def test_a_schema_whose_check_fails_breaks_no_run(server: Loopback, listening: Listening, way: str) -> None:
    """The run ends as it would without a resolver, and its answer does not fit."""
    server.answer(Text('{"n": 4}'), provider="openai")
    model = OpenAIChat(id="m", api_key="a-key", base_url=server.base_url("openai"), max_retries=0)
    agent = Agent(model=model, output_schema=Picky, telemetry=False)
    listening.watch(agent, "t", "worker_a")
    assert run_once(agent, way).status == "completed"
    assert listening.kinds() == ["task"]


@pytest.mark.parametrize("content", [None, 4, [4], Answer(n=4), json.loads(GOOD[0]), GOOD[0], OTHER_JSON[0], "", "\0"])
@pytest.mark.parametrize("schema", [None, Answer, SCHEMA, {"type": "json_object"}, str, 7, {}])
def test_no_result_and_no_schema_is_an_error(content: object, schema: object) -> None:
    """Whatever an application hands over is judged, and never raises."""
    failure = failure_of_content(content, schema)
    assert failure is None or failure.kind == "task"
