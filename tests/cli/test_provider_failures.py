"""`resolver providers` shows the last failure of each provider of a policy of one's own, and its cool-down."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from resolver import Resolver
from resolver.cli import main
from resolver.domain import LastFailure
from resolver.loader import shipped_policy

pytest.importorskip("agno", reason="needs the extra `agents`")


def shown(folder: Path, now: datetime, *arguments: str, cool_down: timedelta) -> str:
    """Return what the command prints after a failure of groq whose cool-down ends so much later than `now`."""
    policy = shutil.copytree(shipped_policy(), folder / "policies")
    with Resolver.open(policy) as resolver:
        resolver.note_provider_failure(LastFailure("groq", "llama", "auth", "a wrong key", now, now + cool_down))
    return CliRunner().invoke(main, ["providers", "--policies", str(policy), *arguments]).stdout


def test_a_provider_that_cools_down(tmp_path: Path) -> None:
    """The line has the time, the model, the kind and the error, and until when the provider comes last."""
    now = datetime.now(UTC)
    until = now + timedelta(minutes=5)
    line = shown(tmp_path, now, cool_down=timedelta(minutes=5)).splitlines()[-1]
    time = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    assert line == f"groq failed last at {time}, `llama`: auth, a wrong key; tried last until {until:%H:%M:%S} UTC"


def test_a_cool_down_that_is_over(tmp_path: Path) -> None:
    """The failure is still shown; nothing follows from it any more."""
    assert (
        shown(tmp_path, datetime.now(UTC), cool_down=-timedelta(seconds=1))
        .splitlines()[-1]
        .endswith("auth, a wrong key")
    )


def test_as_json(tmp_path: Path) -> None:
    """Machines read the same."""
    now = datetime.now(UTC)
    found = json.loads(shown(tmp_path, now, "--format", "json", cool_down=timedelta(minutes=5)))
    assert [one["provider"] for one in found if one["last_failure"]] == ["groq"]
    [failure] = [one["last_failure"] for one in found if one["last_failure"]]
    assert failure.pop("process")
    assert failure == {
        "model": "llama",
        "kind": "auth",
        "error": "a wrong key",
        "time": now.isoformat(),
        "cools_until": (now + timedelta(minutes=5)).isoformat(),
    }
