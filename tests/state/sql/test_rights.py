"""A missing right or table is found when a state is opened, and named."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError

from resolver import ResolverError
from resolver.state.sql import StateURL
from resolver.state.sql.mysql_grants import listed_rights
from resolver.state.sql.rights import NEEDED, TO_FORGET, check_rights, grants_of, lacking_rights
from tests.processes import ROOT
from tests.servers import MariaDB, Postgres, Server
from tests.state.conftest import Place
from tests.state.own import fail

PAIRS = [(table, right) for table, rights in NEEDED.items() for right in rights]


def run(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


def test_the_documents_give_exactly_the_needed_rights() -> None:
    """docs/operations.md has the list that the check has, and the right to shorten the history."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    wanted = {table: {*rights, *TO_FORGET.get(table, ())} for table, rights in NEEDED.items()}
    for kind in (Postgres, MariaDB):
        block = re.search(rf"^{kind.title}.*?```sql\n(.*?)```", page, re.DOTALL | re.MULTILINE)
        assert block
        granted = re.findall(r"^GRANT (.+) ON (\w+) TO resolver_app;$", block[1], re.MULTILINE)
        assert {table: set(rights.split(", ")) for rights, table in granted} == wanted


@pytest.mark.parametrize(("table", "right"), PAIRS)
def test_missing_right_is_named_with_the_statement_that_gives_it(served: Place, table: str, right: str) -> None:
    """`Rights and tables are checked at open`; the statement is all that the owner needs."""
    run(served.owner, f"REVOKE {right} ON {table} FROM resolver_app")
    with pytest.raises(ResolverError, match=f"lacks rights .*: {right} on `{table}`") as raised:
        served.open()
    (statement,) = re.findall("`(GRANT [^`]*)`", str(raised.value))
    run(served.owner, statement)
    with served.open() as resolver:
        fail(resolver, times=3)
        assert resolver.escalations()


def test_all_missing_rights_are_named_at_once(served: Place) -> None:
    run(served.owner, *(f"REVOKE {right} ON {table} FROM resolver_app" for table, right in PAIRS))
    with pytest.raises(ResolverError) as raised:
        served.open()
    said = str(raised.value)
    assert [pair for pair in PAIRS if f"`{pair[0]}`" not in said] == []
    assert "change-me" not in said
    run(served.owner, *re.findall("`(GRANT [^`]*)`", said)[0].split("; "))
    served.open().close()


@pytest.mark.parametrize("table", [table for table in NEEDED if table != "resolver_version"])
def test_missing_table_is_named(shared: Place, table: str) -> None:
    run(shared.owner, f"DROP TABLE {table}")
    kinds = "lacks tables of this program" if shared.kind != "mariadb" else "lacks (tables|rights)"
    with pytest.raises(ResolverError, match=f"{kinds}.*`{table}`"):
        shared.open()


def test_right_to_forget_is_not_needed_to_open(served: Place) -> None:
    run(served.owner, "REVOKE DELETE ON resolver_history FROM resolver_app")
    served.open().close()


def test_check_takes_few_statements(shared: Place) -> None:
    """One or two where nothing is missing."""
    url = StateURL.parse(str(shared.app))
    engine = create_engine(url.url, isolation_level="AUTOCOMMIT")
    sent: list[str] = []
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        event.listen(engine, "before_cursor_execute", lambda *arguments: sent.append(arguments[2]))
        check_rights(connection, url)
    engine.dispose()
    assert len(sent) <= 2, sent


