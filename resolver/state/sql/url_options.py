"""Options of a state's URL, checked and converted before a driver sees them.

No message repeats an option's value, which may be a secret wherever it is. An unknown name is repeated only if a known
name is close to it: a password with an unescaped `?` looks like options.

Options that choose another database than the URL shows are refused, since outcomes that wait are kept by the URL. So
are those that change how statements are sent, or what their results are: the store sets these itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import parse_qsl

from resolver.diagnostics import ResolverError, did_you_mean
from resolver.frozen import frozen

SECONDS_TO_ANSWER = 5.0
"""The default of `deadline`."""

MOST_CONNECTIONS = 4
"""The default of `connections`."""

_MOST_SECONDS = 3600.0
_NAME = re.compile(r"[a-z][a-z_]{0,39}")
_BEFORE_HOST = re.compile(r"[\w+]+://(?:[^:/]*(?::[^@]*)?@)?")
"""The part that SQLAlchemy takes for the driver, the user and the password; a password may have a `?`."""

_HOST = re.compile(r"[/@][^\x00-\x1f]*|[\w.-]+(?::[0-9]{1,5})?|\[?[0-9a-fA-F:.]+\]?(?::[0-9]{1,5})?")
_PORT = re.compile(r"[0-9]{0,5}")
_IS_SECRET = re.compile(r"pass|secret|scram")


@frozen
class Options:
    """The options of a URL: the program's own, `hosts` of PostgreSQL as the URL has them, and converted `driver` ones.

    `deadline` is in seconds; `connections` is the largest number of connections of a process.
    """

    deadline: float
    connections: int
    hosts: Mapping[str, str | tuple[str, ...]]
    driver: Mapping[str, object]


class Kind(NamedTuple):
    """A kind of value: `convert` returns it, or raises ValueError; `meaning` says what it must be."""

    convert: Callable[[str], object]
    meaning: str


def read_options(dialect: str, text: str) -> Options:
    """Return the options in the text of a URL for `dialect`.

    Raises:
        ResolverError: An option is unknown, refused or given twice, or its value is wrong.
    """
    start = _BEFORE_HOST.match(text)
    query = text[start.end() if start else 0 :].partition("?")[2]
    is_password = "@" in query and "@" not in text[: len(text) - len(query)]
    pairs = parse_qsl(query, keep_blank_values=True)
    if is_password or any(not _NAME.fullmatch(name) for name, _ in pairs):
        message = "what follows the `?` in the state's URL are no options"
        raise ResolverError(f"{message}; in a user, a password or a value, write `?` as `%3F` and `@` as `%40`")
    kinds = {**_OURS, **_kinds(dialect)}
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        _check_name(dialect, name, kinds)
        given.setdefault(name, []).append(value)
    hosts: dict[str, str | tuple[str, ...]] = {}
    if dialect == "postgresql":
        hosts = _hosts(given)
    values = {name: _value(name, texts, kinds[name]) for name, texts in given.items()}
    _check_tls(values)
    deadline = values.pop("deadline", SECONDS_TO_ANSWER)
    connections = values.pop("connections", MOST_CONNECTIONS)
    assert isinstance(deadline, float)
    assert isinstance(connections, int)
    return Options(deadline, connections, MappingProxyType(hosts), MappingProxyType(values))


def is_secret(name: str) -> bool:
    """Return whether the value of a driver's option is secret.

    >>> is_secret("sslpassword"), is_secret("sslmode")
    (True, False)
    """
    return bool(_IS_SECRET.search(name))


def _check_name(dialect: str, name: str, kinds: Mapping[str, Kind]) -> None:
    why = _REFUSED[dialect].get(name)
    if why is not None:
        raise ResolverError(f"the state's URL must not have the option `{name}`: {why}")
    if name not in kinds:
        hint = did_you_mean(name, kinds)
        shown = f" `{name}`" if hint else ""
        options = hint or f"options are {', '.join(f'`{known}`' for known in sorted(kinds))}"
        raise ResolverError(f"the state's URL has an option{shown} that is unknown for `{dialect}`; {options}")


def _value(name: str, texts: list[str], kind: Kind) -> object:
    if len(texts) > 1:
        raise ResolverError(f"the option `{name}` of the state's URL is given {len(texts)} times")
    try:
        return kind.convert(texts[0])
    except ValueError:
        raise ResolverError(f"the option `{name}` of the state's URL must be {kind.meaning}") from None


def _check_tls(values: Mapping[str, object]) -> None:
    """Refuse a check of the server's name that PyMySQL would leave out, or that contradicts another option."""
    for name in ("ssl_verify_identity", "ssl_check_hostname"):
        if not values.get(name):
            continue
        if not {"ssl_ca", "ssl_capath"} & values.keys():
            raise ResolverError(f"the option `{name}` of the state's URL needs `ssl_ca`")
        if values.get("ssl_verify_cert") is False:
            raise ResolverError(f"the options `{name}` and `ssl_verify_cert` of the state's URL contradict each other")


def _hosts(given: dict[str, list[str]]) -> dict[str, str | tuple[str, ...]]:
    """Take the hosts out of PostgreSQL's options."""
    hosts, ports = given.pop("host", []), given.pop("port", [])
    if ports and not hosts:
        raise ResolverError("the option `port` of the state's URL needs `host`; write `//host:port/database`")
    found: dict[str, str | tuple[str, ...]] = {}
    for name, texts, part, meaning in (
        ("host", hosts, _HOST, "hosts, each `name`, `name:port` or the directory of a socket"),
        ("port", ports, _PORT, "numbers of ports"),
    ):
        if not all(part.fullmatch(each) for text in texts for each in text.split(",")):
            raise ResolverError(f"the option `{name}` of the state's URL must be {meaning}")
        if texts:
            found[name] = texts[0] if len(texts) == 1 else tuple(texts)
    return found


