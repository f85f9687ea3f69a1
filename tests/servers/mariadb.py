"""A MariaDB server."""

from __future__ import annotations

import os
import shutil
import subprocess

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from tests.servers.server import ROLE, Server


class MariaDB(Server):
    name = "mariadb"
    title = "MySQL"
    needed = ("mariadbd",)
    user = "root"
    """The user that the server runs as if the tests run as root."""

    @staticmethod
    def program(name: str) -> str | None:
        return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")

    def make(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.folder, self.user)
        install = [str(shutil.which("mariadb-install-db")), "--no-defaults", f"--datadir={self.folder / 'data'}"]
        root = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        # A server deletes the temporary tables of others, even running ones, when it starts in the same directory.
        environment = {**os.environ, "TMPDIR": str(self.folder)}
        subprocess.run([*install, *self.whom(), *root], check=True, capture_output=True, env=environment)

    def whom(self) -> list[str]:
        return [f"--user={self.user}"] if os.geteuid() == 0 else []

    def command(self) -> list[str]:
        listen = ["--bind-address=127.0.0.1", f"--port={self.port}", f"--socket={self.folder / 's'}"]
        small = ["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=2", "--skip-log-bin"]
        data = ["--no-defaults", f"--datadir={self.folder / 'data'}", f"--pid-file={self.folder / 'pid'}"]
        data.append(f"--tmpdir={self.folder}")
        return [str(self.program("mariadbd")), *data, *self.whom(), *listen, *small]

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
