"""Events of the history as JSON."""

from __future__ import annotations

from typing_extensions import TypedDict

from resolver.domain import Event

EventJson = TypedDict(
    "EventJson",
    {
        "time": str,
        "what": str,
        "triad": str,
        "role": str,
        "phase": str | None,
        "kind": str | None,
        "errors": list[str],
        "rule": str | None,
        "from": str | None,
        "to": str | None,
        "revision": str,
        "process": str,
        "reason": str,
    },
)
"""An event of the history."""


def event_json(event: Event) -> EventJson:
    """Return an event as JSON."""
    return {
        "time": event.time.isoformat(),
        "what": event.what,
        "triad": event.subject.triad,
        "role": event.subject.role,
        "phase": event.phase,
        "kind": event.kind,
        "errors": list(event.errors),
        "rule": event.rule,
        "from": event.from_tier,
        "to": event.to_tier,
        "revision": event.revision,
        "process": event.process,
        "reason": event.reason,
    }
