"""Run the tests against the newest releases of all dependencies, or the lowest that pyproject.toml allows.

python3 tools/test_with.py newest|lowest [PYTEST-ARGUMENT…]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXTRAS = ("agents", "dev")
FLAGS = {"CPPFLAGS": "-DPyEval_CallObject=PyObject_CallObject"}  # see the README


def main(which: str, *arguments: str) -> int:
    """Install into an environment of its own and run pytest there; return its exit code."""
    with tempfile.TemporaryDirectory() as scratch:
        python = Path(scratch, "venv", "bin", "python")
        constraints = Path(scratch, "constraints.txt")
        constraints.touch()
        environment = {**os.environ, **FLAGS}
        _run([sys.executable, "-m", "venv", str(python.parent.parent)], environment)
        if which == "lowest":
            _run([str(python), "-m", "pip", "install", "--quiet", "uv"], environment)
            resolution = ["--resolution", "lowest-direct", "--no-header", "--no-annotate", "--quiet"]
            extras = [argument for extra in EXTRAS for argument in ("--extra", extra)]
            uv = [str(python), "-m", "uv", "pip", "compile", "pyproject.toml", *extras, *resolution]
            _run([*uv, "--output-file", str(constraints)], environment)
        package = f"{ROOT}[{','.join(EXTRAS)}]"
        _run(
            [
                str(python),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-cache-dir",
                "--constraint",
                str(constraints),
                "--editable",
                package,
            ],
            environment,
        )
        _run([str(python), "-m", "pip", "list"], environment)
        return subprocess.run(
            [str(python), "-m", "pytest", *arguments], cwd=ROOT, env=environment, check=False
        ).returncode


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("newest", "lowest"):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
