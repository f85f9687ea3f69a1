"""One model for each provider and model id, and which provider comes last for a while."""

from __future__ import annotations

import os
import threading
from types import SimpleNamespace

from resolver.agents import Pool

MODELS = {"one": "a", "two": "b", "three": "c"}


class Source:
    """A source of models that are plain objects, and that counts what it is asked."""

    def __init__(self, *providers: str) -> None:
        self.available_providers = providers
        self.asked: list[tuple[str, str]] = []

    def get_model(self, provider: str, model_id: str) -> object:
        self.asked.append((provider, model_id))
        return SimpleNamespace(provider=provider, id=model_id)


def test_a_source_says_the_order() -> None:
    """The providers of an application's own source come in its order, as far as the tier has them."""
    pool = Pool(lambda: Source("three", "nobody", "one"), lambda: 30)
    assert pool.order(MODELS) == [("three", "c"), ("one", "a")]
    assert [(left.provider, left.error) for left in pool.left_out(MODELS)] == [("two", "not available")]


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
