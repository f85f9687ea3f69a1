"""Checks of permissions: files that others may write, and secrets that others may read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from resolver.facade.doctor.finding import Finding, ok, warning

if TYPE_CHECKING:
    from resolver.state.sql import StateURL

_KEY_FILES = ("GOOGLE_APPLICATION_CREDENTIALS", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE")
"""Variables of providers' SDKs that name a file with a secret."""

_URL_FILES = ("passfile", "sslkey", "ssl_key", "read_default_file")
"""Options of a state's URL that name a file with a secret."""


def permission_findings(policy: Path, spool: Path | None, url: StateURL | None, *, fixed: bool) -> Iterator[Finding]:
    """Yield the files of the policy, the spool and secrets that have too many permissions."""
    is_fine = True
    for path in _written(policy, spool, fixed=fixed):
        if _may_others(path, stat.S_IWOTH):
            is_fine = False
            yield warning(
                f"`{path}` can be written by every user of this host",
                f"`chmod o-w {path}`: who writes it decides which models agents run on",
            )
    for source, path in _secrets(url):
        if _may_others(path, stat.S_IRGRP | stat.S_IROTH):
            is_fine = False
            yield warning(f"{source}, `{path}`, can be read by other users of this host", f"`chmod 600 {path}`")
    if is_fine:
        yield ok("no other user of this host can write the policy or the spool, or read a file with a password or key")


def _written(policy: Path, spool: Path | None, *, fixed: bool) -> Iterator[Path]:
    if not fixed:
        yield policy
        if policy.is_dir():
            yield from sorted(file for file in policy.iterdir() if file.is_file())
        else:
            yield policy.parent
    if spool is not None:
        if spool.parent not in (policy, policy.parent) or fixed:
            yield spool.parent
        if spool.exists() and spool.parent != policy:
            yield spool


def _secrets(url: StateURL | None) -> Iterator[tuple[str, Path]]:
    """Yield the files with secrets that the environment and the URL of the state name, each with what it is."""
    if url is not None:
        for option, values in url.url.normalized_query.items():
            if option in _URL_FILES:
                yield from ((f"the file of the option `{option}`", Path(value)) for value in values)
        if url.dialect == "postgresql":
            yield "the file with passwords of PostgreSQL", Path(os.environ.get("PGPASSFILE") or Path.home() / ".pgpass")
    for name in _KEY_FILES:
        if value := os.environ.get(name):
            yield f"the file that {name} names", Path(value)


def _may_others(path: Path, rights: int) -> bool:
    """Return whether the mode gives others one of these rights; a sticky directory protects the files of its users."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    if stat.S_ISDIR(mode) and mode & stat.S_ISVTX:
        return False
    return bool(mode & rights)
