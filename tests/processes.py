"""Python programs in a process of their own, which import the package from where the tests do."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import resolver

ROOT = Path(resolver.__file__).parent.parent


def python(program: str, *arguments: str, first: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """The finished process of `program`; it imports from `first`, if that is given, before all else."""
    path = os.pathsep.join(map(str, [first, ROOT] if first else [ROOT]))
    return subprocess.run(
        [sys.executable, "-c", dedent(program), *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
