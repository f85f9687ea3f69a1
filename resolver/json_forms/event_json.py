"""Events of the history as JSON."""

from __future__ import annotations

from pydantic_core import to_json
from typing_extensions import TypedDict

from resolver.domain import Event, PolicyHealth

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


def server_sent(item: Event | PolicyHealth | None) -> bytes:
    """Return an event, the health of a policy that was loaded or refused, or a sign of life as a server-sent event."""
    if item is None:
        return b": alive\n\n"
    if isinstance(item, Event):
        name, time = item.what.encode(), item.time.isoformat().encode()
        return b"id: %b\nevent: %b\ndata: %b\n\n" % (time, name, to_json(event_json(item)))
    return b"event: reload\ndata: %b\n\n" % to_json({"revision": item.revision, "refused": item.refused})
