"""A database server that tests start for themselves: on 127.0.0.1, with its data in a directory of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from resolver.facade.opening import migrate_state
from tests.processes import ROOT

ROLE, PASSWORD = "resolver_app", "change-me"
TABLES = ("resolver_subject", "resolver_history", "resolver_outcome")


def free_port() -> int:
    """Return a port of 127.0.0.1 that no program listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class Server:
    """A server of one kind; `owner` and `app` are the URLs of a database for its owner and for the program."""

    name = ""
    title = ""
    quickly: int = signal.SIGKILL
    """The signal after which the server ends without waiting for its clients."""

    needed: tuple[str, ...] = ()
    """The programs without which there is no server of this kind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def program(name: str) -> str | None:
        """Return the path of a program of this kind of server; None if it is not installed."""
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def url(self, user: str, database: str, password: str = "") -> str:
        raise NotImplementedError

    def make(self) -> None:
        raise NotImplementedError

    def start(self) -> None:
        self.launch()
        self.wait()

    def launch(self, *options: str) -> None:
        """Start the server, and do not wait for it."""
        with (self.folder / "log").open("ab") as log:
            command = [*self.command(), *options]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **self.as_whom())  # type: ignore[call-overload]

    def wait(self) -> None:
        """Wait until the server is up, a minute at most."""
        end = time.monotonic() + 60
        while not self.is_up():
            assert self.process is not None
            assert self.process.poll() is None, (self.folder / "log").read_text(errors="replace")[-2000:]
            assert time.monotonic() < end, "the server does not start"
            time.sleep(0.1)

    def is_up(self) -> bool:
        engine = create_engine(self.root)
        try:
            with engine.connect():
                return True
        except SQLAlchemyError:
            return False
        finally:
            engine.dispose()

    def stop(self, how: int = signal.SIGKILL) -> None:
        """End the server; by default as a power cut would, which leaves none of its processes to answer once more."""
        process, self.process = self.process, None
        if process is None:
            return
        children: list[int] = []
        if how == signal.SIGKILL and process.poll() is None:
            process.send_signal(signal.SIGSTOP)  # first, so that it starts no more of them
            children = _children(process.pid)
        process.send_signal(how)
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, how)
        process.wait(60)
        end = time.monotonic() + 60
        while not all(map(_is_stopped, children)):
            assert time.monotonic() < end, "a process of the server does not end"
            time.sleep(0.001)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop every process of the server as a stalled disk would: it accepts connections, and does not answer."""
        assert self.process is not None
        pid = self.process.pid
        os.kill(pid, signal.SIGSTOP)  # first, so that it starts no more of them
        pids = [pid, *_children(pid)]
        try:
            for child in pids[1:]:
                os.kill(child, signal.SIGSTOP)
            while not all(map(_is_stopped, pids)):
                time.sleep(0.001)
            yield
        finally:
            for stopped in reversed(pids):
                with suppress(ProcessLookupError):
                    os.kill(stopped, signal.SIGCONT)

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

    def apps(self, name: str) -> tuple[str, ...]:
        """Return the URLs of a database for the program, which its hosts use in turn."""
        return (self.app(name),)

    def cut(self, engine: Engine) -> None:
        """End the connections of everybody else."""
        raise NotImplementedError

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

    def ask(self, url: str, query: str) -> list[tuple[object, ...]]:
        """Return the rows of a query."""
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(query))]
        finally:
            engine.dispose()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _is_stopped(pid: int) -> bool:
    """Return whether no thread of a process runs any more."""
    states = set()
    for path in Path(f"/proc/{pid}/task").glob("*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            states.add(path.read_text().rpartition(")")[2].split()[0])
    return states <= {"T", "Z", "X"}


def clean(url: str) -> None:
    """Take out all that was learned; `url` is the owner's."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("UPDATE resolver_clock SET at = 0"))
        connection.execute(text("UPDATE resolver_setting SET value = 0"))
    engine.dispose()
