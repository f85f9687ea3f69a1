"""An environment for each contender, made once and kept."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

_PIP_SECONDS = 600


class NotInstalledError(Exception):
    """A contender that pip could not install; says why."""


def default_directory() -> Path:
    """Return where environments are kept: a directory in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "resolver" / "benchmarks"


def environment(requirement: str, directory: Path) -> Path:
    """Return the interpreter of the environment that has `requirement`, made now if it is not there yet.

    Raises NotInstalledError if pip cannot install it; what is half made is removed.
    """
    tag = hashlib.sha256(f"{sys.base_prefix} {sys.version}".encode()).hexdigest()[:8]
    home = directory / f"{requirement.replace('==', '-')}-{tag}"
    python = home / "bin" / "python"
    directory.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{home}.lock"):
        if not (home / "complete").exists():
            print(f"installing {requirement} into {home}", file=sys.stderr, flush=True)
            _install(requirement, home, python)
    return python


def _install(requirement: str, home: Path, python: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    try:
        _run([sys.executable, "-m", "venv", "--without-pip", str(home)])
        _run([*pip, "install", "--quiet", "--disable-pip-version-check", "--retries", "1", requirement])
    except NotInstalledError:
        shutil.rmtree(home, ignore_errors=True)
        raise
    (home / "complete").touch()


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PIP_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise NotInstalledError(f"no answer within {_PIP_SECONDS} s") from None
    if done.returncode:
        if "after connection broken" in done.stderr:
            raise NotInstalledError("the package index cannot be reached")
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
        raise NotInstalledError((errors or done.stderr.splitlines() or ["no reason given"])[-1].removeprefix("ERROR: "))
