"""Renames in a policy's files and, at the same time, in what was learned under the old name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from resolver.diagnostics import ResolverError
from resolver.domain import NameKind, Renaming
from resolver.facade.opening import parsed_state, policy_at
from resolver.facade.resolver import Resolver
from resolver.state import FileStore, NewContent, replace_all


def learned_names(resolver: Resolver, kind: NameKind) -> set[str]:
    """Return the names of this kind in a resolver's entries, streaks and history; of tiers and facts none.

    Raises:
        ResolverError: The state cannot be read.
    """
    events = resolver.history()
    if kind is NameKind.PHASE:
        return {event.phase for event in events if event.phase}
    if kind not in (NameKind.ROLE, NameKind.TRIAD):
        return set()
    subjects = {*resolver.escalations(), *resolver.streaks(), *(event.subject for event in events)}
    return {subject.role if kind is NameKind.ROLE else subject.triad for subject in subjects}


def rename_everywhere(path: Path, state: str | None, renaming: Renaming, contents: Mapping[Path, NewContent]) -> int:
    """Replace the policy's files, and rename in its state; return the number of rows of the state that changed.

    Args:
        path: The policy.
        state: The URL of a database; None means the file beside the policy.
        renaming: What gets another name.
        contents: The content of each file that changes, before and after.

    Raises:
        ResolverError: A file or the state cannot be changed; nothing was renamed.
    """
    replace_files = partial(replace_all, contents)
    if state is not None:
        url = parsed_state(state)
        from resolver.state.sql import rename_in_database  # noqa: PLC0415  SQLAlchemy takes longer than all else

        return rename_in_database(url, renaming, replace_files)
    live = policy_at(path)
    store = FileStore(live)
    try:
        return store.rename(renaming, replace_files)
    finally:
        live.close()
        store.close()


def check_nothing_waits(resolver: Resolver) -> None:
    """Raise ResolverError if outcomes wait on this host for a database: they have the old name."""
    if queued := resolver.health().store.queued:
        outcomes = "outcome waits" if queued == 1 else "outcomes wait"
        raise ResolverError(f"{queued:,} {outcomes} for the database; rename when they are delivered")
