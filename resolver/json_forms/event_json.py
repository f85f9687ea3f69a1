"""Events of the history as JSON."""

from __future__ import annotations

from typing import Any

from resolver.domain import Event


def event_json(event: Event) -> dict[str, Any]:
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
