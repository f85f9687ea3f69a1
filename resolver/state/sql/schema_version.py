"""The check of the tables when a state is opened: their version, and then the program's rights."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from resolver.diagnostics import ResolverError
from resolver.state.sql.database_errors import is_missing
from resolver.state.sql.rights import check_rights
from resolver.state.sql.sql_tables import HEAD, KNOWN, VERSION_TABLE
from resolver.state.sql.state_url import StateURL

_VERSIONS = text(f"SELECT * FROM {VERSION_TABLE}")  # noqa: S608  a constant
"""All columns, because tables of version 0001 have no `works_with`."""

_SCHEMAS = text(
    "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relname = :table AND c.relkind IN ('r', 'p') ORDER BY 1"
)


def check_tables(connection: Connection, url: StateURL) -> None:
    """Check version and rights, in few statements, each a transaction of its own.

    Args:
        connection: A connection in autocommit mode.
        url: The database, for messages.

    Raises:
        ResolverError: This program must not use the tables, or lacks a table or a right.
        SQLAlchemyError: The database cannot be asked.
    """
    check_schema(connection, url)
    check_rights(connection, url)


def check_schema(connection: Connection, url: StateURL) -> None:
    """Raise ResolverError unless this program may use the tables in the version that they have.

    Tables of a newer version tell which programs may use them. Raises also what SQLAlchemy raises.
    """
    try:
        rows = [(str(row["version_num"]), row.get("works_with")) for row in connection.execute(_VERSIONS).mappings()]
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        if not is_missing(error):
            check_rights(connection, url)  # names the right that is missing, if that is the reason
            raise
        rows = []
    if not rows:
        raise ResolverError(_no_tables(connection, url))
    for version, works_with in rows:
        _check_version(url, version, works_with)


def no_tables(url: StateURL) -> str:
    """Return the message for a database without tables."""
    return f"`{url}` has no tables of this program; `resolver state migrate` makes them"


def _check_version(url: StateURL, version: str, works_with: str | None) -> None:
    if version == HEAD or (version not in KNOWN and works_with and works_with <= HEAD):
        return
    if version in KNOWN:
        message = f"the tables in `{url}` are of version {version}, not {HEAD}; `resolver state migrate` makes them"
        raise ResolverError(message)
    needs = f" and need one for tables of version {works_with}; this one is for {HEAD}" if works_with else ""
    raise ResolverError(f"the tables in `{url}` were made by a newer version of this program{needs}")


def _no_tables(connection: Connection, url: StateURL) -> str:
    """Return why no tables are found: a schema may have them that the role does not look into."""
    schemas: Sequence[str] = []
    if url.dialect == "postgresql":
        schemas = connection.execute(_SCHEMAS, {"table": VERSION_TABLE}).scalars().all()
    if not schemas:
        return no_tables(url)
    names = ", ".join(f"`{name}`" for name in schemas)
    return (
        f"the tables in `{url}` are in the schema {names}, which is not on the role's search_path, or which the role "
        f"may not use; `GRANT USAGE ON SCHEMA {schemas[0]} TO resolver_app` gives that right"
    )
