"""Renames in a policy's files and, at the same time, in what was learned under the old name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from resolver.diagnostics import ResolverError
from resolver.domain import NameKind, Renaming
from resolver.facade.interrupted import (
    InterruptedRenaming,
    forget_renaming,
    interrupted_renaming,
    note_path,
    note_renaming,
)
from resolver.facade.opening import host_file, parsed_state, policy_at
from resolver.facade.resolver import Resolver
from resolver.state import FileStore, NewContent, replace_all

ENTRIES = b"escalation_state"
"""The key of a file with entries, which is replaced last: nothing may look as if a person took entries out."""


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


def rename_everywhere(
    path: Path, state: str | None, renaming: Renaming, contents: Mapping[Path, NewContent], *, finishes: bool = False
) -> int:
    """Replace the policy's files, and rename in its state; return the number of rows of the state that changed.

    If the process is killed meanwhile, `interrupted_renaming` returns the renaming, which must then be finished.

    Args:
        path: The policy.
        state: The URL of a database; None means the file beside the policy.
        renaming: What gets another name.
        contents: The content of each file that changes, before and after.
        finishes: Whether an interrupted renaming is finished. The files change first: the policy may load only then.

    Raises:
        ResolverError: A file or the state cannot be changed. Nothing was renamed, unless the message says so.
    """
    entries_last = dict(sorted(contents.items(), key=lambda item: ENTRIES in item[1].old))
    if finishes:
        replace_all(entries_last)
        entries_last = {}
    try:
        rows = _rename_state(path, state, renaming, partial(_replace_files, path, state, renaming, entries_last))
    except ResolverError as error:
        if interrupted_renaming(path) is None:
            raise
        raise ResolverError(f"{error}; the files have the new name: run the same command again to finish") from error
    forget_renaming(path)
    return rows


def is_interrupted(path: Path, state: str | None, kind: NameKind, old: str, new: str) -> bool:
    """Return whether just this renaming was interrupted; ResolverError if another one was, which comes first."""
    interrupted = interrupted_renaming(path)
    if interrupted is None:
        return False
    if interrupted != InterruptedRenaming(kind, old, new, _shown(state)):
        help = f"finish it with the same command, or remove `{note_path(path)}` if the files have their old content"
        raise ResolverError(f"{interrupted} was interrupted; {help}")
    return True


def _replace_files(path: Path, state: str | None, renaming: Renaming, contents: Mapping[Path, NewContent]) -> None:
    if not contents:
        return
    note_renaming(path, InterruptedRenaming(renaming.kind, renaming.old, renaming.new, _shown(state)))
    try:
        replace_all(contents)
    except BaseException:
        forget_renaming(path)
        raise


def _shown(state: str | None) -> str | None:
    return None if state is None else str(parsed_state(state))


def _rename_state(path: Path, state: str | None, renaming: Renaming, replace_files: Callable[[], None]) -> int:
    if state is not None:
        url = parsed_state(state)
        from resolver.state.sql import (  # noqa: PLC0415  SQLAlchemy takes longer than all else
            rename_in_database,
            rename_in_known_state,
        )

        rows = rename_in_database(url, renaming, replace_files)
        rename_in_known_state(host_file(path, f"known-{url.digest}", fixed=False), renaming)
        return rows
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
