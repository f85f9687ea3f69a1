"""Providers that have just failed are asked last until their cool-down ends."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from examples.loopback import PROVIDERS, Failure, Loopback
from resolver import Resolver
from resolver.agents import Pool, cool_downs
from tests.agents.agents import MODELS, agent_of, asked, cooling, ordered, ran
from tests.agents.refusals import REFUSALS


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the cool-downs."""
    made = Clock()
    monkeypatch.setattr(cool_downs, "monotonic", made)
    return made


class Clock:
    """A clock that is set by hand."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("refusal", ["internal error", "wrong key", "dropped"])
def test_who_has_just_failed_comes_last_for_a_while(
    server: Loopback, resolver: Resolver, clock: Clock, refusal: str
) -> None:
    """For 30 seconds the others go before it, and it is still there if they fail; then it is first again."""
    server.answer(REFUSALS[refusal][0], provider="cerebras", times=REFUSALS[refusal][1])
    agent = agent_of(resolver)
    ran(agent, "run")
    assert asked(server)[-1] == "groq"
    clock.now += 29
    assert turns(server, resolver) == ["groq"]
    clock.now += 2
    assert turns(server, resolver) == ["cerebras"]


def test_who_cools_down_is_still_asked_at_the_end(server: Loopback, resolver: Resolver, clock: Clock) -> None:
    """A cool-down is an order, no ban; among those that cool down the policy's order holds."""
    server.answer(Failure(500), provider="cerebras", times=1)
    assert turns(server, resolver) == ["cerebras", "groq"]
    for provider in ("groq", "gemini", "openrouter"):
        server.answer(Failure(500), provider=provider, times=1)
    assert turns(server, resolver) == ["groq", "gemini", "openrouter", "cerebras"]
    assert turns(server, resolver) == ["cerebras"]
    assert clock.now == 1_000.0


def test_without_a_cool_down_the_order_stays(server: Loopback, policy: Path) -> None:
    """With `cool_down: 0` a provider keeps its place."""
    server.answer(Failure(500), provider="cerebras")
    with Resolver.open(cooling(policy, 0)) as resolver:
        assert [turns(server, resolver) for _ in range(3)] == [["cerebras", "groq"]] * 3


@pytest.mark.parametrize(("status", "refusals"), [(404, 1), (400, 2)])
def test_a_refused_model_puts_only_itself_behind(
    server: Loopback, resolver: Resolver, status: int, refusals: int
) -> None:
    """A provider without this model, or which refuses two runs, is still the first for its other models."""
    server.answer(Failure(status), provider="cerebras", model=MODELS["cerebras"])
    for _ in range(refusals):
        assert turns(server, resolver) == ["cerebras", "groq"]
    assert turns(server, resolver) == ["groq"]
    assert turns(server, resolver, "orchestrator") == ["cerebras"]


def test_a_filtered_prompt_moves_nobody_elses_traffic(server: Loopback, resolver: Resolver) -> None:
    """One request that a provider refuses says nothing about the next."""
    server.answer(Failure(400, "filtered", "content_filter"), provider="cerebras", times=1)
    assert [turns(server, resolver) for _ in range(3)] == [["cerebras", "groq"], ["cerebras"], ["cerebras"]]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_time_that_a_provider_names_is_its_cool_down(
    server: Loopback, policy: Path, clock: Clock, provider: str
) -> None:
    """Over each provider's real client, `Retry-After` reaches the cool-down."""
    server.answer(Failure(429, retry_after=3_600), provider=provider)
    rest = [name for name in PROVIDERS if name != provider]
    with Resolver.open(cooling(ordered(policy, provider, *rest), 1)) as resolver:
        assert turns(server, resolver)[-1] == rest[0]
        clock.now += 3_599
        assert turns(server, resolver) == [rest[0]]


def test_a_cool_down_is_everybodys(server: Loopback, resolver: Resolver) -> None:
    """Providers belong to the resolver: what one agent found out, no other one has to."""
    server.answer(Failure(500), provider="cerebras", times=1)
    assert turns(server, resolver) == ["cerebras", "groq"]
    assert turns(server, resolver, "orchestrator") == ["groq"]


@pytest.mark.parametrize("way", ["run", "astream"])
def test_a_refused_key_among_others_is_logged_once(
    server: Loopback, resolver: Resolver, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    """keycycle goes on with the next key, and nobody else would know that one is dead."""
    server.answer(Failure(401, "Wrong API key"), provider="cerebras", key="cerebras-key-1-of-loopback")
    agent = agent_of(resolver)
    for _ in range(3):
        assert ran(agent, way).content == "ok"
    assert [asked.provider for asked in server.asked] == ["cerebras"] * 4
    [line] = [record for record in caplog.records if record.name == "resolver"]
    assert line.levelno == logging.ERROR
    assert line.getMessage() == "cerebras refuses 1 of its 2 keys; check them; the others are used in their place"


def test_a_key_is_not_charged_to_the_next_provider(
    server: Loopback, policy: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A provider whose model cannot be made has no keys to note, and the one before it keeps its own."""
    make = Pool.model

    def failing(self: Pool, provider: str, *more: Any) -> Any:
        if provider == "groq":
            raise ConnectionError("no model")
        return make(self, provider, *more)

    monkeypatch.setattr(Pool, "model", failing)
    server.answer(Failure(401, "Wrong API key"), provider="cerebras")
    with Resolver.open(policy) as resolver:
        assert ran(agent_of(resolver), "run").content == "ok"
    assert [record.getMessage()[:8] for record in caplog.records if "refuses" in record.getMessage()] == ["cerebras"]


def turns(server: Loopback, resolver: Resolver, role: str = "worker_a") -> list[str]:
    """The providers that one turn asks; it must succeed."""
    before = len(server.asked)
    assert ran(agent_of(resolver, role), "run").status == "completed"
    return asked(server)[before:]
