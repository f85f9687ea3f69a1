"""A policy whose proofs take as long as a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from resolver import Resolver, ResolverError
from resolver.domain import Policy
from resolver.facade.opening import store_of
from resolver.loader import load_policy
from resolver.prover import Proof, prove
from resolver.serving import LivePolicy
from resolver.table import DecisionTable
from tests.state.own import STATE, fail, patience, settled

SECONDS = 30
"""How long to wait for what comes at once, unless it never comes."""
ESCALATE = """
import sys
from resolver import Resolver
with Resolver.open(sys.argv[1]) as resolver:
    for _ in range(3):
        resolver.record_failure("layout", "worker_b")
"""
"""A program that lets `worker_b` escalate in a process of its own."""


class HeldProver:
    """Proves at once, or inside `held` not before its end; counts what it proves, and what is loaded."""

    def __init__(self) -> None:
        self.begun, self.released = Event(), Event()
        self.is_held = False
        self.proofs = self.loads = 0

    def load(self, path: Path) -> Policy:
        self.loads += 1
        return load_policy(path)

    def __call__(self, table: DecisionTable) -> Proof:
        self.proofs += 1
        if self.is_held:
            self.begun.set()
            assert self.released.wait(SECONDS)
        return prove(table)

    @contextmanager
    def held(self, resolver: Resolver) -> Iterator[None]:
        """Notice what was edited just before; the block runs while that is being proven, and is in force after it."""
        self.is_held = True
        resolver._live.check_files()
        assert self.begun.wait(SECONDS)
        try:
            yield
        finally:
            self.is_held = False
            self.released.set()
        settled(resolver)


def opened(path: Path, prover: HeldProver, state: str | None = None) -> Resolver:
    """A resolver whose policy is proven by `prover`."""
    live = LivePolicy(path, prover=prover, load=prover.load)
    return Resolver(live, store_of(live, state))


def edit(path: Path, old: str, new: str) -> None:
    """What an author does in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def rewrite(policy: Path) -> None:
    """An edit that has to be proven: a role gets another tier."""
    edit(policy / STATE, "orchestrator: reasoning", "orchestrator: general")


def refused(resolver: Resolver, role: str = "worker_a", triad: str = "layout") -> None:
    """A failure that would escalate into a file that has not been proven."""
    match = "has not been proven yet; the entry was not written: try again"
    with patience(0.8), pytest.raises(ResolverError, match=match):
        fail(resolver, role, triad=triad)
