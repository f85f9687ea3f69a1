"""HFS's triads over real agno teams: they run on the right models, and learn from what was observed there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.loopback import PROVIDERS, Failure, Loopback, Text, ToolCalls
from resolver.hfs import EscalationTracker, ModelSelector
from tests.hfs.hfs import (
    LEADERS,
    PRESETS,
    NeverRunning,
    Orchestrator,
    ProviderManager,
    Raising,
    Triad,
    config_of,
    escalations,
)
from tests.hfs.running import FAST, GENERAL, HFS, NAMES, REASONING, ask, broken_tool, leading, run, who


@pytest.mark.parametrize(
    ("preset", "leader", "member"),
    [
        ("hierarchical", REASONING, GENERAL),
        ("dialectic", REASONING, GENERAL),
        ("consensus", GENERAL, GENERAL),
    ],
)
def test_every_role_runs_on_its_tier(
    server: Loopback, start: Callable[..., HFS], preset: str, leader: str, member: str
) -> None:
    hfs = start()
    leading(server, preset, leader)
    orchestrator = hfs.orchestrator(preset)
    result = run(orchestrator)
    assert result.status.value == "COMPLETED"
    members = [role for role in PRESETS[preset] if role != LEADERS[preset]]
    seen = {who(asked): asked.model for asked in server.asked}
    assert seen == {"leader": leader, **dict.fromkeys(members, member)}
    tier = {REASONING: "reasoning", GENERAL: "general"}
    assert orchestrator.tiers == {LEADERS[preset]: tier[leader], **dict.fromkeys(members, tier[member])}
    assert hfs.counts(NAMES[preset]) == [0, 0, 0]


def test_every_role_of_a_triad_in_a_phase_runs_on_the_tier_of_that_phase(
    server: Loopback, start: Callable[..., HFS]
) -> None:
    leading(server, "hierarchical", REASONING)
    orchestrator = start().orchestrator(phase="execution")
    run(orchestrator)
    assert {who(asked): asked.model for asked in server.asked} == {
        "leader": REASONING,
        "worker_a": FAST,
        "worker_b": FAST,
    }


def test_agents_that_are_built_once_follow_the_phase_that_hfs_says(server: Loopback, start: Callable[..., HFS]) -> None:
    hfs = start()
    orchestrator = hfs.orchestrator()
    for phase, model in (("deliberation", GENERAL), ("execution", FAST), (None, GENERAL)):
        server.asked.clear()
        leading(server, "hierarchical", REASONING)
        with hfs.selector.in_phase(phase):
            run(orchestrator)
        assert {asked.model for asked in server.asked if who(asked) != "leader"} == {model}
        assert orchestrator.tiers["worker_a"] == ("fast" if phase == "execution" else "general")


def test_an_escalation_reaches_agents_that_are_built(server: Loopback, start: Callable[..., HFS]) -> None:
    hfs = start()
    orchestrator = hfs.orchestrator()
    hfs.fail(3, "worker_a")
    leading(server, "hierarchical", REASONING)
    run(orchestrator)
    seen = {who(asked): asked.model for asked in server.asked}
    assert (seen["worker_a"], seen["worker_b"]) == (REASONING, GENERAL)


def test_where_a_provider_has_no_such_model_the_next_one_serves(server: Loopback, start: Callable[..., HFS]) -> None:
    hfs = start()
    server.answer(Failure(404, "no such model"), provider="cerebras")
    leading(server, "hierarchical", "moonshotai/kimi-k2-instruct")
    hfs.fail(2, "worker_a")
    assert run(hfs.orchestrator()).status.value == "COMPLETED"
    served = {who(asked): asked.model for asked in server.asked if asked.provider == "groq"}
    general = "llama-3.3-70b-versatile"
    assert served == {"leader": "moonshotai/kimi-k2-instruct", "worker_a": general, "worker_b": general}
    assert hfs.counts() == [0, 0, 0], "it was a success after all"
    assert escalations(hfs.file) == {}


def test_a_tool_that_fails_in_worker_a_raises_only_worker_a(server: Loopback, start: Callable[..., HFS]) -> None:
    hfs = start()
    before = hfs.file.read_text()
    orchestrator = hfs.orchestrator(tools=broken_tool(server))
    for count in (1, 2, 0):
        assert run(orchestrator).status.value == "COMPLETED"
        assert hfs.counts() == [0, count, 0]
        broken_tool(server)
    assert hfs.config.escalation_state == escalations(hfs.file) == {"layout:worker_a": "reasoning"}
    assert hfs.selector.get_current_tier("layout", "worker_a") == "reasoning"
    assert len(set(hfs.file.read_text().splitlines()) - set(before.splitlines())) <= 2


@pytest.mark.parametrize("status", [500, 429, 401, 404, 400])
def test_where_no_provider_serves_nobody_rises_and_nothing_is_a_success(
    server: Loopback, start: Callable[..., HFS], status: int
) -> None:
    """Agno raises nothing, and HFS records a success for every role."""
    hfs = start()
    orchestrator = hfs.orchestrator()
    hfs.fail(2, *PRESETS["hierarchical"])
    server.answer(Failure(status))
    before = hfs.file.read_bytes()
    for _ in range(3):
        assert run(orchestrator).status.value == "ERROR"
        assert hfs.counts() == [2, 2, 2]
    assert hfs.config.escalation_state == {}
    assert hfs.file.read_bytes() == before


def test_an_outage_of_the_members_alone_is_no_success_of_theirs(server: Loopback, start: Callable[..., HFS]) -> None:
    hfs = start()
    hfs.fail(2, *PRESETS["hierarchical"])
    server.answer(Failure(503), model=GENERAL)
    server.answer(Failure(503), model="llama-3.3-70b-versatile")
    leading(server, "hierarchical", REASONING)
    run(hfs.orchestrator())
    assert hfs.counts() == [0, 2, 2]


def test_the_success_of_a_run_ends_the_streaks_of_those_who_worked(server: Loopback, start: Callable[..., HFS]) -> None:
    hfs = start()
    hfs.fail(2, *PRESETS["hierarchical"])
    leading(server, "hierarchical", REASONING)
    run(hfs.orchestrator())
    assert hfs.counts() == [0, 0, 0]


def test_a_failure_of_the_team_counts_once_against_each_role_that_was_called(
    server: Loopback, start: Callable[..., HFS]
) -> None:
    hfs = start()
    orchestrator = hfs.orchestrator(kind=Raising)
    server.answer(ask("worker_a"), Text("done"), model=REASONING, times=2)
    run(orchestrator)
    assert hfs.counts() == [1, 1, 0]
    assert hfs.tracker.get_failure_count("layout", "team") == 1
    assert "layout:team" not in hfs.config.escalation_state


def test_a_failure_of_the_team_has_the_kind_that_was_observed(server: Loopback, start: Callable[..., HFS]) -> None:
    """With everything answering 500, that the team then raises too says nothing of a model."""
    hfs = start()
    orchestrator = hfs.orchestrator(kind=Raising)
    server.answer(Failure(500))
    run(orchestrator, times=4)
    assert hfs.counts() == [0, 0, 0]
    assert hfs.tracker.get_failure_count("layout", "team") == 4
    assert hfs.config.escalation_state == {}


def test_a_failure_of_the_team_does_not_count_again_what_a_model_has_recorded(
    server: Loopback, start: Callable[..., HFS]
) -> None:
    hfs = start()
    run(hfs.orchestrator(kind=Raising, tools=broken_tool(server)))
    assert hfs.counts() == [1, 1, 1], "worker_a's tool failed and the team did, which is one failure"


def test_a_failure_of_the_team_counts_against_all_roles_if_none_was_called(start: Callable[..., HFS]) -> None:
    hfs = start()
    orchestrator = hfs.orchestrator(kind=NeverRunning)
    run(orchestrator, times=2)
    assert hfs.counts() == [2, 2, 2]
    assert hfs.tracker.record_failure("layout", "team") == "reasoning"
    assert hfs.config.escalation_state == {"layout:worker_a": "reasoning", "layout:worker_b": "reasoning"}
    assert hfs.tracker.get_failure_count("layout", "team") == 0


def test_in_a_phase_that_runs_lower_an_escalation_skips_no_tier(server: Loopback, start: Callable[..., HFS]) -> None:
    """It starts from the tier that failed: that of the phase, not the role's default."""
    hfs = start()
    orchestrator = hfs.orchestrator(kind=Raising, phase="execution")
    for _ in range(3):
        leading(server, "hierarchical", REASONING)
        run(orchestrator)
    assert hfs.config.escalation_state == {"layout:worker_a": "general", "layout:worker_b": "general"}