def _whole(least: int, most: int = 2**31 - 1) -> Kind:
    def convert(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", text) or not least <= int(text) <= most:
            raise ValueError
        return int(text)

    return Kind(convert, f"a whole number from {least} to {most}")


def _convert_seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) or not 0 < float(text) <= _MOST_SECONDS:
        raise ValueError
    return float(text)


def _convert_text(text: str) -> str:
    if not text or "\0" in text:
        raise ValueError
    return text


def _convert_bool(text: str) -> bool:
    if text.lower() not in _BOOLS:
        raise ValueError
    return _BOOLS[text.lower()]


def _convert_threshold(text: str) -> object:
    return None if text.lower() == "none" else _whole(0).convert(text)


def _choice(*values: str) -> Kind:
    def convert(text: str) -> str:
        if text not in values:
            raise ValueError
        return text

    return Kind(convert, f"one of {', '.join(f'`{value}`' for value in values)}")


_BOOLS = {**dict.fromkeys(("1", "true", "yes", "on"), True), **dict.fromkeys(("0", "false", "no", "off"), False)}
_TEXT = Kind(_convert_text, "a text that is not empty")
_BOOL = Kind(_convert_bool, "`true` or `false`")
_SECONDS = Kind(_convert_seconds, f"a number of seconds above 0, at most {_MOST_SECONDS:.0f}")
_FLAG = _whole(0, 1)
_OURS = {"deadline": _SECONDS, "connections": _whole(1, 100)}

_ITSELF = "the store sets it itself"
_ELSEWHERE = "it would choose another database than the URL shows"
_IN_PATH = "write the database after the host: `//host/database`"
_TLS = _choice("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_WAYS = _choice("disable", "prefer", "require")

_REFUSED: Mapping[str, Mapping[str, str]] = {
    "postgresql": {
        **dict.fromkeys(("conninfo", "dsn", "service", "servicefile"), _ELSEWHERE),
        **dict.fromkeys(("dbname", "database"), _IN_PATH),
        **dict.fromkeys(("autocommit", "row_factory", "cursor_factory"), _ITSELF),
        **dict.fromkeys(("client_encoding", "replication"), _ITSELF),
    },
    "mysql": {
        **dict.fromkeys(("host", "port"), "write it before the database: `//host:port/database`"),
        **dict.fromkeys(("db", "database"), _IN_PATH),
        "passwd": "write `password`",
        **dict.fromkeys(("autocommit", "client_flag", "conv", "cursorclass", "defer_connect", "init_command"), _ITSELF),
        **dict.fromkeys(("sql_mode", "use_unicode", "binary_prefix"), _ITSELF),
        **dict.fromkeys(("auth_plugin_map", "server_public_key"), "a text cannot say it"),
        "ssl": "write `ssl_ca`, `ssl_cert` and so on",
        **dict.fromkeys(("compress", "named_pipe"), "the driver does not have it"),
    },
    "sqlite": {
        **dict.fromkeys(("uri", "database"), _ELSEWHERE),
        **dict.fromkeys(("autocommit", "check_same_thread", "detect_types", "factory", "isolation_level"), _ITSELF),
    },
}
"""Dialect to the options of its driver that no URL may have, each with the reason."""

_POSTGRESQL = {
    "prepare_threshold": Kind(_convert_threshold, "a whole number or `none`"),
    **dict.fromkeys(("connect_timeout", "tcp_user_timeout"), _whole(0)),
    **dict.fromkeys(("keepalives_idle", "keepalives_interval", "keepalives_count"), _whole(0)),
    **dict.fromkeys(("keepalives", "sslcompression", "sslsni", "gssdelegation"), _FLAG),
    "sslmode": _choice("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslnegotiation": _choice("postgres", "direct"),
    "sslcertmode": _choice("disable", "allow", "require"),
    **dict.fromkeys(("ssl_min_protocol_version", "ssl_max_protocol_version"), _TLS),
    **dict.fromkeys(("gssencmode", "channel_binding"), _WAYS),
    "target_session_attrs": _choice("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
    "load_balance_hosts": _choice("disable", "random"),
}
_MYSQL = {
    **dict.fromkeys(("connect_timeout", "read_timeout", "write_timeout"), _whole(1, 31_536_000)),
    "max_allowed_packet": _whole(1024, 2**30),
    **dict.fromkeys(("ssl_disabled", "ssl_verify_cert", "ssl_verify_identity", "ssl_check_hostname"), _BOOL),
    "local_infile": _BOOL,
    "charset": _choice("utf8mb4"),  # others cannot hold every text
    **dict.fromkeys(("ssl_ca", "ssl_capath", "ssl_cert", "ssl_key", "ssl_key_password", "ssl_cipher"), _TEXT),
    **dict.fromkeys(("user", "password", "unix_socket", "bind_address", "program_name", "collation"), _TEXT),
    **dict.fromkeys(("read_default_file", "read_default_group"), _TEXT),
}
_SQLITE = {"timeout": _SECONDS, "cached_statements": _whole(0)}


def _kinds(dialect: str) -> Mapping[str, Kind]:
    """Return the kinds of the options that a URL may have; libpq says which names its version has."""
    if dialect != "postgresql":
        return _MYSQL if dialect == "mysql" else _SQLITE
    from psycopg.pq import Conninfo  # noqa: PLC0415  the package of this one database

    names = [option.keyword.decode() for option in Conninfo.get_defaults()]
    known = {name: _POSTGRESQL.get(name, _TEXT) for name in names if name not in _REFUSED[dialect]}
    return {**known, "prepare_threshold": _POSTGRESQL["prepare_threshold"]}
