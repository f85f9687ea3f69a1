"""PostgreSQL with a streaming standby, which can fall behind and be promoted."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from sqlalchemy import Engine

from tests.servers.postgres import Postgres
from tests.servers.server import PASSWORD, ROLE

SECONDS_TO_CATCH_UP = 30.0


class Replicated(Postgres):
    """A primary with an asynchronous standby; the program's URL names both, and asks for the one that takes writes.

    It is for one failover: `fall_behind`, `fail` and `promote`, in this order.
    """

    name = "replicated"
    needed = ("initdb", "pg_basebackup", "pg_ctl")

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.primary = Postgres(folder / "primary")
        self.standby = Postgres(folder / "standby")
        self.promoted = False

    def make(self) -> None:
        self.folder.chmod(0o755)
        for server in (self.primary, self.standby):
            server.folder.mkdir()
        self.primary.make()
        self.standby.own_folder()
        with (self.primary.folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write("host replication all 127.0.0.1/32 trust\n")

    def start(self) -> None:
        """Start the servers; a standby is made from the primary at the first start."""
        if self.promoted:
            self.standby.start()
            return
        self.primary.start()
        data = self.standby.folder / "data"
        if not data.exists():
            where = ["-D", str(data), "-h", "127.0.0.1", "-p", str(self.primary.port), "-U", "root"]
            self.primary.call("pg_basebackup", *where, "-R", "-X", "stream", "-c", "fast")
        self.standby.start()

    def stop(self, how: int = signal.SIGKILL) -> None:
        """End both servers."""
        for server in (self.primary, self.standby):
            server.stop(how)

    def catch_up(self) -> None:
        """Wait until the standby has all that the primary has."""
        ((wanted,),) = self.ask(self.primary.root, "SELECT pg_current_wal_lsn()::text")
        end = time.monotonic() + SECONDS_TO_CATCH_UP
        query = f"SELECT pg_last_wal_replay_lsn() >= '{wanted}'::pg_lsn"
        while self.ask(self.standby.root, query) != [(True,)]:
            assert time.monotonic() < end, "the standby does not catch up"
            time.sleep(0.05)

    def fall_behind(self) -> None:
        """Let the standby have all so far, and nothing that the primary acknowledges from now on."""
        self.catch_up()
        self.run(self.standby.root, "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
        end = time.monotonic() + SECONDS_TO_CATCH_UP
        while self.ask(self.standby.root, "SELECT count(*) FROM pg_stat_wal_receiver") != [(0,)]:
            assert time.monotonic() < end, "the standby still follows"
            time.sleep(0.05)

    def fail(self) -> None:
        """End the primary as a power cut would, for ever."""
        self.primary.stop()

    def promote(self) -> None:
        """Let the standby take writes."""
        self.standby.call("pg_ctl", "promote", "-w", "-D", str(self.standby.folder / "data"))
        self.promoted = True

    @property
    def now(self) -> Postgres:
        """The server that takes writes."""
        return self.standby if self.promoted else self.primary

    def url(self, user: str, database: str, password: str = "") -> str:
        return self.now.url(user, database, password)

    @property
    def root(self) -> str:
        return self.now.root

    def owner(self, name: str) -> str:
        return self.now.owner(name)

    def app(self, name: str) -> str:
        hosts = "&".join(f"host=127.0.0.1:{server.port}" for server in (self.primary, self.standby))
        return f"postgresql+psycopg://{ROLE}:{PASSWORD}@/{name}?{hosts}&target_session_attrs=read-write"

    def cut(self, engine: Engine) -> None:
        self.now.cut(engine)
