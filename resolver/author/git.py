"""Running git in the directory of a policy, whoever runs this program: a hook of another repository as well."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from resolver.diagnostics import ResolverError

_OF_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""Where a hook's repository is, as seen from elsewhere."""


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Return the finished process; ResolverError if git is not there."""
    command = ["git", "-C", str(folder), *arguments]
    environment = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
    try:
        return subprocess.run(command, capture_output=True, check=False, env=environment)  # noqa: S603  a fixed command
    except OSError as error:
        raise ResolverError(f"cannot run `git`: {error.strerror or error}") from error
