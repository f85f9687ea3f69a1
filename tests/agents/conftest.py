"""A policy of one's own, and a loopback server that is all four providers."""

from __future__ import annotations

import gc
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pytest

from examples.loopback import Loopback
from resolver import Resolver
from resolver.agents.keycycle_import import keycycle
from resolver.loader import shipped_policy

if TYPE_CHECKING:
    from tests.agents.agents import Listening

pytest.importorskip("agno", reason="needs the extra `agents`")
keycycle()  # before a test imports it, which would put a log file here


@pytest.fixture(scope="module", autouse=True)
def quick_clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No client reads the certificates of the world, which takes 30 ms; none is left to be collected by other tests."""
    first, end, _ = Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----")
    path = tmp_path_factory.mktemp("certificates") / "one.pem"
    path.write_text(first + end)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        yield
        gc.collect()


@pytest.fixture(autouse=True)
def only_these_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees keys, or sends anything to a server, of whoever runs it."""
    for name in list(os.environ):
        if name.startswith("NUM_") or "_API_KEY" in name or name.endswith("_BASE_URL"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AGNO_TELEMETRY", "false")
    logging.getLogger("agno").setLevel(logging.CRITICAL)  # it logs every failed call, which is what these tests are of


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server that answers for all four providers, two keys each."""
    with Loopback() as loopback:
        for name, value in loopback.environment(keys=2).items():
            monkeypatch.setenv(name, value)
        yield loopback


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A copy of the shipped policy, which can learn."""
    return Path(shutil.copytree(shipped_policy(), tmp_path / "policies"))


@pytest.fixture
def resolver(server: Loopback, policy: Path) -> Iterator[Resolver]:
    """A resolver of that policy, with the server's providers."""
    with Resolver.open(policy) as opened:
        yield opened


@pytest.fixture
def listening(server: Loopback, policy: Path) -> Iterator[Listening]:
    """A resolver of that policy that records what it is told, for tests to read."""
    from tests.agents.agents import Listening  # noqa: PLC0415  needs agno, which may not be installed

    with Listening.open(policy) as opened:
        yield opened
