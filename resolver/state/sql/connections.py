"""The connections of one process to its database: one at most while nothing happens, a few while reports run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from resolver.state.sql.bounded import set_deadline
from resolver.state.sql.database_errors import to_resolver_error
from resolver.state.sql.state_url import DatabaseUnavailableError, StateURL

_LIMITS = text(
    "SELECT pg_backend_pid(), CASE WHEN pg_backend_pid() = :seen THEN "
    "set_config('lock_timeout', :lock, false) || set_config('idle_in_transaction_session_timeout', :idle, false) END"
)
"""Asks which process of PostgreSQL serves, and sets limits for the session if the session is ours alone."""

_SECONDS_BEFORE_FORK = 1.0
"""Seconds for which a fork waits until no other thread uses SQLite."""

_SECONDS_TO_SHARE = 0.01
"""Seconds for which a report waits for a connection in use before it opens another, which takes as long."""

_LEFT_BY_FORKS: list[object] = []
"""Connections of a parent process: closing them here would end the parent's sessions."""


@dataclass(eq=False, slots=True)
class Held:
    """A connection; `is_pooled` if a pooler may give every transaction another session of the server.

    A connection that `is_listening` receives PostgreSQL's announcements. A report uses it if no other is free.
    """

    connection: Connection
    is_pooled: bool
    used: float = field(default_factory=monotonic)
    is_listening: bool = False
    is_broken: bool = False

    @property
    def raw(self) -> Any:
        """The driver's connection."""
        return self.connection.connection.driver_connection


class Connections:
    """At most `url.connections` connections, each used by one thread at a time, every statement a transaction.

    Methods raise DatabaseUnavailableError at the deadline, a time of the monotonic clock; `take` also what
    `to_resolver_error` returns.
    """

    def __init__(self, url: StateURL) -> None:
        self.url = url
        self._engine = url.engine()
        self._changed = threading.Condition()
        self._idle: list[Held] = []
        self._all: set[Held] = set()
        self._open = 0
        self._is_forking = False

    @property
    def open(self) -> int:
        """The number of open connections."""
        return self._open

    @contextmanager
    def use(self, deadline: float) -> Iterator[Connection]:
        """Lend a connection until the end of the block; whatever SQLAlchemy raises there passes."""
        held = self.take(deadline)
        try:
            yield held.connection
        except SQLAlchemyError as error:
            held.is_broken |= bool(getattr(error, "connection_invalidated", False))
            raise
        except BaseException:  # half of an answer may still be on its way
            held.is_broken = True
            raise
        finally:
            self.give_back(held)

    def take(self, deadline: float) -> Held:
        """Return a connection that is free; `give_back` it."""
        with self._changed:
            if not self._idle and self._open:
                self._changed.wait_for(lambda: self._idle, min(_SECONDS_TO_SHARE, max(deadline - monotonic(), 0)))
            while self._is_forking or (not self._idle and self._open >= self.url.connections):
                if not self._changed.wait(max(deadline - monotonic(), 0)):
                    raise self._late()
            if self._idle:
                held = self._idle.pop()
                set_deadline(held.raw, deadline)
                return held
            self._open += 1
        try:
            return self._connected(deadline)
        except DatabaseUnavailableError:
            shared = self._shared(deadline)
            if shared is None:
                raise
            return shared

    def is_idle(self, held: Held) -> bool:
        """Return whether this connection is free."""
        return held in self._idle

    def is_open(self, held: Held) -> bool:
        """Return whether a connection can still be used."""
        return not held.is_broken and not held.connection.closed

    def give_back(self, held: Held) -> None:
        """Let others use a connection; a broken one is closed."""
        with suppress(SQLAlchemyError):
            held.connection.rollback()  # of what SQLAlchemy keeps: the server has no transaction
        held.is_broken |= held.connection.closed or held.connection.invalidated
        held.used = monotonic()
        with self._changed:
            if not held.is_broken:
                self._idle.insert(0 if held.is_listening else len(self._idle), held)
            self._changed.notify_all()
        if held.is_broken:
            self._close([held])

    def close_idle(self, seconds: float = 0, *, but: Held | None = None) -> None:
        """Close the connections, but one, that were not used for so long."""
        old = monotonic() - seconds
        with self._changed:
            closing = [held for held in self._idle if held is not but and held.used <= old]
            self._idle = [held for held in self._idle if held not in closing]
        self._close(closing)

    def before_fork(self) -> None:
        """Close all connections to SQLite, and let no thread use any until the fork.

        A thread that is not there in the child would leave SQLite's own locks behind there; and a child that inherits
        an open file believes to hold the parent's locks on it.
        """
        if self.url.dialect == "sqlite":
            with self._changed:
                self._is_forking = True
                self._changed.wait_for(lambda: len(self._idle) == self._open, _SECONDS_BEFORE_FORK)
            self.close_idle()

    def after_fork_in_parent(self) -> None:
        """Let threads use connections again."""
        with self._changed:
            self._is_forking = False
            self._changed.notify_all()

    def renew(self) -> None:
        """Leave all connections to the parent process of a fork."""
        _LEFT_BY_FORKS.extend((self._engine, self._all))
        self._engine, self._changed = self.url.engine(), threading.Condition()
        self._idle, self._all, self._open = [], set(), 0
        self._is_forking = False

    def _shared(self, deadline: float) -> Held | None:
        """Return a connection that another thread gives back: the server may take no more. None if there is none."""
        with self._changed:
            self._changed.wait_for(lambda: self._idle or not self._open, max(deadline - monotonic(), 0))
            if not self._idle or self._is_forking:
                return None
            held = self._idle.pop()
        set_deadline(held.raw, deadline)
        return held

    def _connected(self, deadline: float) -> Held:
        """Connect in a thread of its own: names are looked up, and keys exchanged, without any limit."""
        found: SimpleQueue[Held | BaseException] = SimpleQueue()
        given_up = threading.Event()

        def connect() -> None:
            try:
                held = self._connect(deadline)
            except BaseException as error:
                self._gone()
                found.put(error)
                return
            with self._changed:
                if not given_up.is_set():
                    found.put(held)
                    return
            self._close([held])

        threading.Thread(target=connect, name="resolver-connect", daemon=True).start()
        try:
            result = found.get(timeout=max(deadline - monotonic(), 0.001))
        except Empty:
            with self._changed:
                given_up.set()
                result = found.get() if not found.empty() else self._late()
        if isinstance(result, SQLAlchemyError):
            raise to_resolver_error(self.url, result) from None
        if isinstance(result, BaseException):
            raise result
        self._all.add(result)
        set_deadline(result.raw, deadline)
        return result

    def _connect(self, deadline: float) -> Held:
        connection = self._engine.connect()
        try:
            held = Held(connection, is_pooled=False)
            set_deadline(held.raw, deadline)
            if self.url.dialect == "postgresql":
                seen = held.raw.info.backend_pid
                wait = f"{self.url.deadline * 1000:.0f}"
                served = connection.execute(_LIMITS, {"seen": seen, "lock": wait, "idle": wait}).scalar_one()
                held.is_pooled = served != seen
                if held.is_pooled:
                    held.raw.prepare_threshold = None
                connection.rollback()
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        return held

    def _close(self, closing: list[Held]) -> None:
        for held in closing:
            self._all.discard(held)
            with suppress(SQLAlchemyError):
                if held.is_broken:
                    held.connection.invalidate()
                held.connection.close()
            self._gone()

    def _gone(self) -> None:
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def _late(self) -> DatabaseUnavailableError:
        return DatabaseUnavailableError(f"cannot use `{self.url}`: no answer within {self.url.deadline:g} s")
