"""The arguments with which each driver connects: the options of the URL, and limits where the URL has none."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

_SECONDS_TO_CONNECT = 5
"""The limit for an owner; for the program it is the deadline."""

_SECONDS_OF_SQLITE = 30.0
"""Seconds for which an owner's statement waits for a lock of another process."""

_PROGRAM = "resolver"
"""The name that a list of PostgreSQL's sessions shows."""

_ALIVE = {"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 5, "keepalives_count": 3}
"""PostgreSQL's connection that only listens: a peer that has gone without a word is noticed within 45 seconds."""

_MILLISECONDS_UNACKNOWLEDGED = 30_000
_SECONDS_SILENT = 60
"""Seconds without a statement after which MySQL ends a session, and the transaction of a host that is stopped."""

_TLS = {
    "ssl_ca": "ca",
    "ssl_capath": "capath",
    "ssl_cert": "cert",
    "ssl_key": "key",
    "ssl_key_password": "password",
    "ssl_cipher": "cipher",
    "ssl_check_hostname": "check_hostname",
    "ssl_verify_identity": "check_hostname",
    "ssl_verify_cert": "verify_mode",
}
"""Option to its name in PyMySQL's `ssl`; where there is only a part of them, PyMySQL itself forgets others."""


def connect_arguments(dialect: str, options: Mapping[str, object], deadline: float | None) -> dict[str, Any]:
    """Return the driver's arguments for a connection with `options`; no `deadline` means an owner's."""
    make = {"postgresql": _postgresql, "mysql": _mysql, "sqlite": _sqlite}
    return make[dialect](dict(options), deadline)


def _postgresql(options: dict[str, Any], deadline: float | None) -> dict[str, Any]:
    # Nothing is prepared on the server: behind a pooler, another session may have a statement of the same name.
    arguments = {"prepare_threshold": None, "application_name": _PROGRAM, **_ALIVE}
    if deadline is not None:
        arguments["tcp_user_timeout"] = _MILLISECONDS_UNACKNOWLEDGED
    seconds = _shorter(options.get("connect_timeout"), deadline)
    return {**arguments, **options, "connect_timeout": ceil(seconds)}  # libpq has whole seconds


def _mysql(options: dict[str, Any], deadline: float | None) -> dict[str, Any]:
    tls = {_TLS[name]: options.pop(name) for name in tuple(options) if name in _TLS}
    arguments: dict[str, Any] = {"charset": "utf8mb4", **options}
    if tls.get("verify_mode") is False:  # a name is checked only in a certificate that is
        tls.setdefault("check_hostname", False)
    if tls:
        arguments["ssl"] = tls
    arguments["connect_timeout"] = _shorter(options.get("connect_timeout"), deadline)
    if deadline is not None:
        # Servers start a session that way, and SQLAlchemy would ask for it with a statement.
        arguments["autocommit"] = True
        seconds = ceil(deadline)
        limits = f"innodb_lock_wait_timeout = {seconds}, wait_timeout = {max(seconds, _SECONDS_SILENT)}"
        limits += f" /*M!100300 , idle_transaction_timeout = {seconds} */"
        arguments["init_command"] = f"SET SESSION {limits}"
        for name in ("read_timeout", "write_timeout"):
            arguments[name] = _shorter(options.get(name), deadline)
    return arguments


def _sqlite(options: dict[str, Any], deadline: float | None) -> dict[str, Any]:
    given = options.get("timeout")
    return {**options, "timeout": _shorter(given, deadline or float(given or _SECONDS_OF_SQLITE))}


def _shorter(given: object, deadline: float | None) -> float:
    """Return the shorter limit of time; 0 means none for libpq."""
    seconds = float(str(given)) if given else 0.0
    if deadline is None:
        return seconds or float(_SECONDS_TO_CONNECT)
    return min(seconds or deadline, deadline)
