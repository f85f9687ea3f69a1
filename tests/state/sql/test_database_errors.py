"""Errors of real servers are classified by their codes, and messages say what to do."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
    TimeoutError,
)

from resolver import ResolverError
from resolver.state.sql.database_errors import ErrorKind, is_missing, kind_of, to_resolver_error
from resolver.state.sql.state_url import DatabaseDefectError, DatabaseRefusedError, DatabaseUnavailableError, StateURL
from tests.servers import PASSWORD, ROLE, MariaDB, Postgres, running

SERVERS: dict[str, type[Postgres] | type[MariaDB]] = {"postgresql": Postgres, "mariadb": MariaDB}
WRONG = "s3cr3t-wrong"


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[Postgres | MariaDB]:
    """A server of these tests alone: they limit and stop it."""
    with running(SERVERS[request.param]) as found:
        yield found


@pytest.fixture(scope="module")
def name(server: Postgres | MariaDB) -> str:
    return server.database()


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    engine = StateURL.parse(url).engine()
    yield engine
    engine.dispose()


def failed(url: str, use: Callable[[Connection], Any]) -> tuple[SQLAlchemyError, ResolverError]:
    """Return what SQLAlchemy raises while a connection is made and used, and what a caller gets."""
    with pytest.raises(SQLAlchemyError) as caught, engine_of(url) as engine, engine.connect() as connection:
        use(connection)
    return caught.value, to_resolver_error(StateURL.parse(url), caught.value)


def run(statement: str) -> Callable[[Connection], Any]:
    return lambda connection: connection.execute(text(statement))


def check(url: str, use: Callable[[Connection], Any], kind: ErrorKind, *words: str) -> None:
    error, raised = failed(url, use)
    assert kind_of(error) is kind, error
    classes = {ErrorKind.REFUSED: DatabaseRefusedError, ErrorKind.DEFECT: DatabaseDefectError}
    assert type(raised) is classes.get(kind, DatabaseUnavailableError)
    for word in words:
        assert word in str(raised)
    for secret in (PASSWORD, WRONG):
        assert secret not in str(raised)


class TestRefused:
    """`A wrong password is not "away"`."""

    def test_wrong_password(self, server: Postgres | MariaDB, name: str) -> None:
        with password_required(server):
            words = "check the password, which is in the state's URL"
            check(server.url(ROLE, name, WRONG), run("SELECT 1"), ErrorKind.REFUSED, words)
            check(server.url(ROLE, name), run("SELECT 1"), ErrorKind.REFUSED, "check the password, ", "has none")

    def test_unknown_user(self, server: Postgres | MariaDB, name: str) -> None:
        check(server.url("nobody", name, WRONG), run("SELECT 1"), ErrorKind.REFUSED, "; check the ")

    def test_unknown_database(self, server: Postgres | MariaDB) -> None:
        words = "create the database, or correct its name"
        check(server.owner("nowhere"), run("SELECT 1"), ErrorKind.REFUSED, words)

    def test_no_right_to_connect(self, server: Postgres | MariaDB) -> None:
        server.run(server.root, "CREATE DATABASE closed")
        if isinstance(server, Postgres):
            server.run(server.root, "REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
        words = "the owner of the database gives the right to connect"
        check(server.app("closed"), run("SELECT 1"), ErrorKind.REFUSED, words)

    def test_role_that_may_not_log_in(self, server: Postgres | MariaDB, name: str) -> None:
        lock, unlock = (
            (f"ALTER ROLE {ROLE} NOLOGIN", f"ALTER ROLE {ROLE} LOGIN")
            if isinstance(server, Postgres)
            else (f"ALTER USER {ROLE} ACCOUNT LOCK", f"ALTER USER {ROLE} ACCOUNT UNLOCK")
        )
        server.run(server.root, lock)
        try:
            check(server.app(name), run("SELECT 1"), ErrorKind.REFUSED, "; check the user in the state's URL")
        finally:
            server.run(server.root, unlock)

    def test_tls_that_the_server_lacks(self, server: Postgres | MariaDB, name: str) -> None:
        option = "sslmode=require" if isinstance(server, Postgres) else "ssl_verify_cert=true"
        check(f"{server.app(name)}?{option}", run("SELECT 1"), ErrorKind.REFUSED, "check the options for TLS")


class TestDefects:
    """`A missing right, a missing table is not "away"`."""

    def test_missing_right(self, server: Postgres | MariaDB, name: str) -> None:
        error, raised = failed(server.app(name), run("DELETE FROM resolver_clock"))
        assert kind_of(error) is ErrorKind.DEFECT
        assert "GRANT " in str(raised)
        assert "ON resolver_clock TO resolver_app" in str(raised)

    def test_missing_table(self, server: Postgres | MariaDB, name: str) -> None:
        error, _ = failed(server.owner(name), run("SELECT * FROM resolver_nothing"))
        assert is_missing(error)
        check(server.owner(name), run("SELECT * FROM resolver_nothing"), ErrorKind.DEFECT, "`resolver state migrate`")

    def test_missing_column(self, server: Postgres | MariaDB, name: str) -> None:
        words = "`resolver state migrate` brings the tables"
        check(server.app(name), run("SELECT nothing FROM resolver_clock"), ErrorKind.DEFECT, words)

    def test_wrong_statement(self, server: Postgres | MariaDB, name: str) -> None:
        check(server.app(name), run("SELEC 1"), ErrorKind.DEFECT)


class TestAway:
    """What passes by itself is away; the program tries again."""

    def test_no_server(self, server: Postgres | MariaDB) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = make_url(server.app("x")).set(port=free.getsockname()[1]).render_as_string(hide_password=False)
            check(url, run("SELECT 1"), ErrorKind.AWAY)
        check(
            make_url(url).set(host="no.such.host.invalid").render_as_string(hide_password=False),
            run("SELECT 1"),
            ErrorKind.AWAY,
        )

    def test_killed_session(self, server: Postgres | MariaDB, name: str) -> None:
        def use(connection: Connection) -> None:
            connection.execute(text("SELECT 1"))
            owner = create_engine(server.owner(name))
            server.cut(owner)
            owner.dispose()
            connection.execute(text("SELECT 1"))

        check(server.app(name), use, ErrorKind.AWAY)

    def test_statement_that_takes_too_long(self, server: Postgres | MariaDB, name: str) -> None:
        limit = "SET statement_timeout = '0.1s'" if isinstance(server, Postgres) else "SET max_statement_time = 0.1"
        sleep = (
            "SELECT pg_sleep(3)" if isinstance(server, Postgres) else "SELECT sleep(3) FROM information_schema.tables"
        )

        def use(connection: Connection) -> None:
            connection.execute(text(limit))
            connection.execute(text(sleep))

        check(server.app(name), use, ErrorKind.AWAY)

    def test_read_only(self, server: Postgres | MariaDB, name: str) -> None:
        write = "UPDATE resolver_clock SET at = at"
        if isinstance(server, Postgres):
            server.run(server.root, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        else:
            server.run(server.root, "SET GLOBAL read_only = 1")
        try:
            check(server.app(name), run(write), ErrorKind.AWAY, "read-only")
        finally:
            if isinstance(server, Postgres):
                server.run(server.root, f"ALTER DATABASE {name} RESET default_transaction_read_only")
            else:
                server.run(server.root, "SET GLOBAL read_only = 0")

    def test_too_many_connections(self, server: Postgres | MariaDB, name: str) -> None:
        if isinstance(server, Postgres):
            limit, free = f"ALTER ROLE {ROLE} CONNECTION LIMIT 1", f"ALTER ROLE {ROLE} CONNECTION LIMIT -1"
        else:
            limit, free = "SET GLOBAL max_connections = 10", "SET GLOBAL max_connections = 100"
        server.run(server.root, limit)
        try:
            with engine_of(server.app(name)) as engine:
                opened: list[Connection] = []
                with pytest.raises(SQLAlchemyError) as caught:
                    opened.extend(engine.connect() for _ in range(15))
                raised = to_resolver_error(StateURL.parse(server.app(name)), caught.value)
                del opened
        finally:
            with engine_of(server.root) as engine, engine.connect() as connection:
                connection.execute(text(free))
        assert kind_of(caught.value) is ErrorKind.FULL
        assert isinstance(raised, DatabaseUnavailableError)
        assert "allow the server more connections" in str(raised)

    @pytest.mark.slow
    def test_server_that_is_stopped_meanwhile(self, server: Postgres | MariaDB, name: str) -> None:
        def use(connection: Connection) -> None:
            connection.execute(text("SELECT 1"))
            server.stop(signal.SIGKILL)
            connection.execute(text("SELECT 1"))

        try:
            check(server.app(name), use, ErrorKind.AWAY)
        finally:
            server.start()


class TestConflicts:
    """A transaction that another one is in the way of is tried again."""

    @pytest.mark.slow
    def test_lock_that_is_held(self, server: Postgres | MariaDB, name: str) -> None:
        def use(connection: Connection) -> None:
            limit = "SET lock_timeout = '0.2s'" if isinstance(server, Postgres) else "SET innodb_lock_wait_timeout = 1"
            connection.execute(text(limit))
            connection.execute(text("UPDATE resolver_clock SET at = at + 0"))

        owner = create_engine(server.owner(name))
        with owner.connect() as holder, holder.begin():
            holder.execute(text("UPDATE resolver_clock SET at = at + 1"))
            check(server.app(name), use, ErrorKind.CONFLICT, "other processes are in the way")
            holder.rollback()
        owner.dispose()

    @pytest.mark.slow
    def test_deadlock(self, server: Postgres | MariaDB, name: str) -> None:
        server.run(
            server.owner(name), "CREATE TABLE two (id INT PRIMARY KEY, n INT)", "INSERT INTO two VALUES (1, 0), (2, 0)"
        )
        owner = create_engine(server.owner(name))
        both, kinds = threading.Barrier(2), []

        def cross(first: int, second: int) -> None:
            with owner.connect() as connection:
                try:
                    connection.execute(text(f"UPDATE two SET n = n + 1 WHERE id = {first}"))
                    both.wait(10)
                    connection.execute(text(f"UPDATE two SET n = n + 1 WHERE id = {second}"))
                    connection.commit()
                except SQLAlchemyError as error:
                    kinds.append(kind_of(error))

        threads = [threading.Thread(target=cross, args=pair) for pair in ((1, 2), (2, 1))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        owner.dispose()
        assert kinds == [ErrorKind.CONFLICT]


def test_limits_of_a_session_are_those_of_the_deadline(server: Postgres | MariaDB, name: str) -> None:
    """The first statements of a connection are valid, and limit what a frozen host can hold."""
    with engine_of(f"{server.app(name)}?deadline=2.5") as engine, engine.connect() as connection:
        if isinstance(server, Postgres):
            assert connection.execute(text("SHOW application_name")).scalar_one() == "resolver"
            return
        asked = text("SELECT @@innodb_lock_wait_timeout, @@idle_transaction_timeout, @@autocommit")
        assert tuple(connection.execute(asked).one()) == (3, 3, 1)


@contextmanager
def password_required(server: Postgres | MariaDB) -> Iterator[None]:
    """Let PostgreSQL ask for passwords, which it does not in tests."""
    if not isinstance(server, Postgres):
        yield
        return
    file = server.folder / "data" / "pg_hba.conf"
    before = file.read_text(encoding="utf-8")
    file.write_text(f"host all {ROLE} all scram-sha-256\n{before}", encoding="utf-8")
    server.run(server.root, "SELECT pg_reload_conf()")
    try:
        yield
    finally:
        file.write_text(before, encoding="utf-8")
        server.run(server.root, "SELECT pg_reload_conf()")


class Answer(Exception):  # noqa: N818  what a driver raises
    """An error of a driver: with a state as PostgreSQL has it, or a number as MySQL has it."""

    def __init__(self, code: str | int | None, words: str = "said") -> None:
        super().__init__(*([code, words] if isinstance(code, int) else [words]))
        self.sqlstate = code if isinstance(code, str) or code is None else "HY000"  # newer PyMySQL has both


CODES: list[tuple[ErrorKind, list[str | int]]] = [
    (ErrorKind.CONFLICT, ["40001", "40P01", "55P03", 1205, 1213, 1180, 3101, 3572, 8002, 8022, 8028, 9007]),
    (ErrorKind.FULL, ["53000", "53100", "53200", "53300", 1040, 1203, 1226, 1021]),
    (ErrorKind.AWAY, ["08000", "08006", "08P01", "57014", "57P01", "57P03", "58030", "25006", "25P03", "25P04"]),
    (ErrorKind.AWAY, [1047, 1053, 1077, 1079, 1129, 1290, 1317, 1836, 1927, 1969, 3024, 2002, 2003, 2006, 2013, 3100]),
    (ErrorKind.REFUSED, ["28000", "28P01", "3D000", 1045, 1049, 1130, 1251, 1698, 1862, 4151]),
    (
        ErrorKind.DEFECT,
        ["42501", "42P01", "42703", "22001", "0A000", "XX000", 1044, 1142, 1143, 1146, 1054, 1370, 1064],
    ),
    (ErrorKind.DEFECT, [1153, 1366, 1406, 99999]),
]


@pytest.mark.parametrize(("kind", "code"), [(kind, code) for kind, codes in CODES for code in codes])
def test_codes_of_statements(kind: ErrorKind, code: str | int) -> None:
    """An error is classified by its code, not by the class that a driver has chosen for it."""
    for error in (OperationalError, ProgrammingError, DataError):
        assert kind_of(error("SELECT 1", {}, Answer(code))) is kind


@pytest.mark.parametrize("code", ["42501", 1044])
def test_missing_right_while_connecting_is_a_refusal(code: str | int) -> None:
    assert kind_of(OperationalError(None, None, Answer(code))) is ErrorKind.REFUSED


def test_lost_connections_are_away_whatever_the_error() -> None:
    error = DBAPIError("SELECT 1", {}, Answer(99999), connection_invalidated=True)
    assert kind_of(error) is ErrorKind.AWAY
    assert kind_of(InterfaceError("SELECT 1", {}, Answer(0, ""))) is ErrorKind.AWAY
    assert kind_of(TimeoutError()) is ErrorKind.AWAY


PG = 'connection failed: connection to server at "127.0.0.1", port 5432 failed: '
TEXTS = [
    (ErrorKind.REFUSED, 'FATAL:  password authentication failed for user "app"'),
    (
        ErrorKind.REFUSED,
        'FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "app", database "state", no encryption',
    ),
    (ErrorKind.REFUSED, 'FATAL:  database "state" does not exist'),
    (ErrorKind.REFUSED, 'FATAL:  role "app" does not exist'),
    (ErrorKind.REFUSED, "fe_sendauth: no password supplied"),
    (ErrorKind.REFUSED, "server does not support SSL, but SSL was required"),
    (ErrorKind.REFUSED, "SSL error: certificate verify failed"),
    (ErrorKind.REFUSED, "FATAL:  no such database: state"),
    (ErrorKind.FULL, "FATAL:  sorry, too many clients already"),
    (ErrorKind.FULL, "FATAL:  no more connections allowed (max_client_conn)"),
    (ErrorKind.FULL, "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute"),
    (ErrorKind.AWAY, "FATAL:  the database system is starting up"),
    (ErrorKind.AWAY, "Connection refused"),
    (ErrorKind.AWAY, "FATAL:  query_wait_timeout"),
]


@pytest.mark.parametrize(("kind", "words"), TEXTS)
def test_texts_of_postgresql_while_connecting(kind: ErrorKind, words: str) -> None:
    error = OperationalError(None, None, Answer(None, f"{PG}{words}"))
    assert kind_of(error) is kind
    raised = str(to_resolver_error(StateURL.parse("postgresql://app@127.0.0.1/state"), error))
    if "FATAL:  " in words:
        assert raised.startswith(f"cannot use `postgresql://127.0.0.1/state`: {words[8:]}")


def test_errors_of_sqlite(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path / 'state.db'}"
    check(url, run("SELECT * FROM absent"), ErrorKind.DEFECT, "`resolver state migrate`")
    check(f"sqlite:///{tmp_path}/none/state.db", run("SELECT 1"), ErrorKind.AWAY)
    with engine_of(url) as engine, engine.connect() as connection:
        connection.execute(text("BEGIN IMMEDIATE"))
        check(f"{url}?deadline=0.1", run("BEGIN IMMEDIATE"), ErrorKind.CONFLICT)
