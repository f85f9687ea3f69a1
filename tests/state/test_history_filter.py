"""`history` from a time on and of one triad, in every store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, insert

from resolver import RequestError, ResolverError
from resolver.domain import Event, Subject
from resolver.state.history_filter import first_text, select_events
from resolver.state.journal import Journal
from resolver.state.sql.sql_rows import event_columns
from resolver.state.sql.sql_tables import HISTORY
from tests.state.conftest import Place
from tests.state.own import fail

SECOND = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
TIMES = [SECOND + timedelta(microseconds=number) for number in (-1_000_000, -1, 0, 1, 500, 999_999, 1_000_000)]
"""`isoformat` leaves out microseconds that are 0."""

ZONES = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)
DATES = st.datetimes(timezones=st.just(UTC)) | st.sampled_from(TIMES)


def happened(time: datetime, triad: str = "t", role: str = "r") -> Event:
    return Event("hold", Subject(triad, role), time)


@given(time=DATES, since=st.datetimes(timezones=ZONES) | st.datetimes() | st.sampled_from(TIMES))
def test_text_of_the_second_leaves_out_no_later_time(time: datetime, since: datetime) -> None:
    """A time from `since` on has a greater text, and a time of an earlier second a smaller text."""
    start = since if since.tzinfo else since.replace(tzinfo=UTC)
    if time >= start:
        assert time.isoformat() >= first_text(since)
    elif start - time >= timedelta(seconds=1):
        assert time.isoformat() < first_text(since)


@given(since=st.sampled_from([datetime.min, datetime.max]), hours=st.integers(-23, 23))
def test_ends_of_the_calendar_are_no_error(since: datetime, hours: int) -> None:
    """Also in zones in which they are outside of the calendar."""
    since = since.replace(tzinfo=timezone(timedelta(hours=hours)))
    found = select_events([happened(SECOND)], since, None)
    assert bool(found) == (since.year == 1) == (SECOND.isoformat() >= first_text(since))


@pytest.mark.parametrize("since", [None, *TIMES])
def test_journal_filters_by_time(tmp_path: Path, since: datetime | None) -> None:
    journal = Journal(tmp_path / "state.db")
    for time in TIMES:
        journal.keep(Subject("t", "r"), None, happened(time))
    wanted = [time for time in TIMES if since is None or time >= since]
    assert [event.time for event in journal.history(since)] == wanted
    journal.close()


def test_database_filters_by_time_and_triad(shared: Place) -> None:
    """Also names that differ only in spaces at their end, which some databases find alike, or in case."""
    events = [happened(time, triad) for time in TIMES for triad in ("t", "t ", "T", "u", "")]
    engine = create_engine(shared.owner)
    with engine.begin() as connection:
        connection.execute(insert(HISTORY), [event_columns(each) for each in events])
    engine.dispose()
    with shared.open() as resolver:
        assert resolver.history() == events
        for since in (None, *TIMES):
            for triad in (None, "t", "t ", "T", "u", "", "other"):
                assert resolver.history(since, triad) == select_events(events, since, triad)
        assert resolver.history(SECOND.replace(tzinfo=None)) == select_events(events, SECOND, None)


def test_every_store_filters(place: Place) -> None:
    with place.open() as resolver:
        for triad in ("one", "other"):
            fail(resolver, times=3, triad=triad)
        first, second = resolver.history()
        assert resolver.history(triad="other") == [second]
        assert resolver.history(first.time) == [first, second]
        assert resolver.history(second.time) == [second]
        assert resolver.history(second.time, "one") == []
        assert resolver.history(second.time + timedelta(microseconds=1)) == []
        with pytest.raises(ResolverError, match="triad"):
            resolver.history(triad="\ud800")


def test_filter_reaches_the_query(shared: Place) -> None:
    """`--since reaches the query`: the rows of others are not even sent."""
    from sqlalchemy.engine import Engine  # noqa: PLC0415  the class that the listener is for

    with shared.open() as resolver:
        fail(resolver, times=3)
        sent: list[tuple[str, object]] = []

        def note(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
            sent.append((statement, values))

        event.listen(Engine, "before_cursor_execute", note)
        try:
            resolver.history(SECOND, "layout")
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        queries = [each for each in sent if "FROM resolver_history" in each[0]]
    assert len(queries) == 1
    assert "WHERE" in queries[0][0]
    assert "2026-01-31T12:00:00" in str(queries[0][1])
    assert "layout" in str(queries[0][1])


@pytest.mark.parametrize("most", [1, 2, 5, 100])
@pytest.mark.parametrize("triad", [None, "t", "t ", "T"])
def test_only_the_newest_are_read(place: Place, most: int, triad: str | None) -> None:
    """The limit counts the events that are wanted, also where a database finds names alike that differ."""
    with place.open(0) as one:
        for name in ("t", "t ", "t", "T", "t "):
            fail(one, times=3, triad=name, role=f"{name}{most}")
        wanted = list(one.history(None, triad))
        assert list(one.history(None, triad, most)) == wanted[-most:]
        since = wanted[-1].time
        assert list(one.history(since, triad, most)) == [event for event in wanted if event.time >= since][-most:]


@pytest.mark.parametrize("most", [0, -1, "2", 1.5])
def test_a_limit_is_a_number_of_events(place: Place, most: int) -> None:
    with place.open(0) as one, pytest.raises(RequestError, match="`most` is a number from 1 on"):
        one.history(most=most)
