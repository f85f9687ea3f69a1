"""Bounds the waits of a driver's connection: a statement that has no answer at the deadline is an error.

A driver's own time-outs do not do: libpq waits without end for a server that is stopped, since the system it runs on
still acknowledges what is sent.
"""

from __future__ import annotations

import select
from collections.abc import Generator
from functools import cache
from math import inf
from time import monotonic
from typing import Any, TypeVar

_EVENTS = {1: select.POLLIN, 2: select.POLLOUT}
"""The numbers with which psycopg's generators wait, and are continued, to the system's events."""

_LEAST_SECONDS = 0.001
NO_ANSWER = "the database did not answer in time"
T = TypeVar("T")


def connect(dialect: Any, arguments: list[Any], options: dict[str, Any]) -> Any:
    """Return a connection of `dialect`'s driver, one that `set_deadline` can bound."""
    if dialect.name == "postgresql":
        return _bounded_class().connect(*arguments, **options)
    return dialect.connect(*arguments, **options)


def set_deadline(connection: Any, deadline: float) -> None:
    """Let the waits of a driver's connection end at `deadline`, a time of the monotonic clock.

    SQLite has no server to wait for; its wait for a lock is bounded when it is opened.
    """
    if hasattr(connection, "deadline"):
        connection.deadline = deadline
    elif hasattr(connection, "_read_timeout"):  # PyMySQL has no other way once it is connected
        connection._read_timeout = connection._write_timeout = max(deadline - monotonic(), _LEAST_SECONDS)


@cache
def _bounded_class() -> Any:
    import psycopg  # noqa: PLC0415  the package of this one database

    class BoundedConnection(psycopg.Connection[Any]):
        """A connection to PostgreSQL whose waits end at `deadline`."""

        deadline = inf

        def wait(self, generator: Generator[int, int, T], *_: object, **__: object) -> T:  # type: ignore[override]  # versions differ in the rest
            """Run one of psycopg's generators to its end; OperationalError, and a closed connection, if it is late."""
            try:
                return _run(generator, self.fileno(), self.deadline)
            except TimeoutError:
                self.close()
                raise psycopg.OperationalError(NO_ANSWER) from None
            except KeyboardInterrupt:  # half of an answer may still be on its way
                self.close()
                raise

    return BoundedConnection


def _run(generator: Generator[int, int, T], file: int, deadline: float) -> T:
    poll = select.poll()
    try:
        wanted = next(generator)
        while True:
            poll.register(file, sum(event for number, event in _EVENTS.items() if wanted & number))
            left = deadline - monotonic()
            found = poll.poll(None if left == inf else max(left, 0) * 1000)
            if not found:
                raise TimeoutError
            ready = sum(number for number, event in _EVENTS.items() if found[0][1] & event)
            wanted = generator.send(ready or wanted)  # an error of the socket shows when it is read or written
    except StopIteration as end:
        result: T = end.value
        return result
