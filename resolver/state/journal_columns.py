"""Checked values of the columns of the SQLite file: any other value is damage."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime

MOST = 2**62
"""The largest number that a column may hold: a little more still fits."""


_LAST_SECOND = 253_370_764_800


class DamagedRowError(sqlite3.DatabaseError):
    """A row was not written by this program."""


def text_of(value: object) -> str:
    """Return a column that holds text."""
    if not isinstance(value, str):
        raise DamagedRowError(f"`{value!r:.80}` is not text")
    return value


def maybe_text_of(value: object) -> str | None:
    """Return a column that holds text or null."""
    return None if value is None else text_of(value)


def second_of(value: object) -> int:
    """Return a column that holds a time in seconds, before the last year of the calendar."""
    return number_of(value, 0, _LAST_SECOND)


def number_of(value: object, least: int = -(2**63), most: int = 2**63) -> int:
    """Return a column that holds an integer from `least` to `most`."""
    if not isinstance(value, int):
        raise DamagedRowError(f"`{value!r:.80}` is not an integer")
    if not least <= value <= most:
        raise DamagedRowError(f"`{value}` is out of range")
    return value


def time_of(value: object) -> datetime:
    """Return a column that holds a time with its zone."""
    try:
        time = datetime.fromisoformat(text_of(value))
    except ValueError as error:
        raise DamagedRowError(f"`{value!r:.80}` is not a time") from error
    if time.tzinfo is None:
        raise DamagedRowError(f"`{value!r:.80}` has no zone")
    try:
        time.astimezone(UTC)
    except OverflowError as error:
        raise DamagedRowError(f"`{value!r:.80}` is out of range") from error
    return time


def errors_of(value: object) -> tuple[str, ...]:
    """Return a column that holds a JSON list of texts."""
    errors = json_of(value)
    if not isinstance(errors, list):
        raise DamagedRowError(f"`{value!r:.80}` is not a list")
    return tuple(map(text_of, errors))


def json_of(value: object) -> object:
    """Return the value in a column that holds JSON."""
    try:
        parsed: object = json.loads(text_of(value))
    except (ValueError, RecursionError) as error:
        raise DamagedRowError(f"`{value!r:.80}` is not JSON") from error
    return parsed


def decoded(data: bytes) -> str:
    """Decode the text that SQLite has as bytes."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise DamagedRowError(f"`{data!r:.80}` is not UTF-8") from error
