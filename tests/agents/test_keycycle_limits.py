"""keycycle's limits, which the policy's `limits` replace or lift."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from examples.loopback import Loopback
from resolver import Resolver
from tests.agents.agents import agent_of, asked, ran
from tests.agents.plain import plain_policy, settings_of

pytest.importorskip("keycycle", reason="needs the extra `keycycle`")


def _runs(server: Loopback, folder: Path, number: int, **settings: Any) -> list[str]:
    """Return the providers that served so many runs, groq before a local server."""
    providers = {"groq": {"options": {"temperature": 0.1}, **settings}, "like": settings_of(server, "like")}
    policy = plain_policy(
        folder / "p", {"groq": "m", "like": "m"}, providers, provider_order=["groq", "like"], cool_down=0
    )
    with Resolver.open(policy) as resolver:
        assert [ran(agent_of(resolver), "run").content for _ in range(number)] == ["ok"] * number
    return asked(server)


def test_the_limits_of_a_policy_hold_for_each_key(server: Loopback, tmp_path: Path) -> None:
    """Two keys of two requests a minute serve four runs; the next provider serves the fifth."""
    served = _runs(server, tmp_path, 5, limits={"requests_per_minute": 2})
    assert served == ["groq"] * 4 + ["local"]
    assert server.count(key="groq-key-1-of-loopback") == 2


def test_limits_that_are_left_out_are_unlimited(server: Loopback, tmp_path: Path) -> None:
    """A limit of tokens alone does not limit requests."""
    assert _runs(server, tmp_path, 70, limits={"tokens_per_day": 1_000_000}) == ["groq"] * 70


def test_limits_can_be_lifted(server: Loopback, tmp_path: Path) -> None:
    """`limits: none` lifts keycycle's own limits."""
    assert _runs(server, tmp_path, 70, limits="none") == ["groq"] * 70


def test_the_built_in_limits(server: Loopback, tmp_path: Path) -> None:
    """Without `limits`, keycycle's own hold: 10 requests a minute and key for a model that it does not list."""
    assert _runs(server, tmp_path, 25) == ["groq"] * 20 + ["local"] * 5
