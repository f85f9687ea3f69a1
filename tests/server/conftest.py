from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from resolver.loader import shipped_policy
from tests.server.serving import Serving, serving

TOKEN, ADMIN = "a" * 32, "b" * 32
QUICK = {"SECONDS_TO_SEND": 1.0, "SECONDS_TO_READ": 1.0, "SECONDS_IDLE": 2}
"""Limits that are short enough for tests."""


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A copy of the shipped policy."""
    return Path(shutil.copytree(shipped_policy(), tmp_path / "policies"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server that needs no token."""
    folder = tmp_path_factory.mktemp("server")
    with serving(shutil.copytree(shipped_policy(), folder / "policies")) as running:
        yield running


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server that cuts clients off after a second."""
    folder = tmp_path_factory.mktemp("quick")
    with serving(shutil.copytree(shipped_policy(), folder / "policies"), **QUICK) as running:
        yield running


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server that needs tokens, and has another name."""
    folder = tmp_path_factory.mktemp("guarded")
    tokens, admins = folder / "tokens", folder / "admins"
    tokens.write_text(f"{'c' * 32}\n\n{TOKEN}\n", "ascii")
    admins.write_text(ADMIN, "ascii")
    options = ("--token-file", str(tokens), "--admin-token-file", str(admins), "--allow-host", "Tiers.Example")
    with serving(shutil.copytree(shipped_policy(), folder / "policies"), *options) as running:
        yield running
