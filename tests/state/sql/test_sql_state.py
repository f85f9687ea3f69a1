"""A state in a database: its tables, its rights, its secrets, and what is laid over the policy file."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import traceback
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from resolver import Resolver, ResolverError
from resolver.cli import main
from resolver.domain import Subject
from resolver.facade.opening import migrate_state
from resolver.state.sql.sql_tables import HEAD, METADATA
from tests.processes import python
from tests.state.conftest import Place
from tests.state.own import STATE, fail, own_policy
from tests.state.sql.waiting import until

KEY = Subject("layout", "worker_a")


def runs_on(resolver: Resolver, triad: str, tier: str) -> bool:
    return resolver.resolve(triad, "worker_a").tier == tier


def run(url: str, *statements: str) -> None:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()


class TestTheTables:
    """`Schema created by resolver state migrate, versioned, never silently at start-up against a newer one`."""

    def test_without_tables_nothing_opens_and_none_are_made(self, tmp_path: Path) -> None:
        file = tmp_path / "state.db"
        for _ in range(2):
            with pytest.raises(ResolverError, match="has no tables of this program; `resolver state migrate` makes"):
                Resolver.open(
                    own_policy(tmp_path) if not (tmp_path / "policies").exists() else tmp_path / "policies",
                    state=f"sqlite:///{file}",
                )
        assert not file.exists()

    def test_migrating_twice_changes_nothing(self, shared: Place) -> None:
        with shared.open() as resolver:
            fail(resolver, times=3)
        assert migrate_state(shared.owner) == (HEAD, HEAD)
        with shared.open() as resolver:
            assert resolver.escalations() == {KEY: "reasoning"}

    def test_newer_tables_are_left_alone(self, shared: Place) -> None:
        run(shared.owner, "UPDATE resolver_version SET version_num = '9999', works_with = '9999'")
        with pytest.raises(ResolverError, match="made by a newer version of this program"):
            shared.open()
        with pytest.raises(ResolverError, match="made by a newer version of this program"):
            migrate_state(shared.owner)

    def test_newer_tables_that_work_with_this_program_are_used(self, shared: Place) -> None:
        """While a new version is rolled out, processes of the old one start again."""
        run(shared.owner, "UPDATE resolver_version SET version_num = '9999', works_with = '0002'")
        with shared.open() as resolver:
            assert [str(outcome.effect) for outcome in fail(resolver, times=3)] == ["count", "count", "escalate"]

    def test_program_may_not_make_tables(self, served: Place) -> None:
        """`the documented least rights (no DDL at run time) are what the tests run with`."""
        assert served.app is not None
        for statement in ("CREATE TABLE more (id INT)", "DROP TABLE resolver_outcome", "DELETE FROM resolver_setting"):
            with pytest.raises(Exception, match=r"(?i)denied|must be owner"):
                run(served.app, statement)

    def test_two_migrations_at_once(self, shared: Place) -> None:
        """Whoever comes second waits, and finds nothing to do."""
        run(shared.owner, *(f"DROP TABLE {table}" for table in METADATA.tables))
        found: list[tuple[str | None, str]] = []
        threads = [threading.Thread(target=lambda: found.append(migrate_state(shared.owner))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(found, key=str) == [(HEAD, HEAD), (HEAD, HEAD), (None, HEAD)]


class TestTheCommand:
    def test_state_migrate(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'state.db'}"
        run = CliRunner().invoke
        assert run(main, ["state", "migrate"]).exit_code == 2
        assert run(main, ["state", "migrate", "--state", url]).output == f"tables of version {HEAD}: made\n"
        assert run(main, ["state", "migrate"], env={"RESOLVER_STATE": url}).output == (
            f"tables of version {HEAD}: nothing to do\n"
        )

    def test_commands_read_and_write_the_shared_state(self, tmp_path: Path) -> None:
        """The decision table that commands show has the database's entries in it, and no line of a file beside them."""
        url = f"sqlite:///{tmp_path / 'state.db'}"
        migrate_state(url)
        policies = str(own_policy(tmp_path))
        common = {"env": {"RESOLVER_STATE": url}, "catch_exceptions": False}
        said = [
            CliRunner().invoke(main, [*command, "--policies", policies], **common).output  # type: ignore[arg-type]
            for command in [["record", "layout", "worker_a", "failure"]] * 3
            + [["resolve", "layout", "worker_a"], ["explain", "layout", "worker_a"], ["state"], ["history"], ["table"]]
        ]
        assert "escalate by three_strikes: from general to reasoning" in said[2]
        assert said[3].startswith("reasoning")
        assert any(line.split() == ["escalated_tier", "reasoning"] for line in said[4].splitlines())
        assert "layout  worker_a  reasoning" in said[5]
        assert "general → reasoning" in said[6]
        assert "1 escalation in force" in said[7]
        assert "escalation_state: {}" in (tmp_path / "policies" / STATE).read_text()


