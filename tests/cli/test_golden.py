"""Commands print exactly what the files in `golden/` say.

A golden file starts with `$ ` and a command line, then has what the command prints on stdout, after a line `--- stderr`
what it prints there, and after `--- exit` its exit code. Each command runs in a directory with a copy of the shipped
policy in `policies/`, changed as its case in `golden_*.py` says. `UPDATE_GOLDEN=1 pytest tests/cli` writes the files
anew: read them.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from resolver.cli import main
from resolver.loader import shipped_policy
from tests.cli import (
    golden_checks,
    golden_decisions,
    golden_diff,
    golden_health,
    golden_outcomes,
    golden_replay,
    golden_tests,
)

GOLDEN = Path(__file__).parent / "golden"
CASES = {
    **golden_decisions.CASES,
    **golden_checks.CASES,
    **golden_outcomes.CASES,
    **golden_tests.CASES,
    **golden_diff.CASES,
    **golden_replay.CASES,
    **golden_health.CASES,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_golden(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command prints what its golden file says, and ends with the exit code it says."""
    command, change = CASES[name]
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    change(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("COLUMNS", raising=False)
    result = CliRunner().invoke(main, shlex.split(command), prog_name="resolver", terminal_width=80)
    got = f"$ resolver {command}\n{result.stdout}--- stderr\n{result.stderr}--- exit {result.exit_code}\n"
    got = re.sub(r"\b\d+ ms\b", "N ms", re.sub(r'"milliseconds": [\d.]+', '"milliseconds": N', got))
    got = re.sub(r"\d{4}-\d\d-\d\d([ T])\d\d:\d\d:\d\d(\.\d+)?", r"YYYY-MM-DD\1HH:MM:SS", got)
    got = got.replace(str(shipped_policy()), "SHIPPED")
    got = re.sub(r'"process": "[^"]+:\d+"', '"process": "HOST:PID"', got)
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(got, encoding="utf-8")
    assert got == file.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    """Every golden file belongs to a case."""
    assert {file.stem for file in GOLDEN.iterdir()} == set(CASES)
