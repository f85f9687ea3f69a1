"""HFS's word and what was observed at the models: which one counts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from agno.agent import Agent

from examples.loopback import Failure, Loopback, Text, ToolCalls
from resolver.agents.keycycle_import import keycycle, silent_logger
from resolver.hfs import EscalationTracker, ModelSelector
from tests.hfs.hfs import ProviderManager, TiersSection, config_of


def measure() -> str:
    """Measure."""
    raise ValueError("it has no size")


class Watched:
    """One agent, and HFS's tracker."""

    def __init__(self, server: Loopback, file: Path) -> None:
        self.server = server
        self.config: TiersSection = config_of(file)
        self.manager = ProviderManager("cerebras")
        self.selector = ModelSelector(self.config, self.manager)
        self.tracker = EscalationTracker(file, self.config)
        self.agents: dict[str, Agent] = {}

    def run(self, how: str, role: str = "worker_a") -> None:
        """Run an agent: `good`, `tool` (one that fails) or `outage`."""
        if role not in self.agents:
            model = self.selector.get_model("t", role)
            self.agents[role] = Agent(model=model, tools=[measure], telemetry=False)
        answers = {
            "good": (Text(),),
            "tool": (ToolCalls((("measure", {}),)), Text("sorry")),
            "outage": (Failure(503),),
        }
        self.server.answer(*answers[how])
        asyncio.run(self.agents[role].arun("hello"))

    def count(self, role: str = "worker_a") -> int:
        return self.tracker.get_failure_count("t", role)

    def fails(self, times: int, role: str = "worker_a") -> None:
        for _ in range(times):
            self.tracker.record_failure("t", role)

    def succeeds(self, role: str = "worker_a") -> None:
        self.tracker.record_success("t", role)


@pytest.fixture
def watched(server: Loopback, file: Path) -> Iterator[Watched]:
    made = Watched(server, file)
    yield made
    made.manager.close()


def test_hfss_word_counts_where_nothing_was_observed(watched: Watched) -> None:
    watched.fails(2)
    watched.succeeds()
    assert watched.count() == 0


@pytest.mark.parametrize(
    ("turns", "count"),
    [
        (["good"], 0),
        (["outage"], 1),
        (["tool"], 2),
        (["tool", "good"], 0),
        (["outage", "good"], 0),
        (["good", "outage"], 0),
        (["good", "tool"], 1),
    ],
    ids=str,
)
def test_a_success_counts_only_if_the_last_outcome_observed_was_good(
    watched: Watched, turns: list[str], count: int
) -> None:
    """One failure came before; a good turn that was followed by another one was a success whatever came then."""
    watched.fails(1)
    for turn in turns:
        watched.run(turn)
    watched.succeeds()
    assert watched.count() == count


def test_a_success_waits_for_hfss_word(watched: Watched) -> None:
    """A result that HFS finds bad is no success, although the model was."""
    watched.fails(1)
    watched.run("good")
    assert watched.count() == 1
    watched.fails(1)
    assert watched.count() == 2


@pytest.mark.parametrize(("turn", "count"), [("tool", 1), ("outage", 0), ("good", 1)])
def test_a_failure_that_a_model_has_recorded_is_not_counted_again(watched: Watched, turn: str, count: int) -> None:
    watched.run(turn)
    watched.fails(1)
    assert watched.count() == count


def test_the_escalation_that_a_model_has_recorded_is_what_is_returned(watched: Watched) -> None:
    watched.fails(2)
    watched.run("tool")
    assert watched.config.escalation_state == {"t:worker_a": "reasoning"}
    assert watched.tracker.record_failure("t", "worker_a") == "reasoning"
    assert watched.tracker.record_failure("t", "worker_a") is None
    assert watched.count() == 1, "only the second one was new"


def test_what_was_observed_is_used_up_by_one_word(watched: Watched) -> None:
    watched.run("tool")
    watched.fails(2)
    assert watched.count() == 2
    watched.succeeds()
    assert watched.count() == 2, "the last that this triad showed is still a failure"
    watched.run("good")
    watched.succeeds()
    assert watched.count() == 0


