"""Checks of a file store: whether entries can be written into the policy file, and the files beside it be used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from resolver.facade.doctor.finding import Finding, ok, problem, warning
from resolver.state.beside import Beside
from resolver.state.file_access import why_not_readable, why_not_writable


def file_findings(path: Path, *, fixed: bool) -> Iterator[Finding]:
    """Yield what is found about the policy file at `path`, which holds the entries."""
    if fixed:
        yield warning(
            "nothing can be learned: the policy is the read-only one that ships with the package",
            "make your own with `resolver init policies`, or name a database with --state",
        )
        return
    reasons = list(why_not_writable(path))
    for reason in reasons:
        yield problem(reason, "run the program as the user that owns the files, and let that user write the directory")
    if not reasons:
        yield ok(f"entries can be written into `{path}`")
    database = Beside.of(path).database
    if why := why_not_readable(path):
        yield problem(why, f"restore `{database}` from a backup, or move it away: streaks start again then")
    elif database.exists():
        yield ok(f"`{database}` can be read")
    else:
        yield ok("nothing has been learned yet")
