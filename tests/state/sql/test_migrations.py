"""Tables of older and newer versions: up, back, and programs of both while the roll-out lasts."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, create_engine, inspect, text

from resolver import ResolverError
from resolver.cli import main
from resolver.domain import Subject
from resolver.facade.opening import migrate_state
from resolver.state.sql import StateURL
from resolver.state.sql.schema_version import check_schema
from resolver.state.sql.sql_rows import id_of
from resolver.state.sql.sql_tables import HEAD, KNOWN, METADATA
from tests.state.conftest import Place
from tests.state.own import fail

_OLD_PROGRAM_ADDS = """
INSERT INTO resolver_subject
  (id, triad, role, version, generation, changed, entry, strikes, failed_tier, streak_entry, errors)
  VALUES (:id, :triad, :role, 1, :generation, 0, 'general', 0, NULL, NULL, '[]')
"""
"""The statement of programs for tables of version 0001."""

_OLD_PROGRAM_NOTES = """
INSERT INTO resolver_history (what, triad, role, time, errors, revision, process, reason)
  VALUES (:what, :triad, :role, '2026-11-01T00:00:00+00:00', '[]', '', '', '')
"""


def run(url: str, *statements: str, **values: object) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement), values)
    engine.dispose()


def ask(url: str, query: str) -> list[tuple[object, ...]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return rows


def shape(url: str) -> dict[str, object]:
    """The columns and indexes of each table."""
    engine = create_engine(url)
    inspector = inspect(engine)
    shapes: dict[str, object] = {
        table: (
            sorted(column["name"] for column in inspector.get_columns(table)),
            sorted(str(index["column_names"]) for index in inspector.get_indexes(table)),
        )
        for table in inspector.get_table_names()
    }
    engine.dispose()
    return shapes


class TestUpAndBack:
    """`state migrate --to for the way back where possible`."""

    def test_the_migrations_make_the_tables_that_the_program_declares(self, shared: Place) -> None:
        assert shape(shared.owner) == {
            table.name: (
                sorted(column.name for column in table.columns),
                sorted(str([column.name for column in index.columns]) for index in table.indexes),
            )
            for table in METADATA.sorted_tables
        }

    def test_back_and_up_again(self, shared: Place) -> None:
        """What was learned stays, and the tables are those of each version again."""
        new = shape(shared.owner)
        with shared.open() as resolver:
            fail(resolver, times=3)
        assert migrate_state(shared.owner, "0001") == (HEAD, "0001")
        old = shape(shared.owner)
        assert "resolver_setting" not in old
        with pytest.raises(ResolverError, match=f"are of version 0001, not {HEAD}; `resolver state migrate`"):
            shared.open()
        assert migrate_state(shared.owner, "0001") == ("0001", "0001")
        assert migrate_state(shared.owner) == ("0001", HEAD)
        assert shape(shared.owner) == new
        assert migrate_state(shared.owner, "0001") == (HEAD, "0001")
        assert shape(shared.owner) == old

    def test_unknown_versions_are_refused(self, shared: Place) -> None:
        for version in ("9999", "base", "", "0000", "1"):
            with pytest.raises(ResolverError, match="unknown version"):
                migrate_state(shared.owner, version)
        assert ask(shared.owner, "SELECT version_num, works_with FROM resolver_version") == [(HEAD, "0001")]

    def test_first_version_may_be_an_older_one(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        url = f"sqlite:///{tmp_path_factory.mktemp('old') / 'state.db'}"
        assert migrate_state(url, "0001") == (None, "0001")
        assert migrate_state(url) == ("0001", HEAD)

    def test_migration_of_mysql_that_was_killed_goes_on(self, shared: Place) -> None:
        """MySQL keeps the first steps; the version is written last."""
        new = shape(shared.owner)
        migrate_state(shared.owner, "0001")
        run(shared.owner, "ALTER TABLE resolver_subject ADD COLUMN lowered BIGINT NOT NULL DEFAULT 0")
        run(shared.owner, "CREATE TABLE resolver_setting (name VARCHAR(32) PRIMARY KEY, value BIGINT NOT NULL)")
        run(shared.owner, "INSERT INTO resolver_setting VALUES ('history_days', 0)")
        assert migrate_state(shared.owner) == ("0001", HEAD)
        assert shape(shared.owner) == new
        assert ask(shared.owner, "SELECT name, value FROM resolver_setting ORDER BY name") == [
            ("history_days", 0),
            ("pruned", 0),
        ]

    def test_entries_that_people_lowered_before_are_marked(self, shared: Place) -> None:
        """A file that says more does not raise them again after the upgrade."""
        migrate_state(shared.owner, "0001")
        histories = {
            "never": ("escalate", "hold", "escalate"),
            "last": ("escalate", "lower"),
            "before": ("escalate", "lower", "escalate", "hold", "escalate"),
            "twice": ("escalate", "lower", "escalate", "lower", "hold"),
            "brought": ("import", "lower", "escalate", "import", "restore"),
        }
        for role, events in histories.items():
            generation = sum(event != "hold" for event in events)
            values = {"triad": "t", "role": role, "id": id_of(Subject("t", role))}
            run(shared.owner, _OLD_PROGRAM_ADDS, generation=generation, **values)
            for what in events:
                run(shared.owner, _OLD_PROGRAM_NOTES, what=what, triad="t", role=role)
        migrate_state(shared.owner)
        rows = ask(shared.owner, "SELECT role, lowered FROM resolver_subject")
        assert {row[0]: row[1] for row in rows} == {"never": 0, "last": 2, "before": 2, "twice": 4, "brought": 2}


class TestProgramsOfOtherVersions:
    """`tables carry "works with programs ≥ N", so that old and new versions overlap`."""

    def test_older_program_that_still_runs_goes_on(self, shared: Place) -> None:
        """It does not know the new columns."""
        assert shared.app is not None
        subject = Subject("t", "old")
        values = {"triad": "t", "role": "old", "id": id_of(subject), "generation": 1}
        run(shared.app, _OLD_PROGRAM_ADDS, **values)
        run(shared.app, "UPDATE resolver_clock SET at = at + 1 WHERE id = 1")
        run(shared.app, "UPDATE resolver_subject SET changed = 1")
        with shared.open() as resolver:
            assert resolver.escalations() == {subject: "general"}

    @pytest.mark.parametrize(
        ("version", "works_with", "opens"),
        [
            (HEAD, None, True),
            (HEAD, "9999", True),
            ("9999", HEAD, True),
            ("9999", "0001", True),
            ("9999", "0003", False),
            ("9999", None, False),
            ("9999", "", False),
            ("9999", "z", False),
            ("0001", "0001", False),
        ],
    )
    def test_newer_tables_tell_which_programs_may_use_them(
        self, shared: Place, version: str, works_with: str | None, opens: bool
    ) -> None:
        statement = "UPDATE resolver_version SET version_num = :version, works_with = :works_with"
        run(shared.owner, statement, version=version, works_with=works_with)
        if opens:
            with shared.open() as resolver:
                fail(resolver, times=3)
                assert resolver.escalations()
        else:
            with pytest.raises(ResolverError, match="made by a newer version" if version == "9999" else "of version"):
                shared.open()

    def test_check_leaves_no_transaction_open(self, shared: Place) -> None:
        """Neither on tables of this version, nor on older ones, nor where there are none."""
        url = StateURL.parse(str(shared.app))
        engine = create_engine(url.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            check_schema(connection, url)
            _assert_idle(connection)
            migrate_state(shared.owner, "0001")
            with pytest.raises(ResolverError, match="of version 0001"):
                check_schema(connection, url)
            _assert_idle(connection)
            names = ("clock", "subject", "history", "outcome", "version")
            run(shared.owner, *(f"DROP TABLE resolver_{name}" for name in names))
            with pytest.raises(ResolverError, match=r"no tables of this program|lacks"):
                check_schema(connection, url)
            _assert_idle(connection)
        engine.dispose()

    def test_tables_in_a_schema_that_the_role_does_not_see(self, served: Place) -> None:
        if served.kind != "postgresql":
            pytest.skip("only PostgreSQL has schemas inside of a database")
        run(served.owner, "CREATE SCHEMA elsewhere", "ALTER TABLE resolver_version SET SCHEMA elsewhere")
        with pytest.raises(ResolverError, match=r"schema `elsewhere`.*`GRANT USAGE ON SCHEMA elsewhere TO"):
            served.open()


def _assert_idle(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        status = connection.connection.driver_connection.info.transaction_status  # type: ignore[union-attr]
        assert str(status.name) == "IDLE"
    elif connection.dialect.name == "sqlite":
        assert not connection.connection.driver_connection.in_transaction  # type: ignore[union-attr]


class TestTheCommand:
    def test_the_way_back_says_what_is_lost(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        url = f"sqlite:///{tmp_path_factory.mktemp('state') / 'state.db'}"

        def migrate(*options: str) -> tuple[int, str, str]:
            result = CliRunner().invoke(main, ["state", "migrate", "--state", url, *options])
            return result.exit_code, result.stdout, result.stderr

        assert migrate("--to", HEAD) == (0, f"tables of version {HEAD}: made\n", "")
        code, said, notes = migrate("--to", "0001")
        assert (code, said) == (0, "tables of version 0001: changed\n")
        assert "lost: the number of days for which the history is kept" in notes
        assert f"programs for tables of version {HEAD} cannot use these" in notes
        code, said, notes = migrate("--to", "0")
        assert (code, said) == (2, "")
        assert f"unknown version `0` of the tables; this program knows {', '.join(KNOWN)}" in notes
        assert migrate() == (0, f"tables of version {HEAD}: changed\n", "")
