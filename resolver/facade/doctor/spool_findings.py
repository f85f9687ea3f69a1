"""Checks of the spool, the file in which outcomes wait while the database is away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from resolver.diagnostics import ResolverError
from resolver.facade.doctor.finding import Finding, ok, problem, warning

_NAMES = "or let RESOLVER_SPOOL name a directory that outlives the process"


def spool_findings(spool: Path) -> Iterator[Finding]:
    """Yield what is found about the spool at this path."""
    from resolver.state.sql.spool import MOST_QUEUED  # noqa: PLC0415  SQLAlchemy takes long to import
    from resolver.state.sql.spool_counts import count_spool  # noqa: PLC0415  as above

    if (why := _why_not_writable(spool)) is not None:
        yield problem(f"no outcome can wait in `{spool}`: {why}", f"give the program's user that right, {_NAMES}")
    else:
        yield ok(f"outcomes can wait in `{spool}`")
    try:
        counts = count_spool(spool)
    except ResolverError as error:
        yield problem(str(error), "run the program and this command as the same user; restore the file from a backup")
        return
    queued = f"{counts.queued:,} {'outcome waits' if counts.queued == 1 else 'outcomes wait'}"
    if counts.queued >= MOST_QUEUED:
        yield problem(f"the spool is full: {queued}", "bring the database back; more outcomes are refused until then")
    elif counts.queued:
        yield warning(f"{queued} for the database", "look again in a minute; a running process delivers them")
    else:
        yield ok("no outcome waits")
    if counts.put_aside:
        what = "outcome is" if counts.put_aside == 1 else "outcomes are"
        yield warning(
            f"{counts.put_aside:,} {what} put aside, since they cannot be written: {counts.reason}",
            "what a right or a table lacked for is tried again by itself once that is there; "
            f"the table `put_aside` of `{spool}` has all outcomes, each with its reason",
        )


def _why_not_writable(spool: Path) -> str | None:
    for file in (spool, Path(f"{spool}-wal"), Path(f"{spool}-shm")):
        if file.exists() and not os.access(file, os.R_OK | os.W_OK):
            return f"`{file}` cannot be read and written"
    folder = spool.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent  # the program creates what is missing below it
    if not folder.is_dir():
        return f"`{folder}` is not a directory"
    return None if os.access(folder, os.W_OK | os.X_OK) else f"`{folder}` cannot be written into"
