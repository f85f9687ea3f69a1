"""A PgBouncer in transaction mode, before a PostgreSQL server of its own."""

from __future__ import annotations

import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from tests.servers.postgres import Postgres, as_postgres
from tests.servers.server import PASSWORD, ROLE, Server

SETTINGS = """
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {pool}
max_client_conn = 1000
server_login_retry = 1
server_idle_timeout = 3
"""


class PgBouncer(Server):
    """A pooler with `pool` connections; the owner's URLs go to the server behind it, the program's to the pooler."""

    name = "pgbouncer"
    title = "PostgreSQL"
    needed = ("pgbouncer", *Postgres.needed)
    quickly = signal.SIGINT
    pool = 20

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.behind = Postgres(folder / "behind")

    @staticmethod
    def program(name: str) -> str | None:
        return shutil.which(name) or shutil.which(name, path="/usr/sbin") or Postgres.program(name)

    def as_whom(self) -> dict[str, object]:
        return as_postgres()

    def make(self) -> None:
        (self.folder / "behind").mkdir()
        for folder in (self.folder, self.folder / "behind"):
            folder.chmod(0o755)
        settings = SETTINGS.format(port=self.port, server=self.behind.port, folder=self.folder, pool=self.pool)
        (self.folder / "settings").write_text(settings)
        (self.folder / "users").write_text(f'"{ROLE}" "{PASSWORD}"\n')
        self.behind.make()

    def command(self) -> list[str]:
        return [str(self.program("pgbouncer")), "-q", str(self.folder / "settings")]

    def start(self) -> None:
        if self.behind.process is None:
            self.behind.start()
        super().start()

    def is_up(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def stop(self, how: int = signal.SIGKILL) -> None:
        """End the pooler, and the server behind it."""
        super().stop(signal.SIGKILL)
        self.behind.stop(how)

    @contextmanager
    def away(self) -> Iterator[None]:
        """End the pooler, and bring it back; the server behind it goes on."""
        super().stop()
        try:
            yield
        finally:
            super().start()

    def url(self, user: str, database: str, password: str = "") -> str:
        return f"postgresql+psycopg://{user}{':' + password if password else ''}@127.0.0.1:{self.port}/{database}"

    @property
    def root(self) -> str:
        return self.behind.root

    def owner(self, name: str) -> str:
        return self.behind.owner(name)

    def cut(self, engine: Engine) -> None:
        """End the connections of the pooler to the server."""
        self.behind.cut(engine)
