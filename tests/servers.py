"""Database servers that tests start for themselves: on 127.0.0.1, with their data in a directory of their own.

Where no server is installed the tests that need one are skipped, with one line that says so; they fail instead if
`RESOLVER_TEST_SERVERS` is `required`, as it is in CI.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from resolver.facade.opening import migrate_state
from tests.processes import ROOT

ROLE, PASSWORD = "resolver_app", "change-me"
TABLES = ("resolver_subject", "resolver_history", "resolver_outcome")


class Server:
    """A server of one kind; `owner` and `app` are the URLs of a database for its owner and for the program."""

    name = ""
    title = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def url(self, user: str, database: str, password: str = "") -> str:
        raise NotImplementedError

    def make(self) -> None:
        raise NotImplementedError

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, **self.as_whom())  # type: ignore[call-overload]
        engine, end = create_engine(self.root), time.monotonic() + 60
        while True:
            try:
                with engine.connect():
                    break
            except SQLAlchemyError:
                assert self.process is not None
                assert self.process.poll() is None, (self.folder / "log").read_text(errors="replace")[-2000:]
                assert time.monotonic() < end, "the server does not start"
                time.sleep(0.1)
        engine.dispose()

    def stop(self, how: int = signal.SIGKILL) -> None:
        """End the server; by default as a power cut would."""
        process, self.process = self.process, None
        if process is not None:
            process.send_signal(how)
            process.wait(60)

    def as_whom(self) -> dict[str, object]:
        return {}

    @property
    def root(self) -> str:
        raise NotImplementedError

    def database(self) -> str:
        """Make a database with the tables of a state, and return its name."""
        name = f"state_{uuid4().hex[:12]}"
        self.run(self.root, f"CREATE DATABASE {name}")
        migrate_state(self.owner(name))
        self.run(self.owner(name), *self.rights())
        return name

    def owner(self, name: str) -> str:
        raise NotImplementedError

    def app(self, name: str) -> str:
        return self.url(ROLE, name, PASSWORD)

    def rights(self) -> list[str]:
        """The statements that docs/operations.md has for this kind of server."""
        page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
        found = re.search(rf"^{self.title}.*?```sql\n(.*?)```", page, re.DOTALL | re.MULTILINE)
        assert found
        return [line.strip() for line in found[1].split(";") if line.strip()]

    def run(self, url: str, *statements: str) -> None:
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                try:
                    connection.execute(text(statement))
                except SQLAlchemyError:
                    if not statement.startswith(("CREATE ROLE", "CREATE USER")):
                        raise
        engine.dispose()


class Postgres(Server):
    name = "postgresql"
    title = "PostgreSQL"

    @staticmethod
    def program(name: str) -> str | None:
        found = sorted(glob(f"/usr/lib/postgresql/*/bin/{name}"))
        return shutil.which(name) or (found[-1] if found else None)

    def as_whom(self) -> dict[str, object]:
        return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}

    def make(self) -> None:
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(self.folder, "postgres", "postgres")
        self.folder.chmod(0o700)
        initdb = [str(self.program("initdb")), "-D", str(self.folder / "data"), "-U", "root", "-A", "trust", "-N"]
        subprocess.run(initdb, check=True, capture_output=True, cwd="/", **self.as_whom())  # type: ignore[call-overload]

    def command(self) -> list[str]:
        listen = ["-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder)]
        return [str(self.program("postgres")), "-D", str(self.folder / "data"), *listen, "-F"]

    def url(self, user: str, database: str, password: str = "") -> str:
        return f"postgresql+psycopg://{user}{':' + password if password else ''}@127.0.0.1:{self.port}/{database}"

    @property
    def root(self) -> str:
        return self.url("root", "postgres")

    def owner(self, name: str) -> str:
        return self.url("root", name)

    def cut(self, engine: Engine) -> None:
        """End the connections of everybody else."""
        with engine.connect() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :role"), {"role": ROLE}
            )


class MariaDB(Server):
    name = "mariadb"
    title = "MySQL"

    @staticmethod
    def program(name: str) -> str | None:
        return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")

    def make(self) -> None:
        install = [str(shutil.which("mariadb-install-db")), "--no-defaults", f"--datadir={self.folder / 'data'}"]
        whom = ["--user=root"] if os.geteuid() == 0 else []
        root = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run([*install, *whom, *root], check=True, capture_output=True)

    def command(self) -> list[str]:
        whom = ["--user=root"] if os.geteuid() == 0 else []
        listen = ["--bind-address=127.0.0.1", f"--port={self.port}", f"--socket={self.folder / 's'}"]
        small = ["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=2", "--skip-log-bin"]
        data = ["--no-defaults", f"--datadir={self.folder / 'data'}", f"--pid-file={self.folder / 'pid'}"]
        return [str(self.program("mariadbd")), *data, *whom, *listen, *small]

    def url(self, user: str, database: str, password: str = "") -> str:
        return f"mysql+pymysql://{user}{':' + password if password else ''}@127.0.0.1:{self.port}/{database}"

    @property
    def root(self) -> str:
        return self.url("root", "mysql")

    def owner(self, name: str) -> str:
        return self.url("root", name)

    def cut(self, engine: Engine) -> None:
        """End the connections of everybody else."""
        with engine.connect() as connection:
            found = connection.execute(
                text("SELECT id FROM information_schema.processlist WHERE user = :role"), {"role": ROLE}
            )
            for (number,) in found.all():
                try:
                    connection.execute(text(f"KILL {number}"))
                except SQLAlchemyError:  # it has ended by itself
                    connection.rollback()


NEEDED = {Postgres: "initdb", MariaDB: "mariadbd"}


def skip_or_fail(why: str) -> NoReturn:
    """Skip a test that needs a program which is not installed; fail where all of them must be."""
    if os.environ.get("RESOLVER_TEST_SERVERS") == "required":
        pytest.fail(why)
    pytest.skip(why)


@contextmanager
def running(kind: type[Postgres] | type[MariaDB]) -> Iterator[Postgres | MariaDB]:
    """A server of this kind, until the end; skips where none is installed."""
    if kind.program(NEEDED[kind]) is None:
        skip_or_fail(f"no {kind.name} server is installed: `{NEEDED[kind]}` is not found")
    folder = Path(tempfile.mkdtemp(prefix="rs"))  # a short path, for a socket's name must be short
    server = kind(folder)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def clean(url: str) -> None:
    """Take out all that was learned; `url` is the owner's."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("UPDATE resolver_clock SET at = 0"))
    engine.dispose()
