"""A socket that a server listens on, in a process that may have many connections."""

from __future__ import annotations

import resource
import socket

from resolver.diagnostics import ResolverError

_MOST_FILES = 65_536
"""Connections and other files that the process may have open, if the system allows it."""


def listening_socket(address: str, port: int) -> socket.socket:
    """Return a socket that listens; ResolverError if the address is taken, or not of this host."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft not in (resource.RLIM_INFINITY, hard) and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=2048)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ResolverError(f"cannot listen on `{address}`, port {port}: {reason}") from error
