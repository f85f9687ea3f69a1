"""Where what is learned lies: in the policy file, or in a database."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from resolver.diagnostics import ResolverError
from resolver.facade.recording import judged
from resolver.serving import LivePolicy
from resolver.state import FileStore, Store


def store_of(live: LivePolicy, state: str | None) -> Store:
    """Return the store that `state` names, for the policy that `live` holds; None is the policy file."""
    if state is None:
        return FileStore(live)
    if find_spec("sqlalchemy") is None:
        raise ResolverError(
            "a state in a database needs SQLAlchemy; `pip install 'tier-resolver[postgres]'` or `[mysql]`"
        )
    from resolver.state.sql import SqlStore, StateURL  # noqa: PLC0415  SQLAlchemy takes longer than all else

    url = StateURL.parse(state)
    return SqlStore(live, url, spool_of(live, url.digest), lambda report, put: judged(live, report, put))


def migrate_state(state: str) -> tuple[str | None, str]:
    """Make or change the tables of a state, and return their version before (None: there were none) and after."""
    if find_spec("sqlalchemy") is None or find_spec("alembic") is None:
        raise ResolverError(
            "a state in a database needs SQLAlchemy and Alembic; `pip install 'tier-resolver[postgres]'`"
        )
    from resolver.state.sql import StateURL, migrate  # noqa: PLC0415  as above

    return migrate(StateURL.parse(state))


def spool_of(live: LivePolicy, digest: str) -> Path:
    """Return where outcomes wait while the database with this `digest` is away.

    That is beside the policy, or in the user's state directory for the shipped policy, unless `RESOLVER_SPOOL` names a
    directory.
    """
    name = f".resolver.spool-{digest}.db"
    if folder := os.environ.get("RESOLVER_SPOOL"):
        return Path(folder) / name
    if live.fixed:
        home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        return Path(home) / "resolver" / name
    path = live.path
    return (path / name) if path.is_dir() else path.with_name(f"{path.name}{name}")
