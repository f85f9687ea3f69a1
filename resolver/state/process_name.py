"""When and where an event happens."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime


def now() -> datetime:
    """Return the time of an event, in UTC."""
    return datetime.now(UTC)


def process_name() -> str:
    """Return host and process id, as the history has them."""
    return f"{socket.gethostname()}:{os.getpid()}"
