"""Entries that people bring into a database, from the files of hosts."""

from __future__ import annotations

import threading

import pytest

from resolver import ResolverError
from resolver.domain import Subject
from tests.state.conftest import Place
from tests.state.own import fail

A, B, C = Subject("layout", "worker_a"), Subject("layout", "worker_b"), Subject("a:b", "worker_a")


def test_import_raises_and_never_lowers(shared: Place) -> None:
    with shared.open() as resolver:
        fail(resolver, "worker_a", times=3)
        assert resolver.import_entries({A: "general", B: "general", C: "reasoning"}, {B: "from host07"}) == {
            B: (None, "general"),
            C: (None, "reasoning"),
        }
        assert resolver.import_entries({B: "fast", C: "reasoning"}) == {}
        assert resolver.import_entries({B: "reasoning"}) == {B: ("general", "reasoning")}
        assert resolver.escalations() == {A: "reasoning", B: "reasoning", C: "reasoning"}
        assert [(str(e.what), e.from_tier, e.to_tier, e.reason) for e in resolver.history() if e.subject == B] == [
            ("import", None, "general", "from host07"),
            ("import", "general", "reasoning", ""),
        ]
    with shared.open(1) as other:
        assert other.resolve("layout", "worker_b").tier == "reasoning"


def test_import_leaves_what_people_lowered_and_what_would_lower(shared: Place) -> None:
    with shared.open() as resolver, shared.open(1) as other:
        fail(resolver, "worker_a", times=3)
        resolver.lower("layout", "worker_a")
        assert resolver.import_entries({A: "reasoning", B: "fast"}) == {}
        assert resolver.escalations() == other.escalations() == {}
        assert {resolver.resolve("layout", role).tier for role in ("worker_a", "worker_b")} == {"general"}


def test_many_entries_and_other_hosts_at_once(shared: Place) -> None:
    """More than one message takes, while other hosts bring the same."""
    many = {Subject(f"t{number}", "worker_a"): "reasoning" for number in range(450)}
    with shared.open() as one, shared.open(1) as other:
        found: list[int] = []
        threads = [
            threading.Thread(target=lambda of=each: found.append(len(of.import_entries(many)))) for each in (one, other)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(found) == len(many) == len(one.escalations()) == len(one.history())


def test_import_refuses_what_the_ladder_lacks(shared: Place) -> None:
    """With nothing written, also of the other entries."""
    with shared.open() as resolver:
        for subject, tier in ((B, "deep"), (B, ""), (Subject("\ud800", "r"), "general")):
            with pytest.raises(ResolverError):
                resolver.import_entries({A: "reasoning", subject: tier})
        assert (resolver.escalations(), resolver.history()) == ({}, [])
