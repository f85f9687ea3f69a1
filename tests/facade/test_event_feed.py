"""A feed hands each event on once, also when the history could not be read meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from resolver import Event, Resolver, ResolverError, Subject
from resolver.domain import Health, PolicyHealth, StoreHealth
from resolver.facade import EventFeed, event_feed
from resolver.serving.calls import Calls

POLICY = PolicyHealth(path="policies", revision="one", refused=False, warnings=0, read_only=False)
STORE = StoreHealth(kind="file", where="policies", time=datetime.now(UTC))


def event(role: str, ago: timedelta = timedelta(0)) -> Event:
    return Event("escalate", Subject("layout", role), datetime.now(UTC) - ago, "fast", "general")


class History:
    """The parts of a Resolver that a feed reads."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.policy, self.is_away, self.reads = POLICY, False, 0

    def poll(self) -> None:
        pass

    def health(self) -> Health:
        return Health(store=STORE, policy=self.policy)

    def history(
        self, since: datetime | None = None, triad: str | None = None, most: int | None = None
    ) -> Sequence[Event]:
        self.reads += 1
        if self.is_away:
            raise ResolverError("the database is away")
        return [each for each in self.events if since is None or each.time >= since]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_feed, "_SECONDS_BETWEEN_LOOKS", 0.01)
    monkeypatch.setattr(event_feed, "_SECONDS_ALIVE", 5.0)


async def looks(history: History) -> None:
    """Wait until the history was read once more from the beginning."""
    reads = history.reads
    while history.reads < reads + 2:
        await asyncio.sleep(0.001)


def test_an_event_from_while_the_history_could_not_be_read() -> None:
    """However long that was; and a policy that was refused meanwhile is an item at once."""

    async def follow() -> None:
        history = History()
        feed = EventFeed(cast("Resolver", history), Calls())
        items = feed.listen()
        assert await anext(items) is None
        history.is_away = True
        history.policy = replace(POLICY, refused=True)
        assert await anext(items) == history.policy
        feed._looked -= timedelta(hours=1)
        late = event("worker_a", timedelta(minutes=30))
        history.events.append(late)
        history.is_away = False
        assert await anext(items) == late
        await items.aclose()

    asyncio.run(follow())


@pytest.mark.parametrize("is_away", [False, True])
def test_events_from_before_are_not_new(is_away: bool) -> None:
    """Even if the first look at the history fails, or nothing listened for a while."""

    async def follow() -> None:
        history = History()
        history.is_away = is_away
        history.events.append(event("old", timedelta(seconds=5)))
        feed = EventFeed(cast("Resolver", history), Calls())
        for role in ("worker_a", "worker_b"):
            items = feed.listen()
            assert await anext(items) is None
            await looks(history)
            history.is_away = False
            new = event(role)
            history.events.append(new)
            assert await anext(items) == new
            await items.aclose()
            while feed._reading is not None:
                await asyncio.sleep(0.001)
            history.events.append(event("meanwhile", timedelta(seconds=1)))
            history.policy = replace(POLICY, revision=role)

    asyncio.run(follow())
