"""The settings of a server: its address, its tokens, the names of its host, and its limits."""

from __future__ import annotations

import ipaddress

from resolver.diagnostics import ResolverError
from resolver.frozen import frozen

LARGEST_HEAD = 64 << 10  # bytes of the head of a request
LARGEST_BODY = 1 << 20  # bytes of the body of a request
LARGEST_REQUEST = 8 << 20  # bytes of a request as it is sent: a body in chunks is larger than what it carries
MOST_BUFFERED = 64 << 20  # bytes of the bodies of all requests that are being received
MOST_DECISIONS = 1_000  # requests in one body that are decided
MOST_OUTCOMES = 100  # outcomes in one body
MOST_EVENTS = 1_000  # events of the history in one answer
SECONDS_TO_SEND = 10.0  # in which a client sends a request, from its first byte to its last
SECONDS_TO_READ = 10.0  # in which a client takes a part of an answer, so that the next part can be sent
SECONDS_IDLE = 60  # for which a connection is kept without a request
SECONDS_TO_STOP = 30  # for which a server that stops waits until all requests are answered


@frozen
class Settings:
    """The address of a server, and who may call it.

    Args:
        address: The address to listen on.
        port: The port; 0 means any that is free.
        tokens: Each gives access to all calls but those of `admin_tokens`. None is needed if there are none, which only
            an address of this host itself allows.
        admin_tokens: Each gives access to all calls; without one, no call can lower or restore an entry.
        hosts: Names by which clients call the host beside the address, in lower case.
    """

    address: str = "127.0.0.1"
    port: int = 8181
    tokens: tuple[str, ...] = ()
    admin_tokens: tuple[str, ...] = ()
    hosts: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.is_local and not self.tokens:
            raise ResolverError(f"other hosts can reach `{self.address}`; --token-file says who may call")

    @property
    def names(self) -> frozenset[str]:
        """The names that are accepted in the header `Host`, without ports."""
        own = ("localhost", "127.0.0.1", "::1") if self.is_local else ()
        return self.hosts.union([self.address.lower(), *own])

    @property
    def is_local(self) -> bool:
        """Whether only programs on this host can reach the address."""
        try:
            return ipaddress.ip_address(self.address).is_loopback
        except ValueError:
            return self.address == "localhost"
