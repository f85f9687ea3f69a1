"""The places where a state can be kept: a policy file, SQLite, and database servers of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from resolver import Resolver
from resolver.facade.opening import migrate_state
from tests.servers import Galera, MariaDB, PgBouncer, Postgres, Replicated, Server, running
from tests.state.drills.deciding import Decider, Deciding
from tests.state.own import own_policy

KINDS = ["file", "sqlite", "postgresql", "mariadb"]
SHARED = KINDS[1:]
CLUSTERS = ["galera", "pgbouncer"]
"""Further kinds, which the tests of all stores run with in a step of their own: `pytest -m cluster`."""

CLUSTER = [pytest.mark.cluster, pytest.mark.slow]


def with_clusters(kinds: list[str], *more: str) -> list[object]:
    """Return parameters for these kinds, for those of `CLUSTERS` and for `more` of them."""
    return [*kinds, *(pytest.param(kind, marks=CLUSTER) for kind in (*CLUSTERS, *more))]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgres]:
    with running(Postgres) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    with running(MariaDB) as server:
        yield server


@pytest.fixture(scope="session")
def pgbouncer() -> Iterator[PgBouncer]:
    with running(PgBouncer) as server:
        yield server


@pytest.fixture(scope="session")
def galera() -> Iterator[Galera]:
    with running(Galera) as server:
        yield server


@pytest.fixture
def replicated() -> Iterator[Replicated]:
    """A primary and a standby for one test, since a failover cannot be undone."""
    with running(Replicated) as server:
        yield server


@dataclass(frozen=True)
class Place:
    """A state that hosts share: its URL for the program and for the owner, None and "" for the policy file.

    `apps` are the URLs of a cluster's nodes, which the hosts use in turn.
    """

    kind: str
    folder: Path
    app: str | None
    owner: str
    apps: tuple[str, ...] = ()

    def url(self, host: int = 0) -> str | None:
        """Return the URL that a host opens."""
        return self.apps[host % len(self.apps)] if self.apps else self.app

    def policy(self, host: int = 0, entries: str = " {}") -> Path:
        """The policy of a host: a copy of its own, but for the file store, where there is only one host."""
        folder = self.folder / f"host{host if self.app else 0}"
        if not folder.exists():
            folder.mkdir()
            own_policy(folder, entries)
        return folder / "policies"

    def open(self, host: int = 0, entries: str = " {}") -> Resolver:
        return Resolver.open(self.policy(host, entries), state=self.url(host))


def place_of(kind: str, folder: Path, server: Callable[[str], Server]) -> Place:
    if kind == "file":
        return Place(kind, folder, None, "")
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'state.db'}"
        migrate_state(url)
        return Place(kind, folder, url, url)
    return place_on(server(kind), folder)


def place_on(server: Server, folder: Path) -> Place:
    """Return a state in a new database of a server."""
    name = server.database()
    return Place(server.name, folder, server.app(name), server.owner(name), server.apps(name))


@pytest.fixture(params=with_clusters(KINDS))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return place_of(request.param, tmp_path, request.getfixturevalue)


@pytest.fixture(params=with_clusters(SHARED))
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return place_of(request.param, tmp_path, request.getfixturevalue)


@pytest.fixture(params=with_clusters(SHARED[1:]))
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A state on a server: one with rights, passwords and a network."""
    return place_of(request.param, tmp_path, request.getfixturevalue)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of one line, for tests that replace it."""
    path = tmp_path / "policy.yaml"
    path.write_bytes(b"old\n")
    return path


@pytest.fixture
def deciding(record_property: Callable[[str, object], None]) -> Deciding:
    """Decide without a pause during a block; the longest decision is printed with the figures of the drills."""

    @contextmanager
    def measured(resolver: Resolver, *triads: str) -> Iterator[Decider]:
        decider = Decider(resolver, triads or ("layout",))
        decider.start()
        try:
            yield decider
        finally:
            decider.stop()
            record_property("decisions", decider.count)
            record_property("longest_decision_ms", round(decider.longest * 1000, 3))
        assert decider.wrong == []
        assert decider.count

    return measured
