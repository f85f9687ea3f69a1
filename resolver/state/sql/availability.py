"""The availability of the database, and the counts of outcomes that waited for it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

from resolver.diagnostics import ResolverError
from resolver.serving.telemetry import count_left
from resolver.state.sql.state_url import DatabaseUnavailableError, StateURL

_log = logging.getLogger("resolver")


class Availability:
    """Knows whether the database at `url` can be used; logs once when it goes, and once when it is back.

    `is_doubtful` from an answer that did not come in time until the next one comes: meanwhile, outcomes wait in `spool`
    at once, instead of each for its own deadline. `is_away` if the thread that follows the database says so.

    `is_reachable` and `since` are for the health: they say whether the database answered last time, even if it refused,
    and since when it cannot be used. `refreshed` is the time at which its changes were last read.
    """

    def __init__(self, url: StateURL, spool: Path) -> None:
        self._url = url
        self._spool = spool
        self.is_away = False
        self.is_doubtful = False
        self.is_reachable = True
        self.since: datetime | None = None
        self.refreshed: datetime | None = None
        self.reason = ""
        self.delivered = self.dropped = self.put_aside = 0
        self._said = (0, 0, 0)

    @property
    def can_be_asked(self) -> bool:
        """Whether a report may wait for the database."""
        return not self.is_away and not self.is_doubtful

    def away(self, error: ResolverError) -> None:
        """Note that the database cannot be used, and log it once."""
        self.since = self.since or datetime.now(UTC)
        self.is_reachable = not isinstance(error, DatabaseUnavailableError)
        if self.is_away and self.reason == str(error):
            return
        is_news = not self.is_away
        self.is_away, self.is_doubtful, self.reason = True, False, str(error)
        message = "%s; decisions go on as last known, outcomes wait in `%s`"
        if not isinstance(error, DatabaseUnavailableError):
            _log.error(message, error, self._spool)
        elif is_news:
            _log.warning(message, error, self._spool)

    def late(self) -> None:
        """Note that an answer did not come in time."""
        self.since = self.since or datetime.now(UTC)
        self.is_doubtful, self.is_reachable = True, False

    def answered(self) -> None:
        """Note that the database has answered, and that its changes are read."""
        self.is_doubtful, self.is_reachable, self.since = False, True, None
        self.refreshed = datetime.now(UTC)

    def back(self) -> None:
        """Note that the database can be used and that no outcome waits; log what became of those that waited."""
        now = (self.delivered, self.dropped, self.put_aside)
        counts = tuple(after - before for after, before in zip(now, self._said, strict=True))
        if self.is_away or any(counts):
            is_back = "`%s` is back" if self.is_away else "the outcomes that waited for `%s` are through"
            rest = "; outcomes delivered: %d, dropped because an entry had changed meanwhile: %d, put aside: %d"
            _log.info(is_back + rest, self._url, *counts)
        self._said = now
        self.is_away, self.reason = False, ""

    def note(self, *, delivered: int = 0, dropped: int = 0, put_aside: int = 0) -> None:
        """Count outcomes that have left the spool."""
        self.delivered += delivered
        self.dropped += dropped
        self.put_aside += put_aside
        for what, number in (("delivered", delivered), ("dropped", dropped), ("put_aside", put_aside)):
            if number:
                count_left(what, number)
