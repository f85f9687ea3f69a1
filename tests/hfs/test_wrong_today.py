"""What goes wrong in HFS with its own classes, point by point, and does not here."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest
import yaml
from agno.agent import Agent

from examples.loopback import Failure, Loopback
from resolver import Resolver, ResolverError
from resolver.hfs import EscalationTracker, ModelSelector, ModelTiersConfig
from tests.hfs.hfs import FILE, ProviderManager, TiersSection, config_of, escalations, section, shipped_config
from tests.hfs.managers import Writing

KEY = "t:worker_a"


def fail(tracker: EscalationTracker, triad: str = "t", role: str = "worker_a", times: int = 3) -> str | None:
    return [tracker.record_failure(triad, role) for _ in range(times)][-1]


def test_1_a_success_is_what_was_observed_at_the_model(server: Loopback, file: Path) -> None:
    """Every call answers 500, agno raises nothing, and HFS reports a success."""
    config, manager = config_of(file), ProviderManager("cerebras")
    selector, tracker = ModelSelector(config, manager), EscalationTracker(file, config)
    agent = Agent(model=selector.get_model("t", "worker_a"), telemetry=False)
    fail(tracker, times=2)
    server.answer(Failure(500))
    assert asyncio.run(agent.arun("hello")).status.value == "ERROR"
    tracker.record_success("t", "worker_a")
    assert tracker.get_failure_count("t", "worker_a") == 2
    manager.close()


def test_2_a_failure_of_the_team_changes_what_agents_run_on_and_a_success_resets_it(file: Path) -> None:
    config = config_of(file)
    selector, tracker = ModelSelector(config, Writing("groq")), EscalationTracker(file, config)
    selector.get_model("t", "worker_a")
    fail(tracker, role="team", times=2)
    tracker.record_success("t", "worker_a")
    counts = [tracker.get_failure_count("t", role) for role in ("team", "worker_a")]
    assert counts == [0, 0]
    assert fail(tracker, role="team") == "reasoning"
    assert selector.get_model("t", "worker_a") == "groq/moonshotai/kimi-k2-instruct"
    assert "t:team" not in config.escalation_state


def test_3_an_escalation_starts_from_the_tier_that_failed(file: Path) -> None:
    """In execution worker_a runs fast, and goes to general, not to reasoning."""
    config = config_of(file)
    selector, tracker = ModelSelector(config, Writing("groq")), EscalationTracker(file, config)
    with selector.in_phase("execution"):
        assert fail(tracker) == "general"


def test_4_an_escalation_lowers_nobody(file: Path) -> None:
    config = config_of(file)
    config.role_defaults["worker_a"] = "fast"
    config.phase_overrides["planning"] = {"worker_a": "reasoning"}
    selector, tracker = ModelSelector(config, Writing("groq")), EscalationTracker(file, config)
    assert fail(tracker) == "reasoning"
    with selector.in_phase("planning"):
        assert selector.get_current_tier("t", "worker_a") == "reasoning"


def test_5_a_full_disk_leaves_the_whole_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 4,854 bytes 13 were left. That processes and threads lose nothing is tested elsewhere."""
    config = config_of(file)
    tracker = EscalationTracker(file, config)
    fail(tracker, times=2)
    before = file.read_bytes()

    def full(_handle: int) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(ResolverError, match="No space left"):
            tracker.record_failure("t", "worker_a")
    assert (file.read_bytes(), config.escalation_state) == (before, {})
    assert tracker.record_failure("t", "worker_a") == "reasoning", "the streak is still there"


def test_6_the_flat_form_of_the_file_stays_flat(file: Path) -> None:
    """HFS read no triads after a root was added, and said nothing."""
    data = yaml.safe_load(FILE)["config"]
    file.write_text(yaml.safe_dump(data))
    fail(EscalationTracker(file, config_of(file)))
    after = yaml.safe_load(file.read_text())
    assert after["triads"] == data["triads"]
    assert list(after) == list(yaml.safe_load(yaml.safe_dump(data)))
    assert escalations(file) == {KEY: "reasoning"}


def test_7_escalation_state_with_nothing_after_it_loads(file: Path) -> None:
    file.write_text(FILE.replace("escalation_state: # nobody yet\n      {}", "escalation_state:"))
    assert section(file)["escalation_state"] is None
    config = ModelTiersConfig(**section(file))
    assert config.escalation_state == {}
    assert fail(EscalationTracker(file, config)) == "reasoning"
    nothing = TiersSection.model_construct(**(dict(shipped_config()) | {"escalation_state": None}))
    assert ModelSelector(nothing, Writing("groq")).get_current_tier("t", "worker_a") == "general"


def test_8_streaks_survive_a_restart_an_outage_is_no_weak_model_and_names_do_not_collide(
    server: Loopback, file: Path
) -> None:
    fail(EscalationTracker(file, config_of(file)), times=2)
    config, manager = config_of(file), ProviderManager("cerebras")
    selector, tracker = ModelSelector(config, manager), EscalationTracker(file, config)
    assert tracker.get_failure_count("t", "worker_a") == 2
    agent = Agent(model=selector.get_model("t", "worker_a"), telemetry=False)
    server.answer(Failure(503))
    for _ in range(3):
        asyncio.run(agent.arun("hello"))
        assert tracker.record_failure("t", "worker_a") is None
    assert tracker.get_failure_count("t", "worker_a") == 2
    fail(tracker, "a:b", "c", times=2)
    with pytest.raises(ResolverError):
        tracker.record_failure("a", "b:c")
    assert tracker.get_failure_count("a:b", "c") == 2
    manager.close()


def test_9_a_provider_that_fails_in_any_way_does_not_end_the_search() -> None:
    manager = Writing("cerebras", "groq", "gemini", cerebras=ImportError("no SDK"), groq=ValueError("bad value"))
    assert ModelSelector(shipped_config(), manager).get_model("t", "worker_a") == "gemini/gemini-2.5-flash-lite"


def test_10_an_agent_that_is_built_resolves_at_the_moment_of_the_call(server: Loopback, file: Path) -> None:
    config, manager = config_of(file), ProviderManager("cerebras")
    selector, tracker = ModelSelector(config, manager), EscalationTracker(file, config)
    agent = Agent(model=selector.get_model("t", "worker_a"), telemetry=False)
    asyncio.run(agent.arun("hello"))
    with selector.in_phase("execution"):
        asyncio.run(agent.arun("hello"))
    fail(tracker)
    asyncio.run(agent.arun("hello"))
    models = [asked.model for asked in server.asked]
    assert models == ["llama-3.3-70b", "zai-glm-4.7", "qwen-3-235b-a22b-instruct-2507"]
    manager.close()


def test_what_was_learned_is_what_the_command_line_shows(file: Path) -> None:
    """The file is a policy of its own right, with its streaks and its history beside it."""
    fail(EscalationTracker(file, config_of(file)))
    with Resolver.open(file) as resolver:
        assert resolver.resolve("t", "worker_a").tier == "reasoning"
        assert [(event.what, str(event.subject)) for event in resolver.history()] == [("escalate", KEY)]
