"""Each event loop has models of its own, whoever makes them."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from examples.loopback import Loopback, Slow, Text
from resolver import Resolver
from resolver.agents import Pool
from resolver.agents.loop_models import LoopModels
from tests.agents.agents import agent_of, aran
from tests.agents.plain import plain_policy, provider_params, set_plain, settings_of
from tests.agents.scripted import Scripted, Source


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server that answers for every provider, one plain key each."""
    with Loopback() as loopback:
        set_plain(monkeypatch, loopback)
        yield loopback


def _resolver(server: Loopback, folder: Path, provider: str, *, own_source: bool) -> Resolver:
    policy = plain_policy(folder / "p", {provider: "m"}, {provider: settings_of(server, provider)})
    if not own_source:
        return Resolver.open(policy)
    with Resolver.open(policy) as other:
        shared = other.providers.get_model(provider, "m")
    return Resolver.open(policy, providers=Source(**{provider: shared}))


loops = pytest.mark.parametrize(
    ("provider", "own_source"),
    [pytest.param(*row.values, own, marks=row.marks) for row in provider_params() for own in (False, True)],
)
every_async_way = pytest.mark.parametrize("way", ["arun", "astream"])


@loops
@every_async_way
def test_three_loops_in_a_row(plain: Loopback, tmp_path: Path, provider: str, way: str, *, own_source: bool) -> None:
    """No loop uses a client of a loop that is closed."""
    with _resolver(plain, tmp_path, provider, own_source=own_source) as resolver:
        agent = agent_of(resolver)
        assert [asyncio.run(aran(agent, way)).content for _ in range(3)] == ["ok"] * 3
        assert agent.run("hello").content == "ok"
        assert asyncio.run(aran(agent, way)).content == "ok"
    assert plain.count() == 5


