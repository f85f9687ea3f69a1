"""The numbers of outcomes in a spool, read beside the processes that write into it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import NamedTuple

from resolver.state.read_only import look_into

_QUEUED = "SELECT coalesce(max(id) - min(id) + 1, 0) FROM queued"
"""Outcomes leave only from the front, so their ids say how many there are, without counting."""

_PUT_ASIDE = "SELECT count(*) FROM put_aside"


class SpoolCounts(NamedTuple):
    """The numbers of outcomes that wait in a spool, and that are put aside in it."""

    queued: int
    put_aside: int


def count_spool(path: Path) -> SpoolCounts:
    """Return what the spool at `path` holds; a file that does not exist holds nothing, and is not created.

    Takes no lock that a report holds.

    Raises:
        ResolverError: The file cannot be read.
    """
    return look_into(path, _counts) if path.exists() else SpoolCounts(0, 0)


def _counts(connection: sqlite3.Connection) -> SpoolCounts:
    return SpoolCounts(_number(connection, _QUEUED), put_aside_in(connection))


def put_aside_in(connection: sqlite3.Connection) -> int:
    """Return how many outcomes a spool has put aside: the one place that health, status, doctor and metrics ask."""
    return _number(connection, _PUT_ASIDE)


def _number(connection: sqlite3.Connection, query: str) -> int:
    try:
        return int(connection.execute(query).fetchone()[0])
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):  # a spool that is just being made, or of another version
            return 0
        raise
