"""A provider that stalls costs a call no more than the policy's time-out, and the next provider serves it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from examples.loopback import PROVIDERS, Loopback, Slow, Stalled
from resolver import Resolver
from resolver.agents import Providers
from tests.agents.agents import agent_of, asked, ran
from tests.agents.plain import plain_policy, provider_params, served_by, set_plain, settings_of

pytestmark = pytest.mark.slow
TIMEOUT = 0.5
"""Seconds; the server stalls much longer."""
STALL = 30


@pytest.fixture
def stalled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server on which the model `stalls` is there, but does not answer."""
    with Loopback() as loopback:
        set_plain(monkeypatch, loopback)
        yield loopback


kinds = pytest.mark.parametrize(
    ("provider", "keycycle"),
    [
        *[pytest.param(*row.values, False, marks=row.marks) for row in provider_params()],
        *[(provider, True) for provider in PROVIDERS],
    ],
)


def _run(server: Loopback, folder: Path, provider: str, way: str, **settings: Any) -> tuple[str, str, float]:
    """Return the answer, the error and the length of a run whose first provider stalls."""
    models = {provider: "stalls", "second": "second"}
    providers = {provider: settings_of(server, provider, **settings), "second": settings_of(server, "like")}
    policy = plain_policy(folder / "p", models, providers, provider_order=[*models], timeout=TIMEOUT)
    with Resolver.open(policy) as resolver:
        agent = agent_of(resolver)
        source = resolver.providers
        assert isinstance(source, Providers)
        assert source.reason(provider) is None
        started = monotonic()
        run = ran(agent, way)
        return run.content, run.error, monotonic() - started


def _with_keys(server: Loopback, monkeypatch: pytest.MonkeyPatch, keycycle: bool) -> None:
    for name, value in (server.environment() if keycycle else {}).items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("provider", "keycycle", "way"),
    [
        *[
            pytest.param(*row.values, False, way, marks=row.marks)
            for row, way in zip(provider_params(), cycle(["run", "astream"]), strict=False)
        ],
        *[(provider, True, way) for provider, way in zip(PROVIDERS, cycle(["stream", "arun"]), strict=False)],
    ],
)
def test_no_answer(
    stalled: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: str, way: str, *, keycycle: bool
) -> None:
    """A call waits for its answer, and a stream for its first piece, no longer than the time-out."""
    _with_keys(stalled, monkeypatch, keycycle)
    stalled.answer(Stalled(after=0, seconds=STALL) if way.endswith("stream") else Slow(STALL), model="stalls")
    content, error, seconds = _run(stalled, tmp_path, provider, way)
    assert (content, error) == ("ok", "")
    assert asked(stalled) == [served_by(provider), "local"]
    assert TIMEOUT <= seconds < STALL / 2


@kinds
@pytest.mark.parametrize("way", ["stream"])
def test_no_more_pieces(
    stalled: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: str, way: str, *, keycycle: bool
) -> None:
    """A stream that stops between two pieces ends with an error after the time-out."""
    _with_keys(stalled, monkeypatch, keycycle)
    stalled.answer(Stalled(after=1, seconds=STALL), model="stalls")
    content, error, seconds = _run(stalled, tmp_path, provider, way)
    assert content.strip() == "one"
    assert error
    assert TIMEOUT <= seconds < STALL / 2


def test_the_time_out_of_a_provider_outranks_the_policys(stalled: Loopback, tmp_path: Path) -> None:
    """`timeout` in the settings of a provider is that provider's."""
    stalled.answer(Slow(1.5), model="stalls")
    content, _, seconds = _run(stalled, tmp_path, "chat", "run", timeout=20)
    assert content == "ok"
    assert asked(stalled) == ["openai"]
    assert seconds > TIMEOUT


@pytest.mark.parametrize("after", [0, 1])
def test_a_busy_connection_is_no_answer(stalled: Loopback, tmp_path: Path, after: int) -> None:
    """On an event loop, comments between the pieces of a stream do not lengthen the wait for the next piece."""
    stalled.answer(Stalled(after=after, seconds=STALL, busy=True), model="stalls")
    content, error, seconds = _run(stalled, tmp_path, "chat", "astream")
    assert content.strip() == ("one" if after else "ok")
    assert bool(error) is bool(after)
    assert TIMEOUT <= seconds < STALL / 2
