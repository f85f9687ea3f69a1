"""A PostgreSQL server."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from glob import glob

from sqlalchemy import Engine, text

from tests.servers.server import ROLE, Server


def as_postgres() -> dict[str, object]:
    """Return options of Popen: PostgreSQL and its pooler refuse to run as root."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


class Postgres(Server):
    name = "postgresql"
    title = "PostgreSQL"
    quickly = signal.SIGINT
    needed: tuple[str, ...] = ("initdb",)

    @staticmethod
    def program(name: str) -> str | None:
        found = sorted(glob(f"/usr/lib/postgresql/*/bin/{name}"))
        return shutil.which(name) or (found[-1] if found else None)

    def as_whom(self) -> dict[str, object]:
        return as_postgres()

    def make(self) -> None:
        self.own_folder()
        self.call("initdb", "-D", str(self.folder / "data"), "-U", "root", "-A", "trust", "-N")

    def own_folder(self) -> None:
        """Give the directory to the user that the server runs as."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self.folder.chmod(0o700)

    def call(self, name: str, *arguments: str) -> None:
        """Run one of the server's programs."""
        command = [str(self.program(name)), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **self.as_whom())  # type: ignore[call-overload]

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
