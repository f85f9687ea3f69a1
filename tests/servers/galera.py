"""A Galera cluster: MariaDB servers that take writes at the same time and agree on their order."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pymysql  # type: ignore[import-untyped]
from sqlalchemy import Engine, create_engine

from tests.servers.mariadb import MariaDB
from tests.servers.server import Server, free_port

LIBRARY = "libgalera_smm.so"
NODES = 3
SECONDS_TO_AGREE = 30.0
TIMES = {
    "keepalive_period": "PT0.5S",
    "inactive_check_period": "PT0.25S",
    "join_retrans_period": "PT0.5S",
    "suspect_timeout": "PT2S",
    "inactive_timeout": "PT4S",
    "install_timeout": "PT4S",
}
"""After two seconds a node that is silent is left out; nodes disagree for ever if these are not in this order."""


class Node(MariaDB):
    """One server of a cluster; with `wsrep_sync_wait=1`, it reads what another node has acknowledged."""

    user = "mysql"  # what rsync receives as root belongs to nobody

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.group, self.copy, self.increment = free_port(), free_port(), free_port()
        self.peers: list[Node] = [self]

    def command(self) -> list[str]:
        groups = ",".join(f"127.0.0.1:{node.group}" for node in self.peers)
        library = Galera.program(LIBRARY)
        provider = {
            "gmcast.listen_addr": f"tcp://127.0.0.1:{self.group}",
            "ist.recv_addr": f"127.0.0.1:{self.increment}",
            "gcache.size": "16M",
            **{f"evs.{name}": value for name, value in TIMES.items()},
        }
        return [
            *super().command(),
            "--innodb-buffer-pool-size=32M",
            "--binlog-format=ROW",
            "--innodb-autoinc-lock-mode=2",
            "--wsrep-on=ON",
            f"--wsrep-provider={library}",
            f"--wsrep-cluster-address=gcomm://{groups}",
            "--wsrep-cluster-name=resolver",
            "--wsrep-node-address=127.0.0.1",
            f"--wsrep-node-name={self.folder.name}",
            "--wsrep-sst-method=rsync",
            f"--wsrep-sst-receive-address=127.0.0.1:{self.copy}",
            "--wsrep-sync-wait=1",
            f"--wsrep-provider-options={';'.join(f'{name}={value}' for name, value in provider.items())}",
        ]

    def is_up(self) -> bool:
        try:
            return self.status("wsrep_local_state_comment") == "Synced"
        except pymysql.Error:
            return False

    def start(self) -> None:
        """Start a node that joins; it gets only what it has missed, where others still know that."""
        self.launch(*self.position())
        self.wait()

    def position(self) -> list[str]:
        """Return the option that says how far the node's data go, which a killed server has not written down."""
        done = subprocess.run([*self.command(), "--wsrep-recover"], capture_output=True, text=True, check=False)
        _, found, rest = done.stderr.partition("WSREP: Recovered position: ")
        return [f"--wsrep-start-position={rest.split()[0]}"] if found else []

    def status(self, name: str) -> str:
        """Return a status variable of the server."""
        ((_, value),) = self.control(f"SHOW STATUS LIKE '{name}'")
        return str(value)

    def control(self, statement: str) -> tuple[tuple[object, ...], ...]:
        """Execute a statement that a node takes even while it is cut off, when it refuses nearly all others."""
        options = {"connect_timeout": 5, "read_timeout": 5, "init_command": "SET SESSION wsrep_sync_wait = 0"}
        with closing(pymysql.connect(host="127.0.0.1", port=self.port, user="root", **options)) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            return tuple(cursor.fetchall())

    def is_primary(self) -> bool:
        """Return whether the node is in the primary component: the part of the cluster that takes writes."""
        try:
            return self.status("wsrep_cluster_status") == "Primary" and self.status("wsrep_ready") == "ON"
        except pymysql.Error:
            return False


class Galera(Server):
    """Three nodes on 127.0.0.1; the hosts of a state use them in turn.

    The owner's URL is the first node's. `stop` and `start` end and start the whole cluster.
    """

    name = "galera"
    title = "MySQL"
    needed = ("mariadbd", LIBRARY, "rsync")

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.nodes = [Node(folder / f"n{at}") for at in range(NODES)]
        for node in self.nodes:
            node.peers = self.nodes
        self.first = self.nodes[0]

    @staticmethod
    def program(name: str) -> str | None:
        if name == LIBRARY:
            found = sorted(str(path) for path in Path("/usr").glob(f"lib*/galera*/{LIBRARY}"))
            return found[-1] if found else None
        return MariaDB.program(name)

    def make(self) -> None:
        self.folder.chmod(0o755)
        for node in self.nodes:
            node.folder.mkdir()
            node.make()

    def start(self) -> None:
        """Start all nodes, with the data of the one that has seen the most."""
        ahead = max(self.nodes, key=_seen)
        state = ahead.folder / "data" / "grastate.dat"
        if state.exists():
            state.write_text(state.read_text().replace("safe_to_bootstrap: 0", "safe_to_bootstrap: 1"))
        ahead.launch("--wsrep-new-cluster", *ahead.position())
        ahead.wait()
        others = [node for node in self.nodes if node is not ahead]
        for node in others:
            node.start()
        self.process = ahead.process

    def stop(self, how: int = signal.SIGKILL) -> None:
        """End all nodes."""
        self.process = None
        for node in self.nodes:
            node.stop(how)

    @contextmanager
    def killed(self, at: int) -> Iterator[None]:
        """Kill a node, and bring it back."""
        self.nodes[at].stop()
        try:
            yield
        finally:
            self.nodes[at].start()
            self.agree()

    @contextmanager
    def cut_off(self, at: int) -> Iterator[None]:
        """Cut a node off from the others as a broken network would; clients still reach it, and it refuses them."""
        node = self.nodes[at]
        node.control("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'")
        try:
            yield
        finally:
            node.control("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'")
            self.agree()

    def primary(self) -> list[int]:
        """Return the numbers of the nodes in the primary component."""
        return [at for at, node in enumerate(self.nodes) if node.process is not None and node.is_primary()]

    def agree(self) -> None:
        """Wait until all nodes are in the primary component."""
        end = time.monotonic() + SECONDS_TO_AGREE
        while len(self.primary()) < NODES:
            assert time.monotonic() < end, f"only {self.primary()} are in the primary component"
            time.sleep(0.1)

    def url(self, user: str, database: str, password: str = "") -> str:
        return self.first.url(user, database, password)

    @property
    def root(self) -> str:
        return self.first.root

    def owner(self, name: str) -> str:
        return self.first.owner(name)

    def apps(self, name: str) -> tuple[str, ...]:
        return tuple(node.app(name) for node in self.nodes)

    def cut(self, engine: Engine) -> None:
        """End the connections of everybody else, at every node."""
        self.first.cut(engine)
        for node in self.nodes[1:]:
            if node.process is not None:
                other = create_engine(node.root)
                node.cut(other)
                other.dispose()


def _seen(node: Node) -> int:
    """Return how many transactions are in a node's data; none if it has never been in a cluster."""
    (option,) = node.position() or ("",)
    number = option.rpartition(":")[2].partition(",")[0]
    return int(number) if number.lstrip("-").isdigit() else -1
