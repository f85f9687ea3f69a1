"""The health of a resolver: of one that runs, and of a policy and a state that no resolver needs to have open."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from resolver.diagnostics import InputError, PolicyError, ResolverError
from resolver.domain import Health, PolicyHealth, StoreHealth
from resolver.facade.opening import host_file, parsed_state
from resolver.loader import place_of_policy
from resolver.serving import LivePolicy, load_and_prove
from resolver.state import Store, now
from resolver.state.file_access import why_not_readable, why_not_writable
from resolver.table import DecisionTable

_SECONDS_TO_PROBE = 2.0


def health_of(live: LivePolicy, store: Store) -> Health:
    """Return the health of an open resolver, from what this process knows."""
    policy = live.table.policy
    return Health(
        store=store.health(),
        policy=PolicyHealth(
            path=str(live.path),
            revision=policy.revision,
            refused=live.refused,
            warnings=len(policy.warnings),
            read_only=live.fixed and store.revision is None,
        ),
    )


def probe(path: str | PathLike[str] | None, state: str | None = None) -> Health:
    """Return the health of a policy and a state, whether or not a resolver could be opened for them.

    The policy is loaded and proven; the state's database is asked within 2 s, or its own deadline if that is shorter.

    Args:
        path: As for `Resolver.open`.
        state: As for `Resolver.open`.

    Raises:
        InputError: There is no policy.
        ResolverError: `state` is not the URL of a database, or its driver is not installed.
    """
    where, is_fixed = place_of_policy(path)
    table, _ = load_or_reasons(where)
    store = (
        _file_health(where, table, fixed=is_fixed) if state is None else _database_health(where, state, fixed=is_fixed)
    )
    policy = PolicyHealth(
        path=str(where),
        revision=table.policy.revision if table else "",
        refused=table is None,
        warnings=len(table.policy.warnings) if table else 0,
        read_only=state is None and is_fixed,
    )
    return Health(store=store, policy=policy)


def load_or_reasons(where: Path) -> tuple[DecisionTable | None, Sequence[str]]:
    """Return the table of a policy, or the errors for which it is refused; InputError if there is none to read."""
    try:
        return load_and_prove(where), ()
    except InputError:
        raise
    except PolicyError as error:
        return None, [str(diagnostic.message) for diagnostic in error.diagnostics]


def _file_health(where: Path, table: DecisionTable | None, *, fixed: bool) -> StoreHealth:
    if table is None:  # which of its files holds the entries is not known
        return StoreHealth(kind="file", where=str(where), time=now())
    path = table.policy.state_file
    reasons = [] if fixed else [*why_not_writable(path)]
    if not reasons and not fixed and (why := why_not_readable(path)):
        reasons.append(why)
    return StoreHealth(kind="file", where=str(path), time=now(), reason="; ".join(reasons))


def _database_health(where: Path, state: str, *, fixed: bool) -> StoreHealth:
    url = parsed_state(state)
    from resolver.state.sql.database_probe import probe_database  # noqa: PLC0415  SQLAlchemy takes long to import
    from resolver.state.sql.known_state import last_known  # noqa: PLC0415  as above
    from resolver.state.sql.spool_counts import SpoolCounts, count_spool  # noqa: PLC0415  as above

    spool = host_file(where, f"spool-{url.digest}", fixed=fixed)
    found = probe_database(url, min(_SECONDS_TO_PROBE, getattr(url, "deadline", _SECONDS_TO_PROBE)))
    counts, reasons = SpoolCounts(), [found.problem] if found.problem else []
    try:
        counts = count_spool(spool)
    except ResolverError as error:
        reasons.append(str(error))
    time = now()
    known = last_known(host_file(where, f"known-{url.digest}", fixed=fixed))
    return StoreHealth(
        kind=url.dialect,
        where=str(url),
        time=time,
        reachable=found.is_reachable,
        reason="; ".join(reasons),
        revision=known[0] if known else None,
        server_revision=found.revision,
        spool=str(spool),
        queued=counts.queued,
        put_aside=counts.put_aside,
        put_aside_reason=counts.reason,
        last_refresh=time if found.is_reachable else known[1] if known else None,
    )
