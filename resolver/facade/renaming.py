"""Renames in a policy's files and, at the same time, in what was learned under the old name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
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
from resolver.state import FileStore, NewContent, PartlyReplacedError, UnknownCommitError, replace_all
from resolver.state.beside import Beside
from resolver.state.process_lock import ProcessLock

ENTRIES = b"escalation_state"
"""The key of a file with entries, which is replaced last: nothing may look as if a person took entries out."""
_LOCK_SECONDS = 30


def learned_names(resolver: Resolver, kind: NameKind) -> set[str]:
    """Return the names of this kind in a resolver's entries, streaks and history; of tiers and facts none.

    This reads the whole history into memory, which may be long in a database of many hosts.

    Args:
        resolver: The resolver of the policy, with the state to search.
        kind: The kind of the names.

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

    On an error, the files get their old content back. If the process is killed, if a file cannot be put back, or if the
    connection is lost during the commit, `interrupted_renaming` returns the renaming, which must then be finished.

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
        with _entries_locked(entries_last):
            replace_all(entries_last)
        entries_last = {}
    try:
        rows = _rename_state(path, state, renaming, _replaced_files(path, state, renaming, entries_last))
    except ResolverError as error:
        if interrupted_renaming(path) is None:
            raise
        files = "" if isinstance(error, PartlyReplacedError) else "the files have the new name: "
        raise ResolverError(f"{error}; {files}run the same command again to finish") from error
    forget_renaming(path)
    return rows


@contextmanager
def _entries_locked(contents: Mapping[Path, NewContent]) -> Iterator[None]:
    """Let no process write an entry meanwhile; the store takes this lock only for a policy that loads."""
    with ExitStack() as locks:
        for file, content in contents.items():
            if ENTRIES in content.old:
                lock = ProcessLock(Beside.of(file).lock)
                lock.acquire(_LOCK_SECONDS)
                locks.callback(lock.release)
        yield


def renaming_to_finish(path: Path, state: str | None, renaming: Renaming) -> InterruptedRenaming | None:
    """Return just this renaming if it was interrupted, None if no renaming was.

    Args:
        path: The policy.
        state: The URL of a database; None means the file beside the policy.
        renaming: What gets another name. The ruleset of a rule may be left out: that of the interrupted one counts.

    Raises:
        ResolverError: Another renaming was interrupted, which comes first.
    """
    interrupted = interrupted_renaming(path)
    if interrupted is None:
        return None
    ruleset = renaming.ruleset or interrupted.ruleset
    if interrupted != InterruptedRenaming(renaming.kind, renaming.old, renaming.new, _shown(state), ruleset):
        help = f"finish it with the same command, or remove `{note_path(path)}` if the files have their old content"
        raise ResolverError(f"{interrupted} was interrupted; {help}")
    return interrupted


@contextmanager
def _replaced_files(
    path: Path, state: str | None, renaming: Renaming, contents: Mapping[Path, NewContent]
) -> Iterator[None]:
    """Replace files for a block that commits the renaming of the state; an error of the block puts them back."""
    if not contents:
        yield
        return
    of = renaming.kind, renaming.old, renaming.new
    note_renaming(path, InterruptedRenaming(*of, _shown(state), renaming.ruleset))
    try:
        put_back = replace_all(contents)
    except PartlyReplacedError:
        raise
    except BaseException:
        forget_renaming(path)
        raise
    try:
        yield
    except UnknownCommitError:
        raise
    except Exception as error:  # an interrupt by a person may come after the commit, and leaves the note
        put_back(error)
        forget_renaming(path)
        raise


def _shown(state: str | None) -> str | None:
    return None if state is None else str(parsed_state(state))


def _rename_state(path: Path, state: str | None, renaming: Renaming, files: AbstractContextManager[None]) -> int:
    if state is not None:
        url = parsed_state(state)
        from resolver.state.sql import (  # noqa: PLC0415  SQLAlchemy takes longer than all else
            rename_in_database,
            rename_in_known_state,
        )

        rows = rename_in_database(url, renaming, files)
        rename_in_known_state(host_file(path, f"known-{url.digest}", fixed=False), renaming)
        return rows
    live = policy_at(path)
    store = FileStore(live)
    try:
        return store.rename(renaming, files)
    finally:
        live.close()
        store.close()


def check_nothing_waits(resolver: Resolver) -> None:
    """Check that this host keeps no outcomes for a database: they have the old name, also when they are delivered.

    Args:
        resolver: The resolver of the policy, with the state that is renamed.

    Raises:
        ResolverError: Outcomes wait for the database, or were put aside and can be queued again.
    """
    spool = resolver.health().store.spool
    if not spool:
        return
    from resolver.state.sql.spool_counts import count_spool  # noqa: PLC0415  SQLAlchemy takes longer than all else

    counts = count_spool(Path(spool))
    if counts.queued:
        outcomes = "outcome waits" if counts.queued == 1 else "outcomes wait"
        raise ResolverError(f"{counts.queued:,} {outcomes} for the database; rename when they are delivered")
    if counts.retried:
        outcomes = "outcome is" if counts.retried == 1 else "outcomes are"
        help = "rename when they are delivered (`resolver doctor` says what keeps them)"
        raise ResolverError(f"{counts.retried:,} {outcomes} put aside to be tried again: {counts.reason}; {help}")