@loops
def test_six_threads_with_loops_of_their_own(
    plain: Loopback, tmp_path: Path, provider: str, *, own_source: bool
) -> None:
    """Loops that run at once do not share a client."""
    answers: list[str] = []
    barrier = threading.Barrier(6)
    with _resolver(plain, tmp_path, provider, own_source=own_source) as resolver:
        agent = agent_of(resolver)

        def run() -> None:
            barrier.wait()
            for _ in range(2):
                answers.append(asyncio.run(aran(agent, "arun")).content)

        threads = [threading.Thread(target=run) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == ["ok"] * 12
    assert plain.count() == 12


def test_the_model_of_a_source_stays_without_a_client(plain: Loopback) -> None:
    """Only copies of an application's model open clients."""
    shared = _chat(plain)
    models = LoopModels(shared)
    (copied, lent), again = models.get(), models.get()
    assert (lent, copied is shared, again[0] is copied) == (False, False, True)
    copied.get_client()
    assert shared.client is None
    models.close()
    assert copied.client.is_closed()


def test_a_client_that_the_application_has_opened_stays_open(plain: Loopback) -> None:
    """A client that comes with the model belongs to the application."""
    shared = _chat(plain)
    client = shared.get_client()
    models = LoopModels(shared)
    assert models.get()[0].get_client() is client
    models.close()
    assert not client.is_closed()
    client.close()


@pytest.mark.parametrize("make", [object, Scripted])
def test_a_model_without_a_client_is_one_for_all_loops(make: Callable[[], Any]) -> None:
    """What opens no client is the same object in every loop, and the application's own model stays as it is."""
    model = make()
    models = LoopModels(model)
    used = models.get()[0]
    assert (used is model) is (make is object)
    assert type(model) is make

    async def get() -> Any:
        return models.get()[0]

    assert all(each is used for each in (models.get()[0], asyncio.run(get()), asyncio.run(get())))


def test_a_loop_closes_its_clients(plain: Loopback) -> None:
    """When a loop ends, the clients of its models are closed, and nothing remembers the loop."""
    models = LoopModels(_chat(plain))

    async def use() -> tuple[Any, Any]:
        model = models.get()[0]
        await asyncio.sleep(0)
        client = model.get_async_client()
        assert models.get()[0] is model
        return client, weakref.ref(asyncio.get_running_loop())

    client, loop = asyncio.run(use())
    assert client.is_closed()
    gc.collect()
    assert loop() is None
    assert not models._models


def test_loops_that_end_without_closing_anything_are_forgotten(plain: Loopback) -> None:
    """A loop that is just closed is forgotten when the next one comes."""
    models = LoopModels(_chat(plain))
    closed = []
    for _ in range(3):
        loop = asyncio.new_event_loop()

        async def use() -> None:
            models.get()
            await asyncio.sleep(0)

        loop.run_until_complete(use())
        loop.close()
        closed.append(loop)
    assert list(models._models) == closed[-1:]


def test_each_options_have_a_model(plain: Loopback) -> None:
    """Models of one id with other options are other models; the order of the options makes no difference."""
    asked = []

    class Options:
        available_providers = ("one",)

        def get_model(self, provider: str, model_id: str, options: dict[str, object] | None = None) -> object:
            asked.append(options)
            return object()

    pool = Pool(Options, lambda: 30)
    plain_model = pool.model("one", "a")[0]
    first = pool.model("one", "a", {"x": 1, "y": (1, 2)})[0]
    assert pool.model("one", "a", {"y": (1, 2), "x": 1})[0] is first
    assert pool.model("one", "a", {"x": True, "y": (1, 2)})[0] not in (first, plain_model)
    assert asked == [None, {"x": 1, "y": [1, 2]}, {"x": True, "y": [1, 2]}]
    assert pool.has("one", "a")
    assert not pool.has("one", "a", {"x": 2})


def test_a_source_without_options_is_asked_as_ever() -> None:
    """`get_model(provider, model_id)` is enough for a source."""
    model = Scripted()
    pool = Pool(lambda: Source(one=model), lambda: 30)
    made, lent = pool.model("one", "a", {"x": 1})
    assert (made.found is model.found, lent) == (True, False)


def test_other_settings_make_other_models(plain: Loopback, tmp_path: Path) -> None:
    """After a reload with other settings of a provider, calls go to a model with these."""
    settings = settings_of(plain, "like")
    policy = plain_policy(tmp_path / "p", {"like": "m"}, {"like": settings})
    with Resolver.open(policy) as resolver:
        agent = agent_of(resolver)
        assert agent.run("hello").content == "ok"
        plain_policy(tmp_path / "p", {"like": "m"}, {"like": {**settings, "options": {"temperature": 0.5}}})
        resolver.reload()
        assert agent.run("hello").content == "ok"
    assert [request.body.get("temperature") for request in plain.asked] == [None, 0.5]


def test_a_reload_breaks_no_call(plain: Loopback, tmp_path: Path) -> None:
    """A call that waits when the settings of its provider change keeps its model and its connection."""
    settings = settings_of(plain, "like")
    policy = plain_policy(tmp_path / "p", {"like": "m"}, {"like": settings})
    plain.answer(Slow(0.5, Text("late")), times=1)

    async def change() -> str:
        with Resolver.open(policy) as resolver:
            waiting = asyncio.create_task(agent_of(resolver).arun("hello"))
            while not plain.asked:
                await asyncio.sleep(0.01)
            plain_policy(tmp_path / "p", {"like": "m"}, {"like": {**settings, "options": {"temperature": 0.5}}})
            await asyncio.to_thread(resolver.reload)
            await agent_of(resolver).arun("hello")
            gc.collect()
            await asyncio.sleep(0.05)
            return str((await waiting).content)

    assert asyncio.run(change()) == "late"


def _chat(server: Loopback) -> Any:
    from agno.models.openai import OpenAIChat  # noqa: PLC0415  needs its SDK

    return OpenAIChat(id="m", base_url=server.base_url("openai"), api_key="a-key")
