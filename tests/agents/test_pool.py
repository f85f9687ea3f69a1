"""One model for each provider and model id, and which provider comes last for a while."""

from __future__ import annotations

import os
import threading
from types import SimpleNamespace

import pytest

from resolver.agents import Kind, Pool
from resolver.agents import pool as pool_module

MODELS = {"one": "a", "two": "b", "three": "c"}


class Source:
    """A source of models that are plain objects, and that counts what it is asked."""

    def __init__(self, *providers: str) -> None:
        self.available_providers = providers
        self.asked: list[tuple[str, str]] = []

    def get_model(self, provider: str, model_id: str) -> object:
        self.asked.append((provider, model_id))
        return SimpleNamespace(provider=provider, id=model_id)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be moved by the test."""
    now = [1_000.0]
    monkeypatch.setattr(pool_module, "monotonic", lambda: now[0])
    return now


def test_a_source_says_the_order() -> None:
    """The providers of an application's own source come in its order, as far as the tier has them."""
    pool = Pool(lambda: Source("three", "nobody", "one"), lambda: 30)
    assert pool.order(MODELS) == [("three", "c"), ("one", "a")]
    assert [(left.provider, left.error) for left in pool.left_out(MODELS)] == [("two", "not available")]


def test_who_failed_comes_last_for_a_while(clock: list[float]) -> None:
    """A provider that failed is behind the others until its cool-down is over, and two that failed keep their order."""
    pool = Pool(lambda: Source(*MODELS), lambda: 30)
    pool.failed("two", "b", Kind.OUTAGE)
    pool.failed("one", "a", Kind.CAPACITY)
    assert pool.order(MODELS) == [("three", "c"), ("one", "a"), ("two", "b")]
    clock[0] += 30
    assert pool.order(MODELS) == list(MODELS.items())


@pytest.mark.parametrize("kind", [Kind.NOT_FOUND, Kind.REQUEST])
def test_a_model_that_is_not_there_is_not_its_provider(clock: list[float], kind: Kind) -> None:
    """What says something of one model id puts only that id behind."""
    pool = Pool(lambda: Source(*MODELS), lambda: 30)
    pool.failed("one", "a", kind)
    assert pool.order(MODELS)[-1] == ("one", "a")
    assert pool.order({**MODELS, "one": "another"})[0] == ("one", "another")


def test_no_cool_down(clock: list[float]) -> None:
    """With a cool-down of 0 a provider that failed keeps its place."""
    pool = Pool(lambda: Source(*MODELS), lambda: 0)
    pool.failed("one", "a", Kind.OUTAGE)
    assert pool.order(MODELS) == list(MODELS.items())


def test_each_model_is_made_once() -> None:
    """Whatever the number of calls and threads, the source is asked once for each provider and model id."""
    source = Source(*MODELS)
    pool = Pool(lambda: source, lambda: 30)
    assert not pool.has("one", "a")
    threads = [threading.Thread(target=lambda: [pool.model("one", "a") for _ in range(100)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert source.asked == [("one", "a")]
    assert pool.has("one", "a")
    pool.close()
    assert not pool.has("one", "a")


def test_a_fork_begins_anew() -> None:
    """The child of a fork makes its own providers and models."""
    made: list[Source] = []

    def make() -> Source:
        made.append(Source(*MODELS))
        return made[-1]

    pool = Pool(make, lambda: 30)
    pool.model("one", "a")
    child = os.fork()
    if not child:
        ok = not pool.has("one", "a") and pool.source is not made[0] and not pool._models
        os._exit(0 if ok and len(made) == 2 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert pool.has("one", "a")
    assert len(made) == 1
