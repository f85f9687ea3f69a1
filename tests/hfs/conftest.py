"""HFS's config file, and the loopback server of the agents' tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from examples.loopback import Loopback
from tests.agents.conftest import only_these_keys, quick_clients, server
from tests.hfs.hfs import FILE
from tests.hfs.running import HFS

__all__ = ["file", "only_these_keys", "quick_clients", "server"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A config file of HFS, as it comes."""
    path = tmp_path / "hfs.yaml"
    path.write_text(FILE)
    return path


@pytest.fixture
def start(server: Loopback, file: Path) -> Iterator[Callable[..., HFS]]:
    started: list[HFS] = []

    def make(*order: str, policies: Path | None = None) -> HFS:
        started.append(HFS(file, *order, policies=policies))
        return started[-1]

    yield make
    for one in started:
        one.manager.close()