def test_what_is_observed_before_there_is_a_tracker_waits_for_it(server: Loopback, file: Path) -> None:
    config = config_of(file)
    manager = ProviderManager("cerebras")
    selector = ModelSelector(config, manager)

    def measure() -> str:
        """Measure."""
        raise ValueError("it has no size")

    agent = Triad("layout", "hierarchical", selector, {"worker_a": [measure]}).agents["worker_a"]
    before = file.read_bytes()
    for _ in range(4):
        server.answer(ToolCalls((("measure", {}),)), Text("sorry"), model=GENERAL, times=2)
        asyncio.run(agent.arun("Work."))
    assert (config.escalation_state, file.read_bytes()) == ({}, before)
    tracker = EscalationTracker(file, config)
    assert config.escalation_state == escalations(file) == {"layout:worker_a": "reasoning"}
    assert tracker.get_failure_count("layout", "worker_a") == 0
    manager.close()


def test_a_real_model_is_handed_out_as_one_that_follows_the_policy(start: Callable[..., HFS]) -> None:
    hfs = start(*PROVIDERS)
    model = hfs.selector.get_model("layout", "worker_a")
    assert (model.provider, model.id) == ("cerebras", GENERAL)
    hfs.config.role_defaults["worker_a"] = "fast"
    assert (model.provider, model.id) == ("cerebras", FAST)


def test_the_last_provider_manager_that_was_given_serves(server: Loopback, start: Callable[..., HFS]) -> None:
    hfs = start("cerebras")
    hfs.selector.get_model("layout", "worker_a")
    manager = ProviderManager("groq")
    again = ModelSelector(hfs.config, manager)
    orchestrator = Orchestrator(again, hfs.tracker, {"look": "consensus"})
    run(orchestrator)
    assert {asked.provider for asked in server.asked} == {"groq"}
    manager.close()
