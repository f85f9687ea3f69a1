"""What the health says of a database: reachable or not, and since when."""

from __future__ import annotations

from pathlib import Path

from resolver.diagnostics import ResolverError
from resolver.state.sql.availability import Availability
from resolver.state.sql.state_url import DatabaseUnavailableError, StateURL

AWAY = DatabaseUnavailableError("cannot use `x`: refused")


def new() -> Availability:
    return Availability(StateURL.parse("sqlite:///x.db"), Path("spool.db"))


def test_since_the_first_failure() -> None:
    """A report that was late comes before the thread that finds the database away."""
    state = new()
    assert (state.is_reachable, state.since, state.refreshed) == (True, None, None)
    state.late()
    since = state.since
    state.away(AWAY)
    state.away(AWAY)
    assert (state.is_reachable, state.since) == (False, since)
    assert since is not None


def test_an_answer_ends_it_before_the_spool_is_empty() -> None:
    """Reports still go behind those that wait, although the database answers."""
    state = new()
    state.away(AWAY)
    state.answered()
    assert (state.is_reachable, state.since, state.can_be_asked) == (True, None, False)
    assert state.refreshed is not None
    state.back()
    assert state.can_be_asked
    state.away(AWAY)  # the same error again
    assert state.since is not None


def test_a_database_that_refuses_is_reachable() -> None:
    state = new()
    state.away(ResolverError("the program lacks rights"))
    assert (state.is_reachable, state.reason) == (True, "the program lacks rights")
    assert state.since is not None
