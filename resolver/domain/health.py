"""The health of a resolver: values that applications, probes and dashboards read."""

from __future__ import annotations

from dataclasses import KW_ONLY
from datetime import datetime

from resolver.frozen import frozen


@frozen
class StoreHealth:
    """The health of the store of what was learned, as one process sees it.

    Args:
        kind: `file`, `postgresql`, `mysql` or `sqlite`.
        where: The database's URL without user, password and options, or the path of the policy file.
        time: The time of this value, in UTC.
        reachable: Whether the database answered last time, even if it refused; None for a file.
        reason: The reason why the store cannot be used, without secrets; empty if it can.
        since: The time since which the database cannot be used, in UTC; None while it can.
        revision: The number of changes of entries that this process knows; None if they are not counted.
        server_revision: The number of changes that the database is known to have, from what was read and from this
            process's own writes; None if it never answered.
        spool: The path of the file in which outcomes wait for the database; empty for a file store.
        queued: The number of outcomes that wait in the spool.
        put_aside: The number of outcomes in the spool that cannot be written, and are put aside.
        put_aside_reason: The most frequent reason for which outcomes are put aside, without secrets; empty if none is.
        delivered: The number of outcomes that this process has delivered from the spool.
        dropped: The number of outcomes that this process has dropped, since their entries had changed meanwhile.
        last_refresh: The time at which this process last read the database, in UTC; None if it never did.
        connections: The number of open connections of this process.
        most_connections: The largest number of connections that this process opens.
        started_on_last_known: Whether this process started on the last known state and has not read the database yet.

    """

    _: KW_ONLY
    kind: str
    where: str
    time: datetime
    reachable: bool | None = None
    reason: str = ""
    since: datetime | None = None
    revision: int | None = None
    server_revision: int | None = None
    spool: str = ""
    queued: int = 0
    put_aside: int = 0
    put_aside_reason: str = ""
    delivered: int = 0
    dropped: int = 0
    last_refresh: datetime | None = None
    connections: int = 0
    most_connections: int = 0
    started_on_last_known: bool = False

    @property
    def lag(self) -> int | None:
        """The number of changes that this process has not read yet; None if one of the two numbers is unknown."""
        if self.revision is None or self.server_revision is None:
            return None
        return max(0, self.server_revision - self.revision)

    @property
    def refresh_age(self) -> float | None:
        """The seconds since the last refresh; None if there was none."""
        if self.last_refresh is None:
            return None
        return max(0.0, (self.time - self.last_refresh).total_seconds())


@frozen
class PolicyHealth:
    """The health of the policy in force.

    Args:
        path: The policy directory or file.
        revision: The revision of the policy in force; empty if none is.
        refused: Whether the files are wrong as they are now, so that an older policy is in force, or none.
        warnings: The number of warnings that `resolver check` shows.
        read_only: Whether nothing can be learned, because the policy is the one that ships with the package.

    """

    _: KW_ONLY
    path: str
    revision: str
    refused: bool = False
    warnings: int = 0
    read_only: bool = False


@frozen
class Health:
    """The health of a resolver: its store and its policy."""

    _: KW_ONLY
    store: StoreHealth
    policy: PolicyHealth

    @property
    def ok(self) -> bool:
        """Whether the store can be used and the policy's files are in force. Decisions go on even if not."""
        return not self.store.reason and self.store.reachable is not False and not self.policy.refused
