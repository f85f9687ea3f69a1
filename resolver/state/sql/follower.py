"""The thread that keeps a process up to date: it waits for changes of other hosts, and delivers spooled outcomes."""

from __future__ import annotations

import logging
import random
import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from time import monotonic

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from resolver.diagnostics import ResolverError
from resolver.state.sql.connections import Connections, Held
from resolver.state.sql.database_errors import to_resolver_error
from resolver.state.sql.statement import CHANNEL

_log = logging.getLogger("resolver")
_LISTEN = text(f"LISTEN {CHANNEL}")
_SECONDS_BETWEEN_POLLS = 0.5
_SECONDS_ASKED = 3.0
"""Seconds after a request for which a process counts as busy, and polls often."""

_SECONDS_AT_REST = 30.0
"""Seconds between two polls of a process without requests; the first request wakes it."""

_SECONDS_BETWEEN_CALLS = 10.0
"""Seconds of silence after which PostgreSQL is asked anyway: a connection can be dead without an error."""

_SECONDS_BUSY = 0.005
"""Seconds for which the processor is left to others while there is more to do."""

_SECONDS_HELD_UP = 0.5
"""Seconds until something is attempted again that another process or host holds up."""

_SECONDS_LENT = 0.1
"""Seconds after which a connection that a report has borrowed is listened to again."""

_SECONDS_UNUSED = 5.0
"""Seconds for which further connections stay open after reports."""

_FIRST_BACK_OFF, _LONGEST_BACK_OFF = 0.25, 8.0
_SECONDS_TO_END = 1.0


class Next(Enum):
    """The time of the next call: at once, soon, or when something may have changed."""

    AT_ONCE = auto()
    SOON = auto()
    LATER = auto()


class Follower:
    """Calls `catch_up` whenever something may have changed, and `away` with the reason if that failed.

    `catch_up` returns when it is to be called again. PostgreSQL announces changes; other
    databases, and servers behind a pooler, are polled: often while there are requests, seldom at rest. After an error
    the thread waits longer each time, whatever happens meanwhile.
    """

    def __init__(
        self, connections: Connections, catch_up: Callable[[], Next], away: Callable[[ResolverError], None]
    ) -> None:
        self._connections = connections
        self._catch_up = catch_up
        self._away = away
        self.stopped = False
        self._asked = monotonic()
        self._is_at_rest = False
        self._listening: Held | None = None
        self._can_listen = connections.url.dialect == "postgresql"
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)
        self._ringer.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="resolver-state", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Let the thread check now, unless it waits after an error."""
        with suppress(OSError):  # the pipe is full of wake-ups already, or closed
            self._ringer.send(b"!")

    def asked(self) -> None:
        """Note that there was a request; costs nothing worth speaking of, and waits for nothing."""
        self._asked = monotonic()
        if self._is_at_rest:
            self._is_at_rest = False
            self.wake()

    def stop(self) -> None:
        """End the thread, at the latest when what it asks the database is answered or late; twice does nothing."""
        self.stopped = True
        self.wake()
        if self._thread is not threading.current_thread():
            self._thread.join(_SECONDS_TO_END)

    def drop(self) -> None:
        """Release the resources of a thread that has ended, or that stayed in the parent of a fork."""
        self._bell.close()
        self._ringer.close()

    def _run(self) -> None:
        failures = 0
        while not self.stopped:
            try:
                self._connections.close_idle(_SECONDS_UNUSED, but=self._listening)  # before this thread uses them
                self._listen()
                following = self._catch_up()
            except ResolverError as error:
                self._away(error)
            except Exception:  # a defect here must not end the thread, and the updates with it
                _log.exception("the state could not be followed; trying again")
            else:
                failures = 0
                self._wait(following)
                continue
            failures += 1
            self._connections.close_idle()  # what failed for one will fail for the others
            self._back_off(min(_LONGEST_BACK_OFF, _FIRST_BACK_OFF * 2 ** min(failures, 10)))
        self._connections.close_idle()
        self.drop()

    def _listen(self) -> None:
        """Let a connection receive announcements, if there is none, and the server can send them."""
        if not self._can_listen or (self._listening is not None and self._connections.is_open(self._listening)):
            return
        self._listening = None
        held = self._connections.take(monotonic() + self._connections.url.deadline)
        try:
            if not held.is_pooled:
                held.connection.execute(_LISTEN)
                held.raw.add_notify_handler(lambda _: self.wake())
                held.is_listening, self._listening = True, held
            self._can_listen = not held.is_pooled
        except SQLAlchemyError as error:
            if getattr(error, "connection_invalidated", False):
                raise to_resolver_error(self._connections.url, error) from None
            self._can_listen = False  # a hot standby, or another server that speaks PostgreSQL's protocol
        finally:
            self._connections.give_back(held)

    def _wait(self, following: Next) -> None:
        """Wait until something may be new; at rest, without a connection."""
        is_busy = monotonic() < self._asked + _SECONDS_ASKED
        if not is_busy and self._listening is None:
            self._connections.close_idle()
        if following is Next.AT_ONCE:
            self._pause(_SECONDS_BUSY)
        elif following is Next.SOON:
            self._pause(_SECONDS_HELD_UP)
        elif self._listening is not None:
            self._pause(_SECONDS_BETWEEN_CALLS)
        elif is_busy:
            self._pause(_SECONDS_BETWEEN_POLLS)
        else:
            self._is_at_rest = True
            self._pause(_SECONDS_AT_REST)
            self._is_at_rest = False

    def _pause(self, seconds: float) -> None:
        """Wait until `wake` is called, or the listening connection has news, but no longer than `seconds`."""
        end = monotonic() + seconds
        while not self.stopped and (left := end - monotonic()) > 0:
            file = self._file_of_news()
            is_lent = self._listening is not None and file is None
            with selectors.DefaultSelector() as selector:
                selector.register(self._bell, selectors.EVENT_READ)
                if file is not None:
                    selector.register(file, selectors.EVENT_READ)
                ready = [key.fileobj for key, _ in selector.select(min(left, _SECONDS_LENT) if is_lent else left)]
                if self._bell in ready:
                    self._clear()
                    return
                if file in ready and self._file_of_news() == file and selector.select(0):
                    return  # not the answer to a report that had borrowed the connection
            if self._listening is not None and not self._connections.is_open(self._listening):
                return

    def _file_of_news(self) -> int | None:
        """Return the number of the file that PostgreSQL writes announcements to, unless a report uses it."""
        held = self._listening
        if held is None or not self._connections.is_idle(held):
            return None
        try:
            return int(held.raw.fileno())
        except Exception:
            return None

    def _back_off(self, seconds: float) -> None:
        """Wait for half of `seconds` to all of it; wake-ups are for a database that answers."""
        end = monotonic() + random.uniform(seconds / 2, seconds)  # noqa: S311  no secret
        while not self.stopped and (left := end - monotonic()) > 0:
            with selectors.DefaultSelector() as selector:
                selector.register(self._bell, selectors.EVENT_READ)
                selector.select(left)
            if not self.stopped:
                self._clear()

    def _clear(self) -> None:
        with suppress(BlockingIOError):
            while self._bell.recv(4096):
                pass
