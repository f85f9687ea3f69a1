"""Golden cases of `state status` and `doctor`, each a command line and a change of the policy."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from resolver.facade.opening import migrate_state
from tests.cli.policy_changes import TYPOS, nothing


def _linked(directory: Path) -> None:
    os.link(directory / "policies" / "model_tiers.yaml", directory / "link.yaml")


def _migrated(directory: Path) -> None:
    migrate_state(f"sqlite:///{directory / 'state.db'}")


_SQLITE = "--state sqlite:///state.db"

CASES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "state-status": ("state status", nothing),
    "state-status-json": ("state status --format json", nothing),
    "state-status-linked": ("state status", _linked),
    "state-status-refused": ("state status", TYPOS),
    "state-status-database": (f"state status {_SQLITE}", _migrated),
    "state-status-database-json": (f"state status {_SQLITE} --format json", _migrated),
    "state-status-group": (f"state {_SQLITE} --format json status", _migrated),
    "state-status-no-database": (f"state status {_SQLITE}", nothing),
    "state-status-bad-url": ("state status --state oracle://app:s3cr3t@h/x", nothing),
    "state-status-no-policy": ("state status --policies nowhere", nothing),
    "state-status-help": ("state status --help", nothing),
    "doctor-help": ("doctor --help", nothing),
    "doctor-no-policy": ("doctor --policies nowhere", nothing),
    "doctor-bad-url": ("doctor --state oracle://app:s3cr3t@h/x", nothing),
}
