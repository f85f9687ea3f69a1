"""The numbers of outcomes in a spool, read beside the processes that write into it."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

from resolver.state.journal_columns import number_of, text_of
from resolver.state.read_only import look_into

_QUEUED = "SELECT coalesce(max(id) - min(id) + 1, 0) FROM queued"
"""Outcomes leave only from the front, so their ids say how many there are, without counting."""

_PUT_ASIDE = "SELECT count(*) FROM put_aside"
_RETRIED = "SELECT count(*) FROM put_aside WHERE may_work"
_REASON = "SELECT CAST(why AS TEXT) FROM put_aside GROUP BY why ORDER BY count(*) DESC, why LIMIT 1"


class SpoolCounts(NamedTuple):
    """The numbers of outcomes in a spool.

    Args:
        queued: Outcomes that wait for the database.
        put_aside: Outcomes that were put aside.
        reason: The most frequent reason for which they were.
        retried: Those of them that are queued again once the database is set up as it should be.

    """

    queued: int = 0
    put_aside: int = 0
    reason: str = ""
    retried: int = 0


def count_spool(path: Path) -> SpoolCounts:
    """Return what the spool at `path` holds; a file that does not exist holds nothing, and is not created.

    Takes no lock that a report holds.

    Raises:
        ResolverError: The file cannot be read.
    """
    return look_into(path, _counts) if os.path.exists(path) else SpoolCounts()


def _counts(connection: sqlite3.Connection) -> SpoolCounts:
    try:
        queued, put_aside, retried = (
            number_of(connection.execute(query).fetchone()[0]) for query in (_QUEUED, _PUT_ASIDE, _RETRIED)
        )
        (reason,) = connection.execute(_REASON).fetchone() or ("",)
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):  # a spool that is just being made
            return SpoolCounts()
        raise
    return SpoolCounts(queued, put_aside, text_of(reason), retried)
