"""A stand-in for HFS: its config, presets and provider manager, and its way of calling the selector and the tracker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from agno.agent import Agent
from agno.team import Team
from pydantic import BaseModel

from resolver.agents import Providers
from resolver.hfs import EscalationTracker, ModelSelector

PRESETS = {
    "hierarchical": ("orchestrator", "worker_a", "worker_b"),
    "dialectic": ("proposer", "critic", "synthesizer"),
    "consensus": ("peer_1", "peer_2", "peer_3"),
}
LEADERS = {"hierarchical": "orchestrator", "dialectic": "synthesizer", "consensus": "peer_1"}

FILE = """\
# HFS
config:
  # who works on what
  triads:
    - {id: layout, preset: hierarchical, budget: {tokens: 20000}}
    - id: "copy"
      preset: dialectic
    - {id: 'look', preset: consensus}

  model_tiers:
    tiers:
      reasoning:
        description: "Complex planning"
        providers:
          cerebras:   qwen-3-235b-a22b-instruct-2507
          groq:       moonshotai/kimi-k2-instruct
          gemini:     gemini-2.5-flash
          openrouter: anthropic/claude-sonnet-4
      general:
        description: "Most work"
        providers: {cerebras: llama-3.3-70b, groq: llama-3.3-70b-versatile, gemini: gemini-2.5-flash-lite,
                    openrouter: "meta-llama/llama-3.3-70b-instruct:free"}
      fast:
        description: "Mechanical work"
        providers:
          cerebras: zai-glm-4.7
          groq: openai/gpt-oss-120b
          gemini: gemma-3-27b-it
          openrouter: 'meta-llama/llama-3.3-70b-instruct:free'
    role_defaults: {orchestrator: reasoning, synthesizer: reasoning, worker_a: general, worker_b: general,
                    proposer: general, critic: general, peer_1: general, peer_2: general, peer_3: general,
                    code_execution: fast}
    phase_overrides:
      execution:
        worker_a: fast
        worker_b: fast
    escalation_state: # nobody yet
      {}

  output: {directory: out}   # not the resolver's
"""
"""A file as HFS has it: much of it is not ours, and people have formatted it."""


class TierSection(BaseModel):
    """HFS's own `TierConfig`."""

    description: str = ""
    providers: dict[str, str]


class TiersSection(BaseModel):
    """HFS's own `ModelTiersConfig`."""

    tiers: dict[str, TierSection]
    role_defaults: dict[str, Literal["reasoning", "general", "fast"]] = {}
    phase_overrides: dict[str, dict[str, Literal["reasoning", "general", "fast"]]] = {}
    escalation_state: dict[str, Literal["reasoning", "general", "fast"]] = {}


def section(path: Path) -> dict[str, Any]:
    """Return what HFS reads of its file, with the `config:` root or without."""
    data = yaml.safe_load(path.read_text()) or {}
    return dict((data.get("config", data) or {}).get("model_tiers") or {})


def config_of(path: Path) -> TiersSection:
    """Return HFS's config, as HFS loads it."""
    found = section(path)
    found["escalation_state"] = found.get("escalation_state") or {}
    return TiersSection.model_validate(found)


def shipped_config() -> TiersSection:
    """Return the config of `FILE`, without a file."""
    return TiersSection.model_validate(yaml.safe_load(FILE)["config"]["model_tiers"])


def escalations(path: Path) -> dict[str, str]:
    """Return the entries in HFS's file."""
    return dict(section(path).get("escalation_state") or {})


class ProviderManager:
    """HFS's provider manager, over real models."""

    def __init__(self, *order: str) -> None:
        self._providers = Providers.from_env(order or None)

    @property
    def available_providers(self) -> list[str]:
        return self._providers.available_providers

    def get_model(self, provider: str, model_id: str) -> Any:
        return self._providers.get_model(provider, model_id)

    def close(self) -> None:
        self._providers.close()


Tools = Mapping[str, list[Callable[..., str]]]


class Triad:
    """Three agents that are built once, and the team that they are."""

    def __init__(self, name: str, preset: str, selector: ModelSelector, tools: Tools, phase: str | None = None) -> None:
        self.name = name
        self.roles = PRESETS[preset]
        more = () if phase is None else (phase,)
        self.agents = {
            role: Agent(
                name=role,
                id=role,
                model=selector.get_model(name, role, *more),
                instructions=f"You are {role}.",
                tools=list(tools.get(role, [])),
                telemetry=False,
            )
            for role in self.roles
        }
        self.team = Team(
            name=name,
            model=self.agents[LEADERS[preset]].model,
            members=list(self.agents.values()),
            instructions="You are the leader.",
            store_member_responses=True,
            telemetry=False,
        )


class Orchestrator:
    """Runs triads as HFS does: asks for the tiers, runs the team, and records for all roles."""

    def __init__(
        self,
        selector: ModelSelector,
        tracker: EscalationTracker,
        triads: Mapping[str, str],
        *,
        tools: Tools | None = None,
        phase: str | None = None,
    ) -> None:
        self.selector = selector
        self.tracker = tracker
        self.triads = {name: Triad(name, preset, selector, tools or {}, phase) for name, preset in triads.items()}
        self.tiers: dict[str, str | None] = {}

    async def run(self, name: str, task: str = "Work.") -> Any:
        triad = self.triads[name]
        self.tiers = {role: self.selector.get_current_tier(name, role) for role in triad.roles}
        try:
            result = await self.arun(triad, task)
        except Exception:
            self.tracker.record_failure(name, "team")
            return None
        for role in triad.roles:
            self.tracker.record_success(name, role)
        return result

    async def arun(self, triad: Triad, task: str) -> Any:
        return await triad.team.arun(task)


class Raising(Orchestrator):
    """What HFS does with a team's result raises."""

    async def arun(self, triad: Triad, task: str) -> Any:
        await super().arun(triad, task)
        raise ValueError("the result cannot be merged")


class NeverRunning(Orchestrator):
    """The team raises before anybody's model is called."""

    async def arun(self, triad: Triad, task: str) -> Any:
        raise RuntimeError("no task")
