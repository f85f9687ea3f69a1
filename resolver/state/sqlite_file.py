"""A SQLite file that many processes share. It is put aside if damaged, and survives forks and replacement."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path
from typing import TypeVar

from resolver.diagnostics import ResolverError, masked
from resolver.forks import RenewedLock, prepare_for_forks
from resolver.state.read_only import LOOKS, check_regular

_SECONDS = 30.0
"""Seconds for which a statement waits for a lock of another process, unless its caller says otherwise."""
_SECONDS_BEFORE_FORK = 1.0
"""Seconds for which a fork waits for a transaction of another thread."""
_LEFT_BY_FORKS: list[sqlite3.Connection] = []
"""Connections of the parent process: closing them in a child would take the parent's locks away."""

_ERRORS = (sqlite3.Error, OSError, UnicodeDecodeError)
"""Errors of a file that cannot be used. SQLite's own messages may have names of the file, which are no UTF-8 then."""

T = TypeVar("T")


class SqliteFile:
    """The SQLite file at `path`, opened at first use, and again after a fork or when the file has been replaced.

    The file is closed during a fork. SQLite keeps its knowledge of locks in the memory of the process, so a child that
    inherited an open file would believe to hold locks that only its parent has.

    Args:
        path: The file. Its directory is made if it is missing.
        prepare: Checks or creates the tables of a connection that was just opened.
        on_damage: Called with the reason and the new name of a damaged file, before a new file is begun.
    """

    def __init__(
        self,
        path: Path,
        prepare: Callable[[sqlite3.Connection], None],
        on_damage: Callable[[str, Path], None],
    ) -> None:
        self.path = path
        self._prepare = prepare
        self._on_damage = on_damage
        self._lock = RenewedLock()
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None
        self._at_rest = False
        prepare_for_forks(self)

    def run(self, run: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of `run` for the connection. A damaged file is put aside, and `run` is called once more.

        Raises:
            ResolverError: The file cannot be used.
        """
        with self._lock:
            is_fresh = is_new = False
            while True:
                try:
                    return run(self._open())
                except _ERRORS as error:
                    harm = self._harm_of(error)
                    if harm is None or is_new:
                        raise ResolverError(f"cannot use `{self.path}`: {_reason_of(error)}") from error
                    if harm is Harm.POSSIBLE and not is_fresh:
                        self.close()  # a connection that is opened again checks the tables
                        is_fresh = True
                    else:
                        self._set_aside(_reason_of(error))
                        is_new = True

    def change(self, change: Callable[[sqlite3.Connection], T], *, durable: bool, seconds: float = _SECONDS) -> T:
        """Do what `run` does in one transaction, which survives a power cut if it is `durable`.

        Args:
            change: Changes the tables of a connection.
            durable: Whether to wait for the disk.
            seconds: How long to wait for the lock of another process.
        """

        def run(connection: sqlite3.Connection) -> T:
            connection.execute(f"PRAGMA busy_timeout = {max(seconds, 0) * 1000:.0f}")
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = change(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return result

        return self.run(run)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def before_fork(self) -> None:
        """Close the file, and let no thread open it again before the fork."""
        self._at_rest = self._lock.acquire(timeout=_SECONDS_BEFORE_FORK)
        if self._at_rest:
            self.close()

    def after_fork_in_parent(self) -> None:
        """Let threads open the file again."""
        if self._at_rest:
            self._at_rest = False
            self._lock.release()

    def after_fork_in_child(self) -> None:
        """Leave a connection that was in use to the parent."""
        if self._connection is not None:
            _LEFT_BY_FORKS.append(self._connection)
        self._connection = None

    def _open(self) -> sqlite3.Connection:
        file = _identity(self.path)
        if self._connection is not None and file == self._opened:
            return self._connection
        self.close()
        check_regular(self.path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._opened = file
        connection = sqlite3.connect(self.path, timeout=_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            with LOOKS.lock:  # until there is a log, by which looks see that the file is open
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("SELECT 1 FROM sqlite_master").fetchone()
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._connection, self._opened = connection, _identity(self.path)
        return connection

    def _harm_of(self, error: Exception) -> Harm | None:
        """Return how surely an error shows damage; None if it shows none."""
        if isinstance(error, UnicodeDecodeError):
            return Harm.CERTAIN
        if not isinstance(error, sqlite3.OperationalError):
            return Harm.CERTAIN if isinstance(error, sqlite3.DatabaseError) else None
        name = getattr(error, "sqlite_errorname", None)  # errors of Python's module have none
        if name == "SQLITE_ERROR":  # statements are constants, so the tables are wrong
            return Harm.POSSIBLE
        is_writable = os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK)
        return Harm.POSSIBLE if name == "SQLITE_READONLY" and is_writable else None

    def _set_aside(self, reason: str) -> None:
        """Rename a damaged file with its logs, which may have changes that the file does not have yet."""
        self.close()
        if _identity(self.path) != self._opened:
            return  # another process has put it aside
        aside = self.path.with_name(f"{self.path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
        try:
            for suffix in ("-journal", "-wal", "-shm", ""):
                if suffix == "" or os.path.exists(f"{self.path}{suffix}"):
                    os.rename(f"{self.path}{suffix}", f"{aside}{suffix}")
        except OSError as failed:
            message = f"`{self.path}` is damaged ({reason}) and cannot be moved: {failed.strerror}"
            raise ResolverError(message) from failed
        self._on_damage(reason, aside)


class Harm(Enum):
    """Certainty that a file is damaged: CERTAIN, or POSSIBLE, which a connection that is opened again will show."""

    CERTAIN = auto()
    POSSIBLE = auto()


def _reason_of(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it has names that are no UTF-8"
    return (error.strerror if isinstance(error, OSError) else None) or masked(str(error))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino
