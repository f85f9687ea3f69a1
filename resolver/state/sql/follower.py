"""The thread that keeps a process up to date: it waits for changes of other hosts, and delivers spooled outcomes."""

from __future__ import annotations

import logging
import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

from sqlalchemy.exc import SQLAlchemyError

from resolver.diagnostics import ResolverError
from resolver.state.sql.database import Database
from resolver.state.sql.database_errors import to_resolver_error
from resolver.state.sql.state_url import DatabaseUnavailableError
from resolver.state.sql.writing import CHANNEL

_log = logging.getLogger("resolver")
_SECONDS_BETWEEN_POLLS = 0.5
_SECONDS_BETWEEN_CALLS = 5.0
"""Seconds of silence after which PostgreSQL is asked anyway: a connection can be dead without an error."""

_SECONDS_AWAY = 1.0
_SECONDS_BUSY = 0.01
"""Seconds for which the processor is left to others while more outcomes have to be delivered."""

_SECONDS_TO_END = 10.0


class Follower:
    """Calls `catch_up` whenever something may have changed, and `away` with the reason if that failed.

    `catch_up` returns whether it is done; if not, it is called again soon.
    """

    def __init__(self, database: Database, catch_up: Callable[[], bool], away: Callable[[ResolverError], None]) -> None:
        self._database = database
        self._catch_up = catch_up
        self._away = away
        self.stopped = False
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)
        self._ringer.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="resolver-state", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Let the thread check now."""
        with suppress(OSError):  # the pipe is full of wake-ups already, or closed
            self._ringer.send(b"!")

    def stop(self) -> None:
        """End the thread; stopping twice does nothing."""
        self.stopped = True
        self.wake()
        if self._thread is not threading.current_thread():
            self._thread.join(_SECONDS_TO_END)
        if not self._thread.is_alive():
            self.drop()

    def drop(self) -> None:
        """Release the resources of a thread that has ended, or that stayed in the parent of a fork."""
        self._bell.close()
        self._ringer.close()

    def _run(self) -> None:
        while not self.stopped:
            try:
                with self._waiting() as wait:
                    while not self.stopped:
                        if self._catch_up():
                            wait()
                        else:
                            self._pause(_SECONDS_BUSY)
            except ResolverError as error:
                self._away(error)
            except Exception:  # a defect here must not end the thread, and the updates with it
                _log.exception("the state could not be followed; trying again")
            if not self.stopped:
                self._pause(_SECONDS_AWAY)

    @contextmanager
    def _waiting(self) -> Iterator[Callable[[], None]]:
        """Yield a function that returns when something may be new."""
        if self._database.url.dialect != "postgresql":
            yield lambda: self._pause(_SECONDS_BETWEEN_POLLS)
            return
        import psycopg  # noqa: PLC0415  the package of the one database that calls

        try:
            taken = self._database.engine.raw_connection()
        except SQLAlchemyError as error:
            raise to_resolver_error(self._database.url, error) from None
        connection = taken.driver_connection
        assert isinstance(connection, psycopg.Connection)
        taken.detach()
        with closing(connection):
            try:
                connection.autocommit = True
                connection.execute(f"LISTEN {CHANNEL}")
            except psycopg.Error as error:
                raise DatabaseUnavailableError(
                    f"cannot use `{self._database.url}`: {self._database.url.redacted(error)}"
                ) from None

            def wait() -> None:
                self._pause(_SECONDS_BETWEEN_CALLS, connection.fileno())
                try:
                    for _ in connection.notifies(timeout=0):
                        pass
                except psycopg.Error as error:
                    message = self._database.url.redacted(error)
                    raise DatabaseUnavailableError(f"cannot use `{self._database.url}`: {message}") from None

            yield wait

    def _pause(self, seconds: float, also: int | None = None) -> None:
        """Wait until `wake` is set, or the file number `also` can be read, but no longer than `seconds`."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._bell, selectors.EVENT_READ)
            if also is not None:
                selector.register(also, selectors.EVENT_READ)
            selector.select(seconds)
        with suppress(BlockingIOError):
            while self._bell.recv(4096):
                pass
