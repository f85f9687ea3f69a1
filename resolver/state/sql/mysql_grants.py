"""The rights of the program on MySQL and MariaDB, from the server's list of grants.

The list leaves out the rights of roles on some servers. A right that is not listed is therefore tried: the server
checks the rights of a statement that it only explains.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

_TABLES = text("SELECT DATABASE(), table_name FROM information_schema.tables WHERE table_schema = DATABASE()")
_NAME = r"(?:`((?:[^`]|``)*)`|(\*))"
_GRANT = re.compile(rf"GRANT (.*?) ON (?:TABLE )?{_NAME}\.{_NAME} TO ", re.IGNORECASE)
_COLUMNS = re.compile(r"\([^)]*\)")
_ALL = "ALL PRIVILEGES"

MISSING = "missing"
"""The right that a table lacks which does not exist."""

_NO_TABLE = 1146
_DENIED = {1142, 1143}
"""The user lacks a right on a table, or on one of its columns."""

_TRIED = {
    "SELECT": "EXPLAIN SELECT 1 FROM {0}",
    "INSERT": "EXPLAIN INSERT INTO {0} () VALUES ()",
    "UPDATE": "EXPLAIN UPDATE {0} SET {1} = 0 WHERE 1 = 0",
    "DELETE": "EXPLAIN DELETE FROM {0} WHERE 1 = 0",
}
_A_COLUMN = {"resolver_clock": "at", "resolver_setting": "value", "resolver_subject": "version"}
"""A column of each table that the program updates."""


def lacking_on_mysql(connection: Connection, needed: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Yield the rights that the program lacks, each with its table; MISSING for a table that does not exist."""
    rows = connection.execute(_TABLES).all()  # those on which the user has a right
    there = {str(table) for _, table in rows}
    grants = [str(grant) for grant in connection.execute(text("SHOW GRANTS")).scalars()] if rows else []
    for table, rights in needed.items():
        listed = listed_rights(grants, str(rows[0][0]), table) if table in there else set()
        for right in rights:
            if right not in listed and (lack := _tried(connection, table, right)):
                yield table, lack
                if lack == MISSING:
                    break


def listed_rights(grants: Iterable[str], database: str, table: str) -> set[str]:
    r"""Return the rights on a table that the lines of `SHOW GRANTS` give, without those of roles.

    >>> sorted(listed_rights(["GRANT SELECT, INSERT (`a`) ON `state\\_%`.* TO `app`@`%`"], "state_1", "clock"))
    ['INSERT', 'SELECT']
    """
    found: set[str] = set()
    for grant in grants:
        if grant.upper().startswith("REVOKE"):
            return set()  # MySQL's partial revokes take some of the other lines back
        if (match := _GRANT.match(grant)) is None:
            continue
        names, *_ = match.groups()
        in_database, in_table = _unquoted(match[2], match[3]), _unquoted(match[4], match[5])
        if not _is_like(database, in_database) or in_table not in ("*", table):
            continue
        rights = {right.strip().upper() for right in _COLUMNS.sub("", names).split(",")}
        found |= {"SELECT", "INSERT", "UPDATE", "DELETE"} if _ALL in rights else rights
    return found


def _tried(connection: Connection, table: str, right: str) -> str | None:
    """Return the right if the server refuses it, MISSING if the table is; None for any other answer."""
    statement = _TRIED[right].format(table, f"`{_A_COLUMN.get(table, '')}`")
    try:
        connection.execute(text(statement)).close()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        code = error.orig.args[0] if error.orig is not None and error.orig.args else None
        return MISSING if code == _NO_TABLE else right if code in _DENIED else None
    return None


def _unquoted(name: str | None, every: str | None) -> str:
    return every if every is not None else (name or "").replace("``", "`")


def _is_like(database: str, pattern: str) -> bool:
    """Return whether a database has the name in a grant, where `%`, `_` and backslashes are as in `LIKE`."""
    wild = {"%": ".*", "_": ".", "*": ".*"}
    parts = re.finditer(r"\\(.)|(.)", pattern)
    regex = "".join(re.escape(part[1]) if part[1] else wild.get(part[2], re.escape(part[2])) for part in parts)
    return database == pattern or re.fullmatch(regex, database) is not None
