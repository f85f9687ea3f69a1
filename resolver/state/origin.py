"""The time and the process of an event."""

from __future__ import annotations

import os
from datetime import UTC, datetime


def now() -> datetime:
    """Return the current time, in UTC."""
    return datetime.now(UTC)


def process_name() -> str:
    """Return host name and process id, as the history records them."""
    import socket  # noqa: PLC0415  only a process that writes needs it

    return f"{socket.gethostname()}:{os.getpid()}"
