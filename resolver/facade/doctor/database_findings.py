"""Checks of a database: whether it can be used, and how its server is set up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from resolver.facade.doctor.finding import Finding, ok, problem, warning

if TYPE_CHECKING:
    from resolver.state.sql import StateURL
    from resolver.state.sql.database_probe import DatabaseProbe

_SECONDS_TO_ASK = 5.0
_SKEW_TO_WARN, _SKEW_TO_STOP = 5.0, 60.0
_CHECK_FILE = "check the path in the URL, and that it leads to a file which `resolver state migrate` has made"
_CHECK_SERVER = "check the URL and its options, password and firewall, and that the server runs"
_GRANT = "let the owner of the tables run the statements in this message, for the role that the program uses"
_MIGRATE = "run `resolver state migrate` as the owner of the tables, with the newest version that your hosts have"
_POOLER = "use session pooling, or a direct connection, if changes must arrive within milliseconds"


def database_findings(url: StateURL) -> Iterator[Finding]:
    """Yield what is found about the database at `url`, within some seconds."""
    from resolver.state.sql.database_probe import probe_database  # noqa: PLC0415  SQLAlchemy takes long to import

    probe = probe_database(url, _SECONDS_TO_ASK, thorough=True)
    if not probe.is_reachable:
        yield problem(probe.problem, _CHECK_FILE if url.dialect == "sqlite" else _CHECK_SERVER)
        return
    yield ok(f"`{url}` answers")
    if probe.problem:
        yield problem(probe.problem, _GRANT if probe.lacks_rights else _MIGRATE)
    else:
        yield ok(f"the program has its rights on the tables, which have seen {probe.revision:,} changes of entries")
    yield from _server(probe)
    if probe.skew is not None:
        yield _clock(probe.skew)


def _server(probe: DatabaseProbe) -> Iterator[Finding]:
    if probe.is_read_only:
        yield problem(
            "the server is read-only, such as a standby: outcomes wait until it is not",
            "let the URL name the server that takes writes",
        )
    if probe.is_pooled:
        yield warning("a pooler is in between, so changes are polled for instead of announced", _POOLER)
    elif probe.can_listen:
        yield ok("the server announces changes")
    elif probe.can_listen is False:
        yield warning("LISTEN does not work, so changes are polled for", "connect to a primary server of PostgreSQL")
    if probe.logs_statements:
        yield problem(
            "the server writes its binary log in the format STATEMENT, which replicas may apply differently",
            "set `binlog_format` to ROW or MIXED",
        )


def _clock(skew: float) -> Finding:
    seconds = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this host's"
    if abs(skew) > _SKEW_TO_STOP:
        return problem(f"the server's clock is {seconds}", "let NTP set both clocks")
    if abs(skew) > _SKEW_TO_WARN:
        return warning(f"the server's clock is {seconds}", "let NTP set both clocks")
    return ok(f"the clocks of server and host agree within {_SKEW_TO_WARN:g} s")