def test_each_role_is_judged_by_its_own_model(watched: Watched) -> None:
    for role in ("worker_a", "worker_b"):
        watched.fails(1, role)
    watched.run("tool", "worker_a")
    watched.run("good", "worker_b")
    for role in ("worker_a", "worker_b"):
        watched.succeeds(role)
    assert [watched.count(role) for role in ("worker_a", "worker_b")] == [2, 0]


def test_the_failures_of_another_triad_hold_no_success_back(watched: Watched) -> None:
    watched.tracker.record_failure("u", "worker_a")
    watched.run("outage")
    watched.tracker.record_success("u", "worker_a")
    assert watched.tracker.get_failure_count("u", "worker_a") == 0


def test_six_failures_at_once_on_one_tier_are_one_step(watched: Watched) -> None:
    """The work of the later ones was done on a tier that is no longer in force."""
    watched.config.role_defaults["worker_a"] = "fast"
    watched.run("good")

    async def six() -> None:
        fails = ToolCalls((("measure", {}),))
        watched.server.answer(*[fails] * 6, Text("sorry"))
        await asyncio.gather(*(watched.agents["worker_a"].arun("hello") for _ in range(6)))

    asyncio.run(six())
    assert watched.config.escalation_state == {"t:worker_a": "general"}


class KeycycleManager:
    """A provider manager that makes keycycle's models as HFS does: they sleep until a key is free."""

    available_providers = ("cerebras",)

    def __init__(self) -> None:
        self.wrapper = keycycle().MultiProviderWrapper.from_env(
            "cerebras", "", env_file=os.devnull, logger=silent_logger(), track_usage=False
        )

    def get_model(self, provider: str, model_id: str) -> Any:
        return self.wrapper.get_model(id=model_id, wait=True)


def test_no_call_waits_for_a_key(server: Loopback, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call for which no key is free fails at once, as it does with the resolver's own models."""
    from keycycle.core.backoff import ExponentialBackoff  # noqa: PLC0415  beside its one use

    def wait(*_: object) -> None:
        raise AssertionError("a call waited")

    monkeypatch.setattr(ExponentialBackoff, "wait", wait)
    config, manager = config_of(file), KeycycleManager()
    EscalationTracker(file, config)
    agent = Agent(model=ModelSelector(config, manager).get_model("t", "worker_a"), telemetry=False)
    answers = [str(agent.run("hello").content) for _ in range(20)]  # keycycle lets a key be used 5 times a minute
    assert answers[0] == "ok"
    assert "No available API keys" in answers[-1]
    manager.wrapper.manager.stop()


@pytest.mark.parametrize("result", [{"success": False, "error": "no plan"}, '{"success": false, "error": "no plan"}'])
def test_a_tool_of_hfs_that_answers_its_failure_has_failed(watched: Watched, result: object) -> None:
    """Three such turns raise the role: HFS's tools raise nothing."""

    def plan() -> object:
        """Plan."""
        return result

    agent = Agent(model=watched.selector.get_model("t", "worker_a"), tools=[plan], telemetry=False)
    for _ in range(3):
        watched.server.answer(ToolCalls((("plan", {}),)), Text("I am done"))
        asyncio.run(agent.arun("hello"))
        watched.succeeds()
    assert dict(watched.config.escalation_state) == {"t:worker_a": "reasoning"}


def test_a_run_of_hfs_is_one_strike(watched: Watched) -> None:
    """An agent that tries three times has failed once when HFS reports it."""
    model = watched.selector.get_model("t", "worker_a")
    agent = Agent(model=model, retries=2, delay_between_retries=0, telemetry=False)
    watched.server.answer(Failure(400, "Failed to generate JSON", "json_validate_failed"))
    asyncio.run(agent.arun("hello"))
    watched.fails(1)
    assert watched.count() == 1
