"""The health of a resolver is known without asking a server, also while its database is away."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from resolver import Resolver
from resolver.domain import Health, StoreHealth
from resolver.facade.health import probe
from resolver.state import now
from resolver.state.sql.spool_counts import count_spool
from tests.processes import python
from tests.servers import Postgres, Server, running
from tests.state.own import STATE, fail, own_policy, settled
from tests.state.sql.cut_off import cut_off

SECRET = "s3cr3t-pass"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with running(Postgres) as server:
        yield server


class TestFile:
    """The health of a file store."""

    def test_a_good_policy_is_ok(self, tmp_path: Path) -> None:
        policy = own_policy(tmp_path)
        with Resolver.open(policy) as resolver:
            health = resolver.health()
            assert health.ok
            assert (health.store.kind, health.store.reachable, health.store.revision) == ("file", None, None)
            assert health.store.where == str(policy / STATE)
            assert health.policy.revision == resolver.policy.revision
            fail(resolver, times=3)
            assert resolver.health().ok
        assert probe(policy).ok

    def test_a_file_with_hard_links_is_not(self, tmp_path: Path) -> None:
        """Nothing can be learned into it, and the reason says why."""
        policy = own_policy(tmp_path)
        os.link(policy / STATE, tmp_path / "link.yaml")
        with Resolver.open(policy) as resolver:
            for health in (resolver.health(), probe(policy)):
                assert not health.ok
                assert "hard links" in health.store.reason

    def test_a_refused_change_is_not(self, tmp_path: Path) -> None:
        """The old policy stays in force; a process that starts now has none."""
        policy = own_policy(tmp_path)
        with Resolver.open(policy) as resolver:
            revision = resolver.policy.revision
            rules = policy / "precedence.yaml"
            rules.write_text(rules.read_text(encoding="utf-8").replace("pri: 20", "pri: 10"), encoding="utf-8")
            settled(resolver)
            health = resolver.health()
            assert (health.ok, health.policy.refused, health.policy.revision) == (False, True, revision)
        health = probe(policy)
        assert (health.ok, health.policy.refused, health.policy.revision) == (False, True, "")

    def test_a_damaged_database_is_not(self, tmp_path: Path) -> None:
        policy = own_policy(tmp_path)
        (policy / ".resolver.db").write_bytes(b"no database at all" * 100)
        health = probe(policy)
        assert not health.ok
        assert ".resolver.db" in health.store.reason

    def test_a_probe_leaves_no_file_behind(self, tmp_path: Path) -> None:
        policy = own_policy(tmp_path)
        with Resolver.open(policy) as resolver:
            fail(resolver)
        before = sorted(policy.iterdir())
        assert probe(policy).ok
        assert sorted(policy.iterdir()) == before

    def test_the_shipped_policy_is_read_only_and_ok(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with Resolver.open() as resolver:
            assert resolver.health().ok
            assert resolver.health().policy.read_only
        assert probe(None).policy.read_only


class TestDatabase:
    """The health of a database."""

    def test_reachable(self, postgres: Server, tmp_path: Path) -> None:
        policy, url = own_policy(tmp_path), postgres.app(postgres.database())
        with Resolver.open(policy, state=url) as resolver:
            fail(resolver, times=3)
            resolver.escalations()
            health = resolver.health()
            assert health.ok
            assert (health.store.kind, health.store.reachable, health.store.revision) == ("postgresql", True, 1)
            assert (health.store.queued, health.store.put_aside) == (0, 0)
        asked = probe(policy, url)
        assert asked.ok
        assert (asked.store.server_revision, asked.store.where) == (1, health.store.where)
        assert asked.store.refresh_age == 0

    def test_away(self, postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """`Works while the database is away`: what waits is known, in the process and beside it."""
        policy = own_policy(tmp_path)
        url = postgres.app(postgres.database())
        with Resolver.open(policy, state=url) as resolver:
            cut_off(resolver, monkeypatch)
            fail(resolver, times=2)
            started = time.monotonic()
            health = resolver.health()
            assert time.monotonic() - started < 0.5
            assert (health.ok, health.store.reachable, health.store.queued) == (False, False, 2)
            assert health.store.reason
            assert probe(policy, url).store.queued == 2
        assert count_spool(Path(health.store.spool)).put_aside == 0

    def test_no_server(self, tmp_path: Path) -> None:
        """A probe says why, and not with which password."""
        policy = own_policy(tmp_path)
        health = probe(policy, f"postgresql://app:{SECRET}@127.0.0.1:1/db")
        assert (health.ok, health.store.reachable) == (False, False)
        assert SECRET not in repr(health)
        assert health.store.reason

    def test_a_server_that_does_not_answer(self, postgres: Server, tmp_path: Path) -> None:
        """A stopped server still accepts connections; a probe ends anyway."""
        policy, url = own_policy(tmp_path), postgres.app(postgres.database())
        assert postgres.process is not None
        group = [postgres.process.pid]
        for pid in group:
            os.kill(pid, signal.SIGSTOP)
        try:
            started = time.monotonic()
            health = probe(policy, url)
            assert 1 < time.monotonic() - started < 4
        finally:
            for pid in group:
                os.kill(pid, signal.SIGCONT)
        assert (health.ok, health.store.reachable) == (False, False)
        assert "no answer within 2 s" in health.store.reason

    def test_no_tables(self, postgres: Server, tmp_path: Path) -> None:
        """A database that answers is reachable, whether or not the program can use it."""
        name = "without_tables"
        postgres.run(postgres.root, f"CREATE DATABASE {name}")
        health = probe(own_policy(tmp_path), postgres.owner(name))
        assert (health.ok, health.store.reachable) == (False, True)
        assert "resolver state migrate" in health.store.reason

    def test_a_missing_file_of_sqlite_is_not_created(self, tmp_path: Path) -> None:
        file = tmp_path / "state.db"
        health = probe(own_policy(tmp_path), f"sqlite:///{file}")
        assert (health.ok, health.store.reachable) == (False, False)
        assert not file.exists()

    def test_a_spool_that_cannot_be_read_is_a_reason(self, postgres: Server, tmp_path: Path) -> None:
        policy, url = own_policy(tmp_path), postgres.app(postgres.database())
        with Resolver.open(policy, state=url) as resolver:
            spool = Path(resolver.health().store.spool)
            spool.write_bytes(b"no database at all" * 100)
            health = resolver.health()
            assert (health.ok, health.store.reachable) == (False, True)
            assert str(spool) in health.store.reason
            spool.unlink()


def test_a_report_that_holds_its_locks_does_not_delay_it(tmp_path: Path) -> None:
    """A report may wait for the spool's or the policy's lock for seconds; `health` does not wait with it."""
    policy = own_policy(tmp_path)
    with Resolver.open(policy) as resolver:
        fail(resolver)
        store = resolver._store
        with store._locked():  # type: ignore[attr-defined]
            started = time.monotonic()
            found: list[Health] = []
            thread = Thread(target=lambda: found.append(resolver.health()))
            thread.start()
            thread.join(5)
            assert time.monotonic() - started < 1
        assert found[0].ok


def test_a_fork_during_looks_at_the_spool(tmp_path: Path) -> None:
    """The children of a process that reads its spool all the time can write into the spool themselves."""
    program = """
        import os, sys, threading
        from pathlib import Path
        from resolver.domain import Subject
        from resolver.state.sql.spool import Queued, Spool
        from resolver.state.sql.spool_counts import count_spool
        from resolver.table import Report
        path = Path(sys.argv[1])
        spool = Spool(path)
        def put(key):
            spool.append(Queued(key, 1, 0, Report(Subject("t", "r"), "", {}, True, None, None, None)))
        put("parent")
        stop = threading.Event()
        def look():
            while not stop.is_set():
                count_spool(path)
        thread = threading.Thread(target=look)
        thread.start()
        codes = []
        for at in range(20):
            pid = os.fork()
            if not pid:
                put(f"child {at}")
                os._exit(0 if count_spool(path).queued == at + 2 else 1)
            codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        stop.set()
        thread.join()
        print(sum(codes), count_spool(path).queued)
    """
    done = python(program, str(tmp_path / "spool.db"))
    assert done.stdout.split() == ["0", "21"], done.stderr


def test_lag_and_age() -> None:
    """Both are differences, and unknown if one side is."""
    time = now()
    health = StoreHealth(kind="mysql", where="x", time=time, revision=3, server_revision=5, last_refresh=time)
    assert (health.lag, health.refresh_age) == (2, 0)
    unknown = StoreHealth(kind="mysql", where="x", time=time, revision=3)
    assert (unknown.lag, unknown.refresh_age) == (None, None)
    assert json.dumps(health.lag)
