"""A policy of one's own to learn in, and processes that die while they do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from resolver import Resolver
from resolver.domain import Outcome
from resolver.loader import shipped_policy
from resolver.state import file_store as file_module

STATE = "model_tiers.yaml"


def own_policy(folder: Path, entries: str = " {}") -> Path:
    """A copy of the shipped policy, with these entries."""
    path = folder / "policies"
    shutil.copytree(shipped_policy(), path)
    state = path / STATE
    state.write_text(state.read_text(encoding="utf-8").replace("escalation_state: {}", f"escalation_state:{entries}"))
    return path


def fail(resolver: Resolver, role: str = "worker_a", times: int = 1, triad: str = "layout") -> list[Outcome]:
    """Failures in a row."""
    return [resolver.record_failure(triad, role, error=f"error {at}") for at in range(times)]


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """How long an escalation waits for the policy file in this block, which is to be refused."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_module, "_PATIENCE_SECONDS", seconds)
        yield


def settled(resolver: Resolver) -> None:
    """Wait until what the policy's files say now is in force, or refused."""
    assert resolver._live.settle(30)


def take_out(path: Path, key: str = "layout:worker_a") -> None:
    """What a person does who takes an entry's line out."""
    state = path / STATE
    lines = state.read_text(encoding="utf-8").splitlines(keepends=True)
    left = [line for line in lines if key not in line]
    if not any(":" in line and line.startswith("    ") for line in left[left.index("  escalation_state:\n") :]):
        left = [line.replace("escalation_state:\n", "escalation_state: {}\n") for line in left]
    state.write_text("".join(left), encoding="utf-8")


def python(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What became of a program in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env={**os.environ})


def left_over(path: Path) -> list[str]:
    """The files that only a write in progress has."""
    return [file.name for file in path.iterdir() if file.name.endswith(".new")]


def whats(resolver: Resolver) -> list[str]:
    """The names of the events in a resolver's history, oldest first."""
    return [str(event.what) for event in resolver.history()]
