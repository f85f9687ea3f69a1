"""Hosts bring entries in files of their own to one database."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver import Resolver
from resolver.facade.opening import migrate_state
from tests.servers import clean
from tests.state.conftest import Place
from tests.state.drills.deciding import LADDER
from tests.state.own import fail
from tests.state.sql.waiting import until

HOSTS, TRIADS = 3, ("one", "two")
files = st.lists(st.dictionaries(st.sampled_from(TRIADS), st.sampled_from(LADDER[1:])), min_size=HOSTS, max_size=HOSTS)
hosts = st.integers(0, HOSTS - 1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("open"), hosts, st.just("")),
        st.tuples(st.just("close"), hosts, st.just("")),
        st.tuples(st.just("fail"), hosts, st.sampled_from(TRIADS)),
        st.tuples(st.just("escalate"), hosts, st.sampled_from(TRIADS)),
    ),
    min_size=1,
    max_size=10,
)
Steps = list[tuple[str, int, str]]
FEW = 5
"""Examples on a server: its databases differ in little that matters here, and SQLite is fast."""


class TestNoRequestFalls:
    """`Whatever files hosts bring and in whatever order they open and report, no request on any host falls.`"""

    @pytest.mark.slow
    @settings(suppress_health_check=list(HealthCheck))
    @given(entries=files, steps=steps)
    def test_in_sqlite(self, tmp_path: Path, entries: list[dict[str, str]], steps: Steps) -> None:
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        url = f"sqlite:///{folder / 'state.db'}"
        migrate_state(url)
        run(Place("sqlite", folder, url, url), entries, steps)

    @pytest.mark.cluster
    @pytest.mark.slow
    @settings(suppress_health_check=list(HealthCheck), max_examples=FEW)
    @given(entries=files, steps=steps)
    def test_on_servers(self, served: Place, entries: list[dict[str, str]], steps: Steps) -> None:
        clean(served.owner)
        run(replace(served, folder=Path(tempfile.mkdtemp(dir=served.folder))), entries, steps)


def test_the_highest_file_counts(shared: Place) -> None:
    """The host with nothing in its file opens first, and escalates: it goes on from where the other one was."""
    with shared.open(1) as b, shared.open(0, '\n    "layout:worker_a": reasoning') as a:
        assert a.resolve("layout", "worker_a", phase="execution").tier == "reasoning"
        for _ in range(3):
            b.record_failure("layout", "worker_a", phase="execution")
        a.escalations()
        assert a.resolve("layout", "worker_a", phase="execution").tier == "reasoning"
        until(lambda: b.resolve("layout", "worker_a", phase="execution").tier == "reasoning", 10)


def run(place: Place, entries: list[dict[str, str]], steps: Steps) -> None:
    """Take the steps; after each, no host decides lower for a request than it ever did, or than its file says."""
    opened: dict[int, Resolver] = {}
    lowest = {(host, triad): tier for host, written in enumerate(entries) for triad, tier in written.items()}
    with ExitStack() as stack:
        for what, host, triad in steps:
            if host not in opened:
                text = "".join(f'\n    "{name}:worker_a": {tier}' for name, tier in entries[host].items()) or " {}"
                opened[host] = stack.enter_context(place.open(host, text))
            if what == "close":
                opened.pop(host).close()
            elif what != "open":
                for _ in range(1 if what == "fail" else 3):
                    opened[host].record_failure(triad, "worker_a", phase="execution")
            for at, resolver in opened.items():
                resolver.escalations()
                check(at, resolver, lowest)
        for host, resolver in opened.items():
            fail(resolver, "peer_1")
            resolver.escalations()
            check(host, resolver, lowest)
    shutil.rmtree(place.folder / "host0", ignore_errors=True)


def check(host: int, resolver: Resolver, lowest: dict[tuple[int, str], str]) -> None:
    for triad in TRIADS:
        tier = resolver.resolve(triad, "worker_a", phase="execution").tier
        floor = lowest.get((host, triad), LADDER[0])
        assert LADDER.index(tier) >= LADDER.index(floor), f"`{triad}` on host {host}: {floor} to {tier}"
        lowest[host, triad] = tier