class TestOtherWaysToGiveRights:
    """A right counts however the role got it: refused is only what the server itself would refuse."""

    def test_roles_columns_and_schemas_of_postgresql(self, postgresql: Server) -> None:
        name = postgresql.database()
        role = f"member_{uuid4().hex[:8]}"
        run(
            postgresql.owner(name),
            f"CREATE ROLE {role} LOGIN PASSWORD 'change-me' IN ROLE resolver_app",
            "CREATE SCHEMA own",
            *(f"ALTER TABLE {table} SET SCHEMA own" for table in NEEDED),
            "GRANT USAGE ON SCHEMA own TO resolver_app",
            f"ALTER ROLE {role} SET search_path = own",
            "REVOKE UPDATE ON own.resolver_clock FROM resolver_app",
            "GRANT UPDATE (at) ON own.resolver_clock TO resolver_app",
        )
        url = StateURL.parse(postgresql.url(role, name, "change-me"))
        assert _lacking(url) == {}
        run(postgresql.owner(name), "REVOKE UPDATE (at) ON own.resolver_clock FROM resolver_app")
        assert _lacking(url) == {"resolver_clock": ["UPDATE"]}

    @pytest.mark.parametrize(
        "rights",
        [
            ["GRANT ALL PRIVILEGES ON *.* TO {user}"],
            ["GRANT ALL PRIVILEGES ON {database}.* TO {user}"],
            ["GRANT SELECT, INSERT, UPDATE, DELETE ON `{wild}`.* TO {user}"],
            ["GRANT SELECT ON *.* TO {user}", "GRANT INSERT, UPDATE, DELETE ON {database}.* TO {user}"],
            [
                "CREATE ROLE {user}_role",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON {database}.* TO {user}_role",
                "GRANT {user}_role TO {user}",
                "SET DEFAULT ROLE {user}_role FOR {user}",
            ],
        ],
        ids=["global", "database", "wildcard", "mixed", "role"],
    )
    def test_grants_of_mariadb(self, mariadb: Server, rights: list[str]) -> None:
        name, user = mariadb.database(), f"u_{uuid4().hex[:8]}"
        wild = name.replace("_", r"\_")[:-3] + "%"
        statements = [right.format(user=user, database=name, wild=wild) for right in rights]
        engine = create_engine(mariadb.owner(name), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in (f"CREATE USER {user} IDENTIFIED BY 'change-me'", *statements):
                connection.exec_driver_sql(statement.replace("%", "%%"))
        engine.dispose()
        url = mariadb.url(user, name, "change-me")
        assert _lacking(StateURL.parse(url)) == {}

    def test_grant_of_columns_is_enough_on_mariadb(self, mariadb: Server) -> None:
        name = mariadb.database()
        run(
            mariadb.owner(name),
            "REVOKE UPDATE ON resolver_clock FROM resolver_app",
            "GRANT UPDATE (at) ON resolver_clock TO resolver_app",
        )
        assert _lacking(StateURL.parse(mariadb.app(name))) == {}

    def test_rights_that_the_list_leaves_out_are_tried(self, served: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """MySQL's list names roles without their rights; the server still knows them."""
        monkeypatch.setattr("resolver.state.sql.mysql_grants.listed_rights", lambda *_arguments: set())
        assert _lacking(StateURL.parse(str(served.app))) == {}

    def test_server_that_does_not_tell_is_believed_to_give_all(
        self, served: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """`if it cannot be known, do not refuse`."""
        monkeypatch.setattr("resolver.state.sql.rights._POSTGRESQL", "SELECT no_such_function() FROM (VALUES {}) AS n")
        monkeypatch.setattr("resolver.state.sql.mysql_grants._TABLES", text("SELECT no_such_function()"))
        run(served.owner, "REVOKE DELETE ON resolver_outcome FROM resolver_app")
        served.open().close()


@pytest.mark.parametrize(
    ("grants", "rights"),
    [
        (["GRANT USAGE ON *.* TO `a`@`%`"], {"USAGE"}),
        (["GRANT SELECT, INSERT ON `state`.`t` TO `a`@`%`"], {"SELECT", "INSERT"}),
        (["GRANT SELECT ON `state`.`other` TO `a`@`%`"], set()),
        (["GRANT SELECT ON `stat_`.* TO `a`@`%`"], {"SELECT"}),
        ([r"GRANT SELECT ON `stat\_`.* TO `a`@`%`"], set()),
        (["GRANT SELECT ON `%`.* TO `a`@`%`", "GRANT DELETE ON `s%`.* TO `a`@`%`"], {"SELECT", "DELETE"}),
        (["GRANT SELECT (`a`, `b`), UPDATE (`c`) ON `state`.`t` TO `a`@`%`"], {"SELECT", "UPDATE"}),
        (["GRANT ALL PRIVILEGES ON *.* TO `a`@`%` WITH GRANT OPTION"], {"SELECT", "INSERT", "UPDATE", "DELETE"}),
        (["GRANT ALL PRIVILEGES ON *.* TO `a`@`%`", "REVOKE SELECT ON `state`.* FROM `a`@`%`"], set()),
        (["GRANT `reader`@`%` TO `a`@`%`", "GRANT PROXY ON ''@'%' TO 'root'@'localhost'"], set()),
        (["GRANT SELECT ON `st``ate`.* TO `a`@`%`", "GRANT SELECT ON `s.*`.* TO `a`@`%`"], set()),
    ],
)
def test_lines_of_grants(grants: list[str], rights: set[str]) -> None:
    """The forms in which MySQL and MariaDB list grants."""
    assert listed_rights(grants, "state", "t") == rights


def _lacking(url: StateURL) -> dict[str, list[str]]:
    engine = create_engine(url.url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            return lacking_rights(connection, NEEDED)
    finally:
        engine.dispose()


def test_what_the_program_does_needs_no_other_right(served: Place) -> None:
    """With exactly the needed rights, all that a resolver does works; the list is neither too short nor too long."""
    run(served.owner, "REVOKE ALL PRIVILEGES ON resolver_history FROM resolver_app")
    run(served.owner, grants_of({"resolver_history": NEEDED["resolver_history"]}))
    with served.open() as resolver:
        fail(resolver, times=3)
        resolver.lower("layout", "worker_a", "fast")
        assert len(resolver.history(triad="layout")) == 2
    with pytest.raises(SQLAlchemyError):
        run(str(served.app), "DELETE FROM resolver_history")
