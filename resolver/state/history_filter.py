"""The part of a history that a reader wants: from a time on, or of one triad."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from resolver.domain import Event


def first_text(since: datetime) -> str:
    """Return a text that is not greater than the text of any time from `since` on, and greater than earlier seconds.

    Columns hold times in UTC as ISO texts, with microseconds or, where they are 0, without. In every collation such a
    text compares with this one, which ends at the second, as the times do. A time without a zone is in UTC.

    >>> first_text(datetime(2026, 1, 31, 12, 0, 0, 500))
    '2026-01-31T12:00:00'
    """
    try:
        time = since.astimezone(UTC) if since.tzinfo else since
    except OverflowError:  # within a day of the calendar's first or last second
        time = datetime.min if since.year == 1 else datetime.max
    return time.replace(microsecond=0, tzinfo=None).isoformat()


def newest_events(
    read: Callable[[int | None], Sequence[Event]], since: datetime | None, triad: str | None, most: int | None
) -> list[Event]:
    """Return the events from `since` on, and of `triad`, oldest first; None stands for all.

    Args:
        read: Returns the events that a query of the store finds, newest first, at most a number of them if one is
            given. It may find more than are wanted.
        since: The first time.
        triad: The triad.
        most: The largest number of events, which are the newest.

    """
    found = read(most)
    events = select_events(reversed(found), since, triad)
    if most is not None and len(events) < most == len(found):  # events that are not wanted have taken the places
        events = select_events(reversed(read(None)), since, triad)[-most:]
    return events


def select_events(events: Iterable[Event], since: datetime | None, triad: str | None) -> list[Event]:
    """Return the events from `since` on, and of `triad`, in their order; None stands for all.

    A query of the store has left out most others: its columns compare times by the second, and some databases find
    names alike that differ in spaces at their end.
    """
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    return [
        event
        for event in events
        if (since is None or event.time >= since) and (triad is None or event.subject.triad == triad)
    ]
