"""Database servers that tests start for themselves, each kind in a module of its own.

Where no server is installed the tests that need one are skipped, with one line that says so; they fail instead if
`RESOLVER_TEST_SERVERS` is `required`, as it is in CI.
"""

from tests.servers.galera import Galera
from tests.servers.mariadb import MariaDB
from tests.servers.pgbouncer import PgBouncer
from tests.servers.postgres import Postgres
from tests.servers.replicated import Replicated
from tests.servers.running import running, skip_or_fail
from tests.servers.server import PASSWORD, ROLE, TABLES, Server, clean

__all__ = [
    "PASSWORD",
    "ROLE",
    "TABLES",
    "Galera",
    "MariaDB",
    "PgBouncer",
    "Postgres",
    "Replicated",
    "Server",
    "clean",
    "running",
    "skip_or_fail",
]