class TestOverThePolicyFile:
    """`The YAML's entries are the starting point`, and the database's generation is newer than any file."""

    def test_edit_of_an_entry_holds_until_the_database_has_one(self, shared: Place) -> None:
        with shared.open(0, '\n    "layout:worker_a": general') as resolver:
            file = shared.policy() / STATE
            file.write_text(file.read_text().replace('worker_a": general', 'worker_a": reasoning'))
            resolver.reload()
            assert resolver.resolve("layout", "worker_a").tier == "reasoning"
            resolver.lower("layout", "worker_a", "general")
            file.write_text(file.read_text() + "# and saved again\n")
            resolver.reload()
            assert resolver.escalations() == {KEY: "general"}
            assert resolver.resolve("layout", "worker_a", phase="execution").tier == "general"
        with shared.open(0) as opened:
            assert opened.resolve("layout", "worker_a", phase="execution").tier == "general"

    def test_streak_ends_when_the_starting_entry_changes(self, shared: Place) -> None:
        with shared.open() as resolver:
            fail(resolver, times=2)
            file = shared.policy() / STATE
            file.write_text(
                file.read_text().replace("escalation_state: {}", 'escalation_state: {"layout:worker_a": general}')
            )
            resolver.reload()
            assert resolver.streaks() == {}
            assert [outcome.strikes for outcome in fail(resolver)] == [1]

    def test_entry_off_the_ladder_is_the_top_of_ones_own_and_said_once(
        self, shared: Place, caplog: pytest.LogCaptureFixture
    ) -> None:
        with shared.open() as resolver:
            fail(resolver, times=3)
            fail(resolver, "worker_b", times=3)
        run(shared.owner, "UPDATE resolver_subject SET entry = 'deep' WHERE role = 'worker_a'")
        with shared.open(1) as opened:
            assert opened.escalations() == {KEY: "reasoning", Subject("layout", "worker_b"): "reasoning"}
            assert opened.resolve("layout", "worker_a").tier == "reasoning"
            assert [str(outcome.effect) for outcome in fail(opened, times=3)] == ["count", "count", "hold"]
            with shared.open(2) as other:
                assert [outcome.strikes for outcome in fail(opened) + fail(other)] == [1, 2]
        assert rows(shared.owner, "SELECT entry FROM resolver_subject WHERE role = 'worker_a'") == [("deep",)]
        assert caplog.text.count("is not a tier of this policy") == 2, "a line for each host"

    def test_shipped_policy_can_learn_in_a_database(self, shared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is read-only is the file."""
        monkeypatch.chdir(shared.folder)
        with Resolver.open(state=shared.app) as resolver:
            assert [str(outcome.effect) for outcome in fail(resolver, times=3)] == ["count", "count", "escalate"]
            assert resolver.resolve("layout", "worker_a").tier == "reasoning"


class TestFollowing:
    """`changes elsewhere arrive within a second, at no cost to resolve`."""

    @pytest.mark.slow
    def test_changes_elsewhere_arrive_within_a_second(self, shared: Place) -> None:
        with shared.open(0) as one, shared.open(1) as other:
            for triad in range(3):
                fail(one, times=3, triad=f"t{triad}")
                until(partial(runs_on, other, f"t{triad}", "reasoning"))
                one.lower(f"t{triad}", "worker_a")
                until(partial(runs_on, other, f"t{triad}", "general"))

    @pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
    def test_child_of_a_fork_follows_and_records(self, shared: Place) -> None:
        """Threads and connections of the parent are not the child's, and the parent keeps its own."""
        with shared.open() as resolver:
            fail(resolver, times=2)
            read, write = os.pipe()
            child = os.fork()
            if not child:
                try:
                    said = str(fail(resolver)[0].effect)
                    until(lambda: resolver.resolve("other", "worker_a").tier == "reasoning", 5)
                    os.write(write, said.encode())
                    resolver.close()
                except BaseException:
                    os.write(write, traceback.format_exc().encode()[-400:])
                finally:
                    os._exit(0)
            fail(resolver, times=3, triad="other")
            os.waitpid(child, 0)
            assert os.read(read, 1000) == b"escalate"
            until(lambda: resolver.resolve("layout", "worker_a").tier == "reasoning")
            assert str(fail(resolver, triad="third")[0].effect) == "count"
            os.close(read)
            os.close(write)

    def test_close_ends_the_thread(self, shared: Place) -> None:
        before = threading.active_count()
        resolvers = [shared.open(host) for host in range(3)]
        assert threading.active_count() == before + 3
        for resolver in resolvers:
            resolver.close()
            resolver.close()
        assert threading.active_count() == before


def test_deciding_needs_no_database_package(tmp_path: Path) -> None:
    """`import resolver must stay light`: SQLAlchemy comes with a state in a database and not before."""
    policy = own_policy(tmp_path)
    program = """
        import sys
        import resolver
        with resolver.Resolver.open(sys.argv[1]) as opened:
            opened.record_failure("t", "worker_a")
        print(sorted({"sqlalchemy", "alembic", "psycopg", "pymysql"} & sys.modules.keys()))
    """
    assert python(program, str(policy)).stdout == "[]\n"


@pytest.mark.slow
def test_a_process_that_is_killed_leaves_no_lock(shared: Place) -> None:
    """A host that dies in the middle of its work keeps nobody from theirs."""
    program = (
        "import sys\nfrom resolver import Resolver\nr = Resolver.open(sys.argv[1], state=sys.argv[2])\n"
        "print('up', flush=True)\nwhile True: r.record_failure('layout', 'orchestrator')\n"
    )
    command = [sys.executable, "-c", program, str(shared.policy(1)), str(shared.app)]
    with shared.open() as resolver, subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        time.sleep(0.2)
        other.kill()
        other.wait()
        started = time.monotonic()
        fail(resolver, "orchestrator", times=3)
        assert time.monotonic() - started < 5
