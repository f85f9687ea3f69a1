"""The examples run as their first lines say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent.parent / "examples" / "triad.py"

pytest.importorskip("agno", reason="needs the extra `agents`")
pytestmark = pytest.mark.skipif(not EXAMPLE.exists(), reason="the examples are in the source tree")


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the example in an empty directory, with no key in sight."""
    environment = {name: value for name, value in os.environ.items() if "_API_KEY" not in name and "NUM_" not in name}
    command = [sys.executable, str(EXAMPLE), *arguments]
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_triad_offline(tmp_path: Path) -> None:
    """Each role runs on its tier, workers on another one in execution, and code execution on fast throughout."""
    done = run(tmp_path, "--offline")
    assert done.stdout.splitlines() == [
        "deliberation",
        "    code_execution runs on cerebras zai-glm-4.7",
        "    worker_a ran on cerebras llama-3.3-70b",
        "    worker_b ran on cerebras llama-3.3-70b",
        "    the team ran on cerebras qwen-3-235b-a22b-instruct-2507: COMPLETED",
        "    Done: written and reviewed.",
        "execution",
        "    code_execution runs on cerebras zai-glm-4.7",
        "    worker_a ran on cerebras zai-glm-4.7",
        "    worker_b ran on cerebras zai-glm-4.7",
        "    the team ran on cerebras qwen-3-235b-a22b-instruct-2507: COMPLETED",
        "    Done: written and reviewed.",
    ]
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_triad_without_keys(tmp_path: Path) -> None:
    """Without keys it says which variables to set, and fails."""
    done = run(tmp_path)
    assert done.returncode == 1
    assert "no key; set GROQ_API_KEY, or NUM_GROQ and GROQ_API_KEY_1" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
