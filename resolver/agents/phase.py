"""The current phase, for each thread and each task."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_phases: ContextVar[tuple[tuple[object, str | None], ...]] = ContextVar("resolver_phases", default=())
"""Owners and their phases, the innermost first."""


@contextmanager
def in_phase(owner: object, phase: str | None) -> Iterator[None]:
    """Set the phase of `owner` in this block, and in the tasks and `to_thread` calls that it starts."""
    token = _phases.set(((owner, phase), *_phases.get()))
    try:
        yield
    finally:
        _phases.reset(token)


def phase_of(owner: object) -> str | None:
    """Return the current phase of `owner`, None if there is none."""
    return next((phase for phase_owner, phase in _phases.get() if phase_owner is owner), None)
