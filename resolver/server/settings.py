"""The settings of a server: its address, its tokens, the names of its host, and its limits."""

from __future__ import annotations

import ipaddress

from resolver.diagnostics import ResolverError
from resolver.frozen import frozen

LARGEST_BODY = 1 << 20  # bytes of the body of a request
MOST_BUFFERED = 64 << 20  # bytes of the bodies of all requests that are being received
MOST_DECISIONS = 1_000  # requests in one body that are decided
MOST_OUTCOMES = 100  # outcomes in one body
MOST_EVENTS = 1_000  # events of the history in one answer
MOST_LISTENERS = 100  # programs at a time that listen for events
MOST_CALLS = 64  # calls at a time that may wait for a disk, a database or a proof
MOST_PROOFS = 2  # policies at a time that are proven or compared
SECONDS_TO_PROVE = 30.0  # seconds for which a policy is proven or compared
SECONDS_FOR_HEAD = (
    10.0  # seconds in which a client sends the head of a request
)
SECONDS_FOR_BODY = 10.0  # seconds in which a client sends the body of a request
SECONDS_TO_READ = 10.0  # seconds in which a client takes an answer before the next part of it can be sent
SECONDS_IDLE = 60  # seconds for which a connection is kept without a request
LARGEST_HEAD = 64 << 10  # bytes of the head of a request
SECONDS_TO_STOP = 30  # seconds for which a server that stops waits for answers


@frozen
class Settings:
    """What a server accepts.

    Args:
        address: The address to listen on.
        port: The port; 0 means any that is free.
        tokens: Each gives access to all but `admin`; none means that no token is needed.
        admin_tokens: Each gives access to all; with none, no call can lower or restore an entry.
        hosts: Names by which clients may call the host, in lower case, beside the address itself.

    """

    address: str = "127.0.0.1"
    port: int = 8181
    tokens: tuple[str, ...] = ()
    admin_tokens: tuple[str, ...] = ()
    hosts: frozenset[str] = frozenset()

    def check(self) -> None:
        """Raise ResolverError if other hosts could call the server without a token."""
        if not self.is_local and not self.tokens:
            message = f"`{self.address}` can be reached from other hosts; --token-file says who may call"
            raise ResolverError(message)

    @property
    def names(self) -> frozenset[str]:
        """The names in the header `Host` that are accepted, without ports."""
        own = {self.address.lower()} | ({"localhost", "127.0.0.1", "::1"} if self.is_local else set())
        return frozenset(own | self.hosts)

    @property
    def is_local(self) -> bool:
        """Whether only programs on this host can reach the address."""
        try:
            return ipaddress.ip_address(self.address).is_loopback
        except ValueError:
            return self.address == "localhost"
