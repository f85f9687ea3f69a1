"""The same rules over bare dictionaries: what all others are measured against."""

from __future__ import annotations

from benchmarks.bare import Decide, dictionaries
from benchmarks.rows import Rows


def load(rows: Rows) -> Decide:
    """Take the rows as they are."""
    return dictionaries(rows)
