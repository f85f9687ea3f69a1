"""The rights that the program needs on its tables, and the check that it has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from resolver.diagnostics import ResolverError
from resolver.state.sql.mysql_grants import MISSING, lacking_on_mysql
from resolver.state.sql.state_url import StateURL

NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "resolver_version": ("SELECT",),
        "resolver_clock": ("SELECT", "UPDATE"),
        "resolver_subject": ("SELECT", "INSERT", "UPDATE"),
        "resolver_history": ("SELECT", "INSERT"),
        "resolver_outcome": ("SELECT", "INSERT", "DELETE"),
        "resolver_setting": ("SELECT", "UPDATE"),
    }
)
"""The rights without which no state is opened, by table."""

TO_FORGET: Mapping[str, tuple[str, ...]] = MappingProxyType({"resolver_history": ("DELETE",)})
"""The rights that are needed only if the history is kept for some days, by table."""

ROLE = "resolver_app"
"""The program's role in the documents; messages show no user of a URL."""


class MissingRightsError(ResolverError):
    """The program lacks rights on its tables; the message has the statements that give them."""


Lacking = dict[str, list[str]]
"""The rights that the program lacks, by table; only MISSING for a table that does not exist."""

_POSTGRESQL = """
SELECT needed.name, CASE WHEN to_regclass(needed.name) IS NULL THEN 'missing' ELSE needed.privilege END
FROM (VALUES {}) AS needed (name, privilege)
WHERE to_regclass(needed.name) IS NULL OR NOT CASE needed.privilege
  WHEN 'DELETE' THEN has_table_privilege(current_user, to_regclass(needed.name), 'DELETE')
  ELSE has_any_column_privilege(current_user, to_regclass(needed.name), needed.privilege) END
"""
"""Asks with the names as statements have them, which the search_path resolves. A right on columns is enough."""


def check_rights(connection: Connection, url: StateURL) -> None:
    """Raise ResolverError if the program lacks a table, and MissingRightsError if it lacks a right.

    Nothing is raised if the database does not tell. Raises also what SQLAlchemy raises if the connection is lost.
    """
    lacking = lacking_rights(connection, NEEDED)
    missing = [table for table, rights in lacking.items() if MISSING in rights]
    if missing:
        names = ", ".join(f"`{table}`" for table in missing)
        schema = ", or they are in a schema that the program's role may not use" if url.dialect == "postgresql" else ""
        raise ResolverError(f"`{url}` lacks tables of this program: {names}{schema}; restore them from a backup")
    if lacking:
        rights = ", ".join(f"{', '.join(rights)} on `{table}`" for table, rights in lacking.items())
        help = f"the owner of the tables gives them to the program's role, here `{ROLE}`: `{grants_of(lacking)}`"
        raise MissingRightsError(f"the program lacks rights in `{url}`: {rights}; {help}")


def lacking_rights(connection: Connection, needed: Mapping[str, tuple[str, ...]]) -> Lacking:
    """Return what the program lacks of the `needed` rights, as far as the database tells."""
    ask = {"postgresql": _lacking_on_postgresql, "mysql": lacking_on_mysql, "sqlite": _lacking_on_sqlite}
    lacking: Lacking = {}
    try:
        for table, right in ask[connection.dialect.name](connection, needed):
            if right not in lacking.setdefault(table, []):
                lacking[table].append(right)
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return {}  # not every server that speaks the protocol has these functions
    return lacking


def grants_of(rights: Mapping[str, Iterable[str]]) -> str:
    """Return the statements that give these rights.

    >>> grants_of({"resolver_clock": ["SELECT", "UPDATE"]})
    'GRANT SELECT, UPDATE ON resolver_clock TO resolver_app'
    """
    return "; ".join(f"GRANT {', '.join(names)} ON {table} TO {ROLE}" for table, names in rights.items())


def _lacking_on_postgresql(connection: Connection, needed: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    pairs = ", ".join(f"('{table}', '{right}')" for table, rights in needed.items() for right in rights)
    yield from ((row[0], row[1]) for row in connection.execute(text(_POSTGRESQL.format(pairs))))


def _lacking_on_sqlite(connection: Connection, needed: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    there = set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())
    yield from ((table, MISSING) for table in needed if table not in there)
