"""The URL of a state: its database, how to connect to it, and how to print it without its password."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from typing import Any

from sqlalchemy import URL, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from resolver.diagnostics import ResolverError, did_you_mean
from resolver.state.sql.bounded import connect

_DRIVERS = {
    "postgresql+psycopg": ("psycopg", "postgres"),
    "mysql+pymysql": ("pymysql", "mysql"),
    "sqlite": ("sqlite3", ""),
}
"""Driver name to the package that it needs, and the extra that brings that package."""

_DEFAULTS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mysql+pymysql"}
_SECONDS_TO_CONNECT = 5
_SECONDS_SILENT = 60
"""Seconds without a statement after which MySQL ends a session, and the transaction of a host that is stopped."""

_FEWEST_HIDDEN = 3
"""Characters of the shortest password that is masked in messages: `a` would mask every `a`."""


class DatabaseUnavailableError(ResolverError):
    """The database is unavailable now."""


@dataclass(frozen=True, slots=True, repr=False)
class StateURL:
    """The database of a state. Neither `repr` nor `str` shows a user, a password or an option."""

    url: URL
    deadline: float = 5.0
    connections: int = 4

    @classmethod
    def parse(cls, text: str) -> StateURL:
        """Parse the URL of a state; ResolverError, which does not repeat the text, if it is wrong."""
        try:
            url = make_url(text)
        except (ArgumentError, ValueError):
            url = None
        if url is None:
            example = "postgresql+psycopg://user@host/database"
            raise ResolverError(f"the state is not a database URL; write one such as `{example}`")
        driver = _DEFAULTS.get(url.drivername, url.drivername)
        if driver not in _DRIVERS:
            drivers = ", ".join(f"`{name}`" for name in _DRIVERS)
            hint = did_you_mean(driver, (*_DRIVERS, *_DEFAULTS))
            raise ResolverError(f"`{driver}` is not supported for a state; {hint or f'use {drivers}'}")
        if driver == "sqlite" and url.database in (None, "", ":memory:"):
            raise ResolverError("a state in SQLite needs a file: `sqlite:///state.db`")
        package, extra = _DRIVERS[driver]
        if find_spec(package) is None:
            raise ResolverError(f"`{driver}` needs a package that is not here; `pip install 'tier-resolver[{extra}]'`")
        return cls(url.set(drivername=driver))

    @property
    def dialect(self) -> str:
        """Return `postgresql`, `mysql` or `sqlite`."""
        return self.url.get_backend_name()

    @property
    def digest(self) -> str:
        """Return letters that identify the database, independent of user, password and options."""
        return sha256(str(self).encode()).hexdigest()[:8]

    def __str__(self) -> str:
        host = self.url.host or self.url.normalized_query.get("host", ("",))[0]
        port = f":{self.url.port}" if self.url.port else ""
        return f"{self.dialect}://{host}{port}/{self.url.database or ''}"

    def __repr__(self) -> str:
        return f"StateURL({str(self)!r})"

    def redacted(self, message: object) -> str:
        """Return the first line of a driver's message with all secrets of the URL masked."""
        text = str(message).strip().partition("\n")[0]
        secrets = [self.url.password, *(v for k, vs in self.url.normalized_query.items() if "pass" in k for v in vs)]
        for secret in filter(None, map(str, filter(None, secrets))):
            if len(secret) >= _FEWEST_HIDDEN:
                text = text.replace(secret, "***")
        return text

    def engine(self, *, owner: bool = False) -> Engine:
        """Return an engine whose connections take each statement as a transaction; an owner begins transactions."""
        arguments: dict[str, object] = {}
        if self.dialect == "postgresql":
            wanted: dict[str, object] = {"connect_timeout": _SECONDS_TO_CONNECT, "prepare_threshold": None}
            arguments = {name: value for name, value in wanted.items() if name not in self.url.query}
        elif self.dialect == "mysql":
            wanted = {"connect_timeout": _SECONDS_TO_CONNECT, "charset": "utf8mb4"}
            if not owner:
                limits = f"innodb_lock_wait_timeout = {max(1, int(self.deadline))}, wait_timeout = {_SECONDS_SILENT}"
                wanted |= {"autocommit": True, "init_command": f"SET SESSION {limits}"}
            arguments = {name: value for name, value in wanted.items() if name not in self.url.query}
        else:
            arguments = {"timeout": self.deadline}
        engine = create_engine(
            self.url,
            connect_args=arguments,
            hide_parameters=True,
            poolclass=NullPool,
            pool_reset_on_return=None,
            **({} if owner else {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}),
        )
        event.listen(engine, "do_connect", self._connected)
        if self.dialect == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        return engine

    def _connected(self, dialect: Dialect, _entry: object, arguments: list[Any], options: dict[str, Any]) -> object:
        """Return a connection. A wrong option, such as a missing file, is no error of SQL."""
        try:
            return connect(dialect, arguments, options)
        except (OSError, TypeError, ValueError) as error:
            raise DatabaseUnavailableError(f"cannot connect to `{self}`: {self.redacted(error)}") from None


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions are begun explicitly, never by the driver
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()
