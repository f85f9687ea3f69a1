"""The four places where a state can lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from resolver import Resolver
from resolver.facade.opening import migrate_state
from tests.servers import MariaDB, Postgres, Server, running
from tests.state.own import own_policy

KINDS = ["file", "sqlite", "postgresql", "mariadb"]
SHARED = KINDS[1:]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    with running(Postgres) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    with running(MariaDB) as server:
        yield server


@dataclass(frozen=True)
class Place:
    """A state that hosts share: its URL for the program and for the owner, None and "" for the policy file."""

    kind: str
    folder: Path
    app: str | None
    owner: str

    def policy(self, host: int = 0, entries: str = " {}") -> Path:
        """The policy of a host: a copy of its own, but for the file store, where there is only one host."""
        folder = self.folder / f"host{host if self.app else 0}"
        if not folder.exists():
            folder.mkdir()
            own_policy(folder, entries)
        return folder / "policies"

    def open(self, host: int = 0, entries: str = " {}") -> Resolver:
        return Resolver.open(self.policy(host, entries), state=self.app)


def place_of(kind: str, folder: Path, server: Callable[[str], Server]) -> Place:
    if kind == "file":
        return Place(kind, folder, None, "")
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'state.db'}"
        migrate_state(url)
        return Place(kind, folder, url, url)
    database = server(kind).database()
    return Place(kind, folder, server(kind).app(database), server(kind).owner(database))


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return place_of(request.param, tmp_path, request.getfixturevalue)


@pytest.fixture(params=SHARED)
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return place_of(request.param, tmp_path, request.getfixturevalue)


@pytest.fixture(params=SHARED[1:])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A state on a server: one with rights, passwords and a network."""
    return place_of(request.param, tmp_path, request.getfixturevalue)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of one line, for tests that replace it."""
    path = tmp_path / "policy.yaml"
    path.write_bytes(b"old\n")
    return path
