"""What holds of every store, wherever the state lies."""

from __future__ import annotations

import asyncio
import threading
from contextlib import ExitStack

import pytest

from resolver import Resolver, ResolverError
from resolver.domain import Subject
from tests.state.conftest import Place
from tests.state.own import fail

KEY = Subject("layout", "worker_a")


def whats(resolver: Resolver) -> list[tuple[str, str | None, str | None]]:
    return [(str(event.what), event.from_tier, event.to_tier) for event in resolver.history()]


def test_third_of_three_failures_from_three_hosts_escalates_once(place: Place) -> None:
    """`the third of three failures from three hosts escalates exactly once`."""
    with ExitStack() as stack:
        hosts = [stack.enter_context(place.open(host)) for host in range(3)]
        effects = [str(fail(host)[0].effect) for host in hosts]
        assert effects == ["count", "count", "escalate"]
        for host in hosts:
            assert host.escalations() == {KEY: "reasoning"}
            assert host.resolve("layout", "worker_a").tier == "reasoning"
        assert whats(hosts[0]) == [("escalate", "general", "reasoning")]
        assert hosts[0].history()[0].errors == ("error 0",) * 3


def test_three_hosts_at_once_escalate_once(place: Place) -> None:
    """The same, with nobody waiting for anybody, many times over."""
    with ExitStack() as stack:
        hosts = [stack.enter_context(place.open(host)) for host in range(3)]
        for triad in range(8):
            together = threading.Barrier(len(hosts))
            found: list[str] = []

            def report(host: Resolver, triad: str, together: threading.Barrier, found: list[str]) -> None:
                together.wait()
                found.append(str(host.record_failure(triad, "worker_a").effect))

            threads = [threading.Thread(target=report, args=(host, f"t{triad}", together, found)) for host in hosts]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(found) == ["count", "count", "escalate"]
        assert [event.what for event in hosts[0].history()] == ["escalate"] * 8
        assert hosts[1].streaks() == {}


def test_success_ends_the_streak_of_another_host(place: Place) -> None:
    with place.open(0) as one, place.open(1) as other:
        fail(one, times=2)
        assert other.streaks()[KEY].strikes == 2
        assert str(other.record_success("layout", "worker_a").effect) == "reset"
        assert one.streaks() == {}
        assert [outcome.strikes for outcome in fail(one, times=2)] == [1, 2]


def test_success_without_a_streak_here_ends_one_elsewhere(place: Place) -> None:
    """What a process remembers of a subject is not what is judged when nothing would change by it."""
    with place.open(0) as one, place.open(1) as other:
        one.record_success("layout", "worker_a")
        fail(other, times=2)
        one.record_success("layout", "worker_a")
        assert other.streaks() == {}


def test_six_that_failed_at_once_are_one_escalation(place: Place) -> None:
    """`six agents failing at once on general are one escalation, not two steps`."""
    with place.open(0) as one, place.open(1) as other:
        decision = one.resolve("layout", "anybody", phase="execution")
        effects = [
            str(host.record_failure("layout", "anybody", phase="execution", ran_on=decision).effect)
            for _ in range(3)
            for host in (one, other)
        ]
        assert effects == ["count", "count", "escalate", "ignore", "ignore", "ignore"]


def test_person_lowers_for_all_hosts(place: Place) -> None:
    with place.open(0) as one, place.open(1) as other:
        fail(one, times=3)
        fail(other, times=2)
        other.lower("layout", "worker_a", reason="a new model")
        assert one.escalations() == {}
        assert one.resolve("layout", "worker_a").tier == "general"
        assert one.streaks() == {}
        assert whats(one) == [("escalate", "general", "reasoning"), ("lower", "reasoning", None)]
        assert one.history()[1].reason == "a new model"
        with pytest.raises(ResolverError, match="has no entry"):
            other.lower("layout", "worker_a")


def test_written_entry_is_where_it_starts(place: Place) -> None:
    """`The YAML's entries are the starting point`."""
    written = '\n    "layout:worker_a": reasoning\n    "layout:worker_b": general'
    with place.open(0, written) as one, place.open(1, written) as other:
        assert one.resolve("layout", "worker_a", phase="execution").tier == "reasoning"
        fail(one, "worker_b", times=3)
        assert other.escalations() == {KEY: "reasoning", Subject("layout", "worker_b"): "reasoning"}
        one.lower("layout", "worker_a", "general")
        assert other.escalations()[KEY] == "general"
        one.lower("layout", "worker_a")
        assert KEY not in other.escalations()
        assert other.resolve("layout", "worker_a", phase="execution").tier == "fast"


def test_hold_is_history_and_ends_the_streak(place: Place) -> None:
    with place.open(0) as one, place.open(1) as other:
        fail(one, "orchestrator", times=2)
        assert str(fail(other, "orchestrator")[0].effect) == "hold"
        assert whats(one) == [("hold", "reasoning", None)]
        assert one.streaks() == {}


@pytest.mark.parametrize("triad", ["", "t:u", "Straße", "STRASSE", "t ", "日本", "a" * 900, "'; --", "%(x)s"])
def test_names_are_told_apart_exactly(place: Place, triad: str) -> None:
    """No database's idea of equal text joins two subjects, and none of its limits cuts a name."""
    alike = [triad.swapcase() + "x", triad + " "]
    with place.open(0) as one, place.open(1) as other:
        for name in (triad, *alike):
            fail(one, times=2, triad=name)
        fail(other, triad=triad)
        assert other.escalations() == {Subject(triad, "worker_a"): "reasoning"}
        assert {subject.triad for subject in one.streaks()} == set(alike)


def test_store_is_open_again_after_close(place: Place) -> None:
    with place.open() as resolver:
        fail(resolver)
        resolver.close()
        assert [outcome.strikes for outcome in fail(resolver)] == [2]


def test_asyncio_and_threads(place: Place) -> None:
    async def many(resolver: Resolver) -> list[str]:
        found = await asyncio.gather(*(resolver.arecord_failure("layout", "worker_b") for _ in range(9)))
        return [str(outcome.effect) for outcome in found]

    with place.open() as resolver:
        assert sorted(asyncio.run(many(resolver))) == ["count"] * 6 + ["escalate"] + ["hold"] * 2
