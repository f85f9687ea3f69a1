"""Decisions that go on while a drill runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from resolver import Resolver
from tests.state.drills.deciding import Decider

Deciding = Callable[..., AbstractContextManager[Decider]]


@pytest.fixture
def deciding(record_property: Callable[[str, object], None]) -> Deciding:
    """Decide without a pause during a block; the longest decision is printed, and kept with the test's result."""

    @contextmanager
    def measured(resolver: Resolver, *triads: str) -> Iterator[Decider]:
        decider = Decider(resolver, triads or ("layout",))
        decider.start()
        try:
            yield decider
        finally:
            decider.stop()
            record_property("longest_decision_ms", round(decider.longest * 1000, 3))
            print(f"longest of {decider.count:,} decisions: {decider.longest * 1000:.3f} ms")
        assert decider.wrong == []
        assert decider.count

    return measured
