"""Creates and migrates the tables of a state: by a person with the owner's rights, never at start-up."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from resolver.diagnostics import ResolverError
from resolver.state.sql.database_errors import to_resolver_error
from resolver.state.sql.sql_tables import HEAD, KNOWN, VERSION, VERSION_TABLE
from resolver.state.sql.state_url import StateURL

_LOCK = 7_297_265
"""The number of an advisory lock: two migrations of one database at a time would create tables twice."""

_SECONDS_TO_WAIT = 60

_ADDED = {
    "0002": (
        "the number of days for which the history is kept",
        "the marks of the entries that people lowered; the next migration finds them in the history, as far as it goes",
    )
}
"""Version of the tables to the data that exist from that version on."""


def migrate(url: StateURL, to: str | None = None) -> tuple[str | None, str]:
    """Migrate the tables in the database at `url`, and return their version before and after.

    Args:
        url: The database.
        to: The version of the tables to migrate to, newer or older; None means the version of this program.

    Raises:
        ResolverError: This program does not know the version, or the tables cannot be changed. They are then as before,
            as far as the database can undo its changes.
    """
    wanted = HEAD if to is None else to
    if wanted not in KNOWN:
        raise ResolverError(f"unknown version `{wanted}` of the tables; this program knows {', '.join(KNOWN)}")
    engine = url.engine(owner=True)
    try:
        with engine.connect() as connection:
            _lock(connection)
            try:
                before = _version(connection)
                if before is not None and before not in KNOWN:
                    help = "migrate them back with that version: `resolver state migrate --to`"
                    raise ResolverError(f"the tables in `{url}` were made by a newer version of this program; {help}")
                if before != wanted:
                    _run(connection, wanted, down=before is not None and before > wanted)
                connection.commit()
            finally:
                _unlock(connection)
    except SQLAlchemyError as error:
        raise to_resolver_error(url, error) from None
    finally:
        engine.dispose()
    return before, wanted


def lost_by(before: str | None, after: str) -> list[str]:
    """Return what a migration from one version to another deletes, newest first.

    >>> lost_by("0002", "0001")[0], lost_by("0001", "0002")
    ('the number of days for which the history is kept', [])
    """
    return [lost for version in reversed(KNOWN) if after < version <= (before or "") for lost in _ADDED[version]]


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(select(VERSION.c.version_num)).scalar()


def _run(connection: Connection, to: str, *, down: bool) -> None:
    from alembic import command  # noqa: PLC0415  only this needs it
    from alembic.config import Config  # noqa: PLC0415  as above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    if down:
        command.downgrade(config, to)
    else:
        command.upgrade(config, to)


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    elif connection.dialect.name == "mysql":
        got = connection.execute(
            text("SELECT GET_LOCK(:lock, :seconds)"), {"lock": f"resolver{_LOCK}", "seconds": _SECONDS_TO_WAIT}
        ).scalar()
        if got != 1:
            raise ResolverError("another migration has been at work for a minute")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _unlock(connection: Connection) -> None:
    """Release the lock; a database whose lock ends with the transaction only has to end it."""
    connection.rollback()
    if connection.dialect.name == "mysql":
        connection.execute(text("SELECT RELEASE_LOCK(:lock)"), {"lock": f"resolver{_LOCK}"})
        connection.rollback()
