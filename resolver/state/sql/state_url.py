"""The URL of a state: its database, how to connect to it, and how to print it without its password."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from resolver.diagnostics import ResolverError, did_you_mean, masked
from resolver.state.sql.bounded import connect
from resolver.state.sql.connect_arguments import connect_arguments
from resolver.state.sql.url_options import MOST_CONNECTIONS, SECONDS_TO_ANSWER, is_secret, read_options

_DRIVERS = {
    "postgresql+psycopg": ("psycopg", "postgres"),
    "mysql+pymysql": ("pymysql", "mysql"),
    "sqlite": ("sqlite3", ""),
}
"""Driver name to the package that it needs, and the extra that brings that package."""

_DEFAULTS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mysql+pymysql"}
_FEWEST_HIDDEN = 3
"""Characters of the shortest password that is masked in messages: `a` would mask every `a`."""


class DatabaseUnavailableError(ResolverError):
    """The database is unavailable now."""


class DatabaseRefusedError(DatabaseUnavailableError):
    """The database refuses this program's connections: a password, a database or a right is wrong."""


class DatabaseDefectError(ResolverError):
    """The database refuses a statement, and always will with this setup: a right, a table or a column is missing."""


@dataclass(frozen=True, slots=True, repr=False)
class StateURL:
    """The database of a state. Neither `repr` nor `str` shows a user, a password or an option."""

    url: URL
    deadline: float = SECONDS_TO_ANSWER
    connections: int = MOST_CONNECTIONS
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    @classmethod
    def parse(cls, text: str) -> StateURL:
        """Parse the URL of a state.

        Args:
            text: The URL. Its options `deadline` (seconds within which a report has an answer) and `connections` (the
                largest number of each process) are for the program, and all others for the driver.

        Raises:
            ResolverError: The URL or one of its options is wrong. No text of the URL that may be secret is repeated.
        """
        if not isinstance(text, str):
            raise ResolverError(f"the state is the URL of a database, a text, not of the type `{type(text).__name__}`")
        text = text.strip()
        url = _made(text)
        if url is None:
            example = "postgresql+psycopg://user@host/database"
            raise ResolverError(f"the state is not a database URL; write one such as `{example}`")
        driver = _DEFAULTS.get(url.drivername, url.drivername)
        if driver not in _DRIVERS:
            drivers = ", ".join(f"`{name}`" for name in _DRIVERS)
            hint = did_you_mean(driver, (*_DRIVERS, *_DEFAULTS))
            raise ResolverError(f"`{driver}` is not supported for a state; {hint or f'use {drivers}'}")
        if driver == "sqlite":
            _check_sqlite(url)
        package, extra = _DRIVERS[driver]
        if find_spec(package) is None:
            raise ResolverError(f"`{driver}` needs a package that is not here; `pip install 'tier-resolver[{extra}]'`")
        options = read_options(driver.partition("+")[0], text)
        url = url.set(drivername=driver, query=options.hosts)
        try:
            url.get_dialect()().create_connect_args(url)
        except (ArgumentError, ValueError):
            raise ResolverError("the hosts and ports in the state's URL do not fit together") from None
        return cls(url, options.deadline, options.connections, options.driver)

    @property
    def dialect(self) -> str:
        """Return `postgresql`, `mysql` or `sqlite`."""
        return self.url.get_backend_name()

    @property
    def digest(self) -> str:
        """Return letters that identify the database, independent of user, password and options."""
        return sha256(str(self).encode()).hexdigest()[:8]

    @property
    def is_missing_file(self) -> bool:
        """Whether this is a file of SQLite that does not exist; connecting would create it."""
        return self.dialect == "sqlite" and not os.path.exists(self.url.database or "")

    def __str__(self) -> str:
        host = self.url.host or self.url.normalized_query.get("host", ("",))[0]
        port = f":{self.url.port}" if self.url.port else ""
        return f"{self.dialect}://{host}{port}/{self.url.database or ''}"

    def __repr__(self) -> str:
        return f"StateURL({str(self)!r})"

    def redacted(self, message: object) -> str:
        """Return the first line of a driver's message with all secrets of the URL masked."""
        text = str(message).strip().partition("\n")[0]
        secrets = {str(value) for name, value in self.options.items() if is_secret(name)}
        secrets |= {str(self.url.password)} if self.url.password else set()
        secrets |= {quote(secret, safe="") for secret in secrets}
        for secret in sorted(secrets, key=len, reverse=True):
            if len(secret) >= _FEWEST_HIDDEN:
                text = text.replace(secret, "***")
        return masked(text)

    def engine(self, *, owner: bool = False) -> Engine:
        """Return an engine whose connections take each statement as a transaction; an owner begins transactions.

        An owner, who changes tables, also has no other limits of time than those that the URL gives.
        """
        engine = create_engine(
            self.url,
            connect_args=connect_arguments(self.dialect, self.options, None if owner else self.deadline),
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
        """Return a connection. A wrong option, such as a missing or malformed file, is not an error of SQL."""
        try:
            return connect(dialect, arguments, options)
        except dialect.loaded_dbapi.Error:
            raise
        except Exception as error:
            raise DatabaseRefusedError(f"cannot connect to `{self}`: {self.redacted(error)}") from None


def _made(text: str) -> URL | None:
    """Return the URL in `text`, or None if there is none that can be printed and sent."""
    try:
        text.encode()
        url = make_url(text)
    except (ArgumentError, ValueError):
        return None
    host, parts = url.host or "", (url.username, url.password, url.database)
    has_nul = any("\0" in part for part in parts if part)
    return url if text.isprintable() and host.isprintable() and not has_nul else None


def _check_sqlite(url: URL) -> None:
    if url.host or url.port or url.username or url.password:
        message = "a state in SQLite has no host, port, user or password"
        raise ResolverError(f"{message}; write `sqlite:////absolute/state.db` or `sqlite:///relative/state.db`")
    if url.database in (None, "", ":memory:"):
        raise ResolverError("a state in SQLite needs a file: `sqlite:///state.db`")


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions are begun explicitly, never by the driver
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()
