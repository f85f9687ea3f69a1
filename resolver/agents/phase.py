"""The phase of the moment: what surrounds a call says it, in each thread and each task for itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_phases: ContextVar[tuple[tuple[object, str | None], ...]] = ContextVar("resolver_phases", default=())
"""Who is in which phase, the innermost first."""


@contextmanager
def in_phase(owner: object, phase: str | None) -> Iterator[None]:
    """Let `phase` be the phase of `owner` in this block, and in the tasks and `to_thread` calls that it starts."""
    token = _phases.set(((owner, phase), *_phases.get()))
    try:
        yield
    finally:
        _phases.reset(token)


def phase_of(owner: object) -> str | None:
    """Return the phase that `owner` is in here, or None."""
    return next((phase for one, phase in _phases.get() if one is owner), None)
