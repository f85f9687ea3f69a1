"""Hosts that bring entries of their own policy files into one database: no agent falls, in whatever order they come."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from resolver import Resolver
from resolver.domain import Subject
from resolver.facade.opening import migrate_state
from tests.state.conftest import Place
from tests.state.own import fail
from tests.state.sql.waiting import until

TIERS = ["fast", "general", "reasoning"]
KEY = Subject("layout", "worker_a")
STEPS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["open", "fail", "close"])), max_size=20)


def entries(tier: str | None) -> str:
    return f'\n    "layout:worker_a": {tier}' if tier else " {}"


@pytest.mark.slow
@settings(max_examples=settings().max_examples // 3)
@example(files=[None, None, "fast"], steps=[(0, "open"), (2, "open"), (2, "fail")])
@given(files=st.lists(st.sampled_from([None, *TIERS]), min_size=3, max_size=3), steps=STEPS)
def test_no_request_on_any_host_falls(files: list[str | None], steps: list[tuple[int, str]]) -> None:
    """`whatever files hosts bring and in whatever order they open and report, no request on any host falls`."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/state.db"
        migrate_state(url)
        place = Place("sqlite", Path(folder), url, url)
        opened: dict[int, Resolver] = {}
        highest = {}
        for host, tier in enumerate(files):
            with Resolver.open(place.policy(host, entries(tier))) as alone:  # as the host was before it moved in
                highest[host] = TIERS.index(alone.resolve("layout", "worker_a").tier)

        def check() -> None:
            for host, resolver in opened.items():
                now = TIERS.index(resolver.resolve("layout", "worker_a").tier)
                assert now >= highest[host], f"host {host} fell"
                highest[host] = now

        for host, step in steps:
            if step == "open" and host not in opened:
                opened[host] = place.open(host)
            elif step == "fail" and host in opened:
                fail(opened[host], times=3)
            elif step == "close" and host in opened:
                opened.pop(host).close()
            check()
        for resolver in opened.values():
            resolver.escalations()
            check()
            resolver.close()


def test_the_higher_file_is_in_force_everywhere(shared: Place) -> None:
    """One host has learned two steps by itself; another begins with nothing, and escalates."""
    with shared.open(0, entries("reasoning")) as learned, shared.open(1) as fresh:
        fail(fresh, times=3)
        until(lambda: fresh.resolve("layout", "worker_a").tier == "reasoning", 5)
        assert learned.resolve("layout", "worker_a").tier == "reasoning"
        assert learned.history()[0].what == "import"


def test_whom_a_person_has_lowered_stays_low(shared: Place) -> None:
    """The file of a host that comes later does not undo what a person decided."""
    with shared.open(0, entries("reasoning")) as one:
        one.lower("layout", "worker_a")
        with shared.open(1, entries("reasoning")) as late:
            assert late.escalations() == one.escalations() == {}
            assert late.resolve("layout", "worker_a").tier == "general"
