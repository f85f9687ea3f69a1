"""Opening the parts of a resolver: the policy, the store of what it learns, and the decision log."""

from __future__ import annotations

import os
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from resolver.diagnostics import ResolverError
from resolver.facade.recording import Judgement
from resolver.loader import place_of_policy
from resolver.serving import LivePolicy
from resolver.serving.decision_log import DecisionLog
from resolver.state import FileStore, Store

if TYPE_CHECKING:
    from resolver.state.sql import StateURL


def policy_at(path: str | PathLike[str] | None) -> LivePolicy:
    """Load and prove the policy at `path`; None means `./policies` if it is there, else the shipped policy."""
    where, is_fixed = place_of_policy(path)
    return LivePolicy(where, fixed=is_fixed)


def opened_log(log: str | PathLike[str] | DecisionLog | None) -> DecisionLog | None:
    """Return a decision log, opened if `log` is the path of its file; None if there is to be none."""
    return log if log is None or isinstance(log, DecisionLog) else DecisionLog(log)


def store_of(live: LivePolicy, state: str | None) -> Store:
    """Return the store at the URL `state` for the policy that `live` holds; None means the policy file."""
    if state is None:
        return FileStore(live)
    url = parsed_state(state)
    from resolver.state.sql import SqlStore  # noqa: PLC0415  SQLAlchemy takes longer than all else

    spool, known = (host_file(live.path, f"{kind}-{url.digest}", fixed=live.fixed) for kind in ("spool", "known"))
    return SqlStore(live, url, spool, known, lambda report: Judgement(live, report))


def parsed_state(state: str) -> StateURL:
    """Return the URL of a state, parsed; ResolverError if it is wrong, or if a package that it needs is missing."""
    if find_spec("sqlalchemy") is None:
        raise ResolverError(
            "a state in a database needs SQLAlchemy; `pip install 'tier-resolver[postgres]'` or `[mysql]`"
        )
    from resolver.state.sql import StateURL  # noqa: PLC0415  as above

    return StateURL.parse(state)


def migrate_state(state: str, to: str | None = None) -> tuple[str | None, str]:
    """Create or migrate the tables of a state, and return their version before (None if there were none) and after.

    Args:
        state: The URL of the state.
        to: The version to migrate to, newer or older; None means the version of this program.

    Raises:
        ResolverError: This program does not know the version, or the tables cannot be changed.
    """
    if find_spec("sqlalchemy") is None or find_spec("alembic") is None:
        raise ResolverError(
            "a state in a database needs SQLAlchemy and Alembic; `pip install 'tier-resolver[postgres]'`"
        )
    from resolver.state.sql import StateURL, migrate  # noqa: PLC0415  as above

    return migrate(StateURL.parse(state), to)


def lost_by_migration(before: str | None, after: str) -> list[str]:
    """Return what a migration of a state's tables from one version to another has deleted."""
    from resolver.state.sql import lost_by  # noqa: PLC0415  as above

    return lost_by(before, after)


def keep_history(state: str, days: int | None = None) -> tuple[int, str | None]:
    """Set for how many days a state keeps its history, 0 for ever; None changes nothing.

    Returns:
        The days now, and a warning if the role in the URL may not delete old events.

    Raises:
        ResolverError: The database cannot be used, or the number is out of range.
    """
    if find_spec("sqlalchemy") is None:
        raise ResolverError("a state in a database needs SQLAlchemy; `pip install 'tier-resolver[postgres]'`")
    from resolver.state.sql import StateURL, keep_history  # noqa: PLC0415  as above

    return keep_history(StateURL.parse(state), days)


def host_file(path: Path, kind: str, *, fixed: bool) -> Path:
    """Return the path of a file that this host has for a database: outcomes that wait, or the last known state.

    It is beside the policy, or in the user's state directory for the shipped policy. `RESOLVER_SPOOL` names another
    directory.
    """
    name = f".resolver.{kind}.db"
    if folder := os.environ.get("RESOLVER_SPOOL"):
        return Path(folder) / name
    if fixed:
        home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        return Path(home) / "resolver" / name
    return (path / name) if path.is_dir() else path.with_name(f"{path.name}{name}")
