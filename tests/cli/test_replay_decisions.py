"""What `resolver replay` says of decisions is never too much, and can always be printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from resolver.cli import main
from resolver.loader import shipped_policy


@pytest.fixture
def log(tmp_path: Path) -> str:
    """Decisions of 150 roles that would all change, with names that cannot be printed."""
    lines = [
        {"event": "decision", "triad": "t", "role": f"r{at}\ud800", "phase": "\0", "tier": "\x1b[1m", "entry": "\n"}
        for at in range(150)
    ]
    file = tmp_path / "decisions.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return str(file)


def test_json_has_a_hundred_groups_and_the_number_of_the_rest(log: str) -> None:
    done = CliRunner().invoke(main, ["replay", log, "--policies", str(shipped_policy()), "--format", "json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["decisions"]
    assert (found["count"], found["other"], len(found["otherwise"]), found["left_out"]) == (150, 150, 100, 50)
    assert found["otherwise"][0]["role"] == "r0\\ud800"


def test_text_has_thirty_rows(log: str) -> None:
    done = CliRunner().invoke(main, ["replay", log, "--policies", str(shipped_policy())])
    assert done.exit_code == 0, done.output
    assert "  … and 120 more\n" in done.stdout
    assert len(done.stdout.splitlines()) == 36
    assert "\x1b" not in done.stdout
