"""Options of a state's URL reach the driver converted, or are refused; no message repeats what may be secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from string import printable
from traceback import format_exception
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import Resolver, ResolverError
from resolver.facade.opening import migrate_state
from resolver.state.sql.connect_arguments import connect_arguments
from resolver.state.sql.retention import keep_history
from resolver.state.sql.state_url import StateURL
from tests.state.own import own_policy

SECRET = "s3cr3t-p@ss"
BASES = {
    "postgresql": "postgresql+psycopg://app@db/state",
    "mysql": "mysql+pymysql://app@db/state",
    "sqlite": "sqlite:////tmp/state.db",
}
NAMES = [
    "deadline", "connections", "connect_timeout", "read_timeout", "sslmode", "ssl_ca", "ssl_verify_identity", "charset",
    "client_flag", "conninfo", "dsn", "service", "host", "port", "dbname", "password", "options", "init_command", "uri",
    "isolation_level", "autocommit", "timeout", "prepare_threshold", "keepalives", "nonsense", "conect_timeout",
]  # fmt: skip


def open_state(url: str, folder: Path) -> None:
    Resolver.open(own_policy(folder), state=url).close()


def refusal(text: str) -> str:
    with pytest.raises(ResolverError) as caught:
        StateURL.parse(text)
    return str(caught.value)


def test_own_options_are_taken_out() -> None:
    for base in BASES.values():
        url = StateURL.parse(f"{base}?deadline=2.5&connections=9")
        assert (url.deadline, url.connections, dict(url.options), dict(url.url.query)) == (2.5, 9, {}, {})
        assert (StateURL.parse(base).deadline, StateURL.parse(base).connections) == (5.0, 4)


@pytest.mark.parametrize(
    ("kind", "option", "value"),
    [
        ("postgresql", "connect_timeout=7", 7),
        ("postgresql", "prepare_threshold=0", 0),
        ("postgresql", "prepare_threshold=none", None),
        ("postgresql", "sslmode=verify-full", "verify-full"),
        ("postgresql", "options=-c%20search_path%3Dstate", "-c search_path=state"),
        ("mysql", "max_allowed_packet=4096", 4096),
        ("mysql", "ssl_disabled=true", True),
        ("mysql", "local_infile=0", False),
        ("mysql", "unix_socket=/run/s", "/run/s"),
        ("sqlite", "timeout=2.5", 2.5),
    ],
)
def test_options_of_drivers_are_converted(kind: str, option: str, value: object) -> None:
    url = StateURL.parse(f"{BASES[kind]}?{option}")
    assert dict(url.options) == {option.partition("=")[0]: value}


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        *[(kind, f"deadline={value}") for kind in BASES for value in ("0", "-1", "3600.1", "nan", "1e3", "", "x")],
        *[(kind, f"connections={value}") for kind in BASES for value in ("0", "101", "1.5", "٣", "1_0")],
        ("postgresql", "connect_timeout=abc"),
        ("postgresql", "connect_timeout=1&connect_timeout=2"),
        ("postgresql", "sslmode=maybe"),
        ("postgresql", "prepare_threshold=x"),
        ("postgresql", "host="),
        ("mysql", "client_flag=abc"),
        ("mysql", "charset=nope"),
        ("mysql", "charset=latin1"),
        ("mysql", "read_timeout=0"),
        ("mysql", "ssl_verify_cert=perhaps"),
        ("mysql", "ssl_verify_identity=true"),
        ("sqlite", "timeout=x"),
    ],
)  # fmt: skip
def test_wrong_values_name_the_option(kind: str, option: str) -> None:
    message = refusal(f"{BASES[kind]}?{option}")
    name, _, value = option.partition("=")
    assert f"`{name}`" in message
    assert len(value) < 3 or value not in message


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("postgresql", "conninfo"),
        ("postgresql", "dsn"),
        ("postgresql", "service"),
        ("postgresql", "dbname"),
        ("postgresql", "row_factory"),
        ("mysql", "cursorclass"),
        ("mysql", "init_command"),
        ("mysql", "sql_mode"),
        ("mysql", "db"),
        ("mysql", "compress"),
        ("sqlite", "isolation_level"),
        ("sqlite", "uri"),
    ],
)
def test_options_that_would_break_the_store_are_refused(kind: str, name: str) -> None:
    message = refusal(f"{BASES[kind]}?{name}={quote(SECRET)}")
    assert message.startswith(f"the state's URL must not have the option `{name}`: ")
    assert SECRET not in message


def test_unknown_options_have_a_suggestion() -> None:
    assert "`conect_timeout` that is unknown for `mysql`; did you mean `connect_timeout`?" in refusal(
        "mysql://app@db/state?conect_timeout=5"
    )
    message = refusal("sqlite:////tmp/s.db?qqqq=5")
    assert "qqqq" not in message
    assert "`cached_statements`, `connections`, `deadline`, `timeout`" in message


@pytest.mark.parametrize(
    "text",
    [
        f"sqlite://bob:{quote(SECRET)}@h/x",
        f"postgresql://app:pw@{SECRET}?timeout@db/state",
        f"postgresql://db/state?sslmode=require&{SECRET}",
        f"postgresql://app@db/state\n?password={SECRET}",
        f"postgresql://app:{quote(SECRET)}%00@db/state",
        f"postgresql://app:{quote(SECRET)}@d\x1b[1mb/state",
        f"postgresql://app:{quote(SECRET)}@db/\udcff",
        f"postgresql:///state?host=a:x{quote(SECRET)}",
        f"postgresql:///state?host=a&host=b&port=1,{quote(SECRET)}",
        f"mysql://app:{quote(SECRET)}@db:99999999999x/state",
    ],
)
def test_wrong_urls_are_errors_without_secrets(text: str) -> None:
    message = refusal(text)
    assert SECRET not in message
    assert quote(SECRET) not in message


def test_password_may_have_question_marks() -> None:
    url = StateURL.parse("postgresql://app:a?deadline=1@db/state?deadline=2")
    assert (url.url.password, url.deadline) == ("a?deadline=1", 2.0)


def test_several_hosts() -> None:
    one = StateURL.parse("postgresql://app@/state?host=a:5432&host=b:5433&target_session_attrs=read-write")
    assert one.engine().dialect.create_connect_args(one.url)[1]["host"] == "a,b"
    two = StateURL.parse("postgresql://app@/state?host=a,b&port=5432,5433")
    assert two.engine().dialect.create_connect_args(two.url)[1]["port"] == "5432,5433"


@pytest.mark.parametrize("kind", BASES)
def test_name_of_the_spool_is_independent_of_options(kind: str) -> None:
    """`?deadline` and the driver's options leave text and digest as they are."""
    option = {"postgresql": "sslmode=require&password=x", "mysql": "connect_timeout=2", "sqlite": "timeout=2"}[kind]
    plain, other = StateURL.parse(BASES[kind]), StateURL.parse(f"{BASES[kind]}?deadline=1&{option}")
    assert (str(plain), plain.digest) == (str(other), other.digest)


OPTIONS = st.lists(
    st.tuples(
        st.sampled_from(NAMES) | st.text(printable, max_size=12),
        st.sampled_from([SECRET, quote(SECRET, safe=""), f"5{quote(SECRET, safe='')}", "5", "true", "require", ""]),
        st.sampled_from(["=", "", "=="]),
    ),
    max_size=4,
)


@given(kind=st.sampled_from(sorted(BASES)), options=OPTIONS)
def test_any_option_is_taken_or_refused_without_secrets(kind: str, options: list[tuple[str, str, str]]) -> None:
    """For any options a URL is parsed or a ResolverError, and neither shows a value."""
    text = f"{BASES[kind]}?" + "&".join(f"{name}{sign}{value}" for name, value, sign in options)
    try:
        url = StateURL.parse(text)
    except ResolverError as error:
        shown = str(error)
    else:
        shown = f"{url} {url!r} {url.redacted(f'wrong: {SECRET}') if SECRET in url.options.values() else ''}"
        url.engine()
        assert not {"deadline", "connections"} & url.options.keys()
    if not any(name == "host" for name, _, _ in options):  # a host is shown
        assert "s3cr3t" not in shown


@given(text=st.text(max_size=60) | st.from_regex(r"(mysql|sqlite|postgresql)://.{0,30}\?.{0,30}", fullmatch=True))
def test_any_text_is_a_url_or_an_error(text: str) -> None:
    try:
        url = StateURL.parse(text)
    except ResolverError:
        return
    assert len(url.digest) == 8
    url.engine()


class TestLimits:
    """Time-outs end with the deadline, or earlier if the URL says so."""

    def test_on_postgresql(self) -> None:
        assert connect_arguments("postgresql", {}, 2.5)["connect_timeout"] == 3
        assert connect_arguments("postgresql", {"connect_timeout": 2}, 5)["connect_timeout"] == 2
        assert connect_arguments("postgresql", {"connect_timeout": 0}, 5)["connect_timeout"] == 5
        given = {"application_name": "mine", "prepare_threshold": 7, "keepalives": 0}
        assert connect_arguments("postgresql", given, 5).items() >= given.items()
        assert connect_arguments("postgresql", {}, 5)["prepare_threshold"] is None
        assert "tcp_user_timeout" not in connect_arguments("postgresql", {}, None)

    def test_on_mysql(self) -> None:
        arguments = connect_arguments("mysql", {"connect_timeout": 9, "read_timeout": 1}, 2.5)
        assert (arguments["connect_timeout"], arguments["read_timeout"], arguments["write_timeout"]) == (2.5, 1, 2.5)
        assert (
            "_timeout = 3, wait_timeout = 60 /*M!100300 , idle_transaction_timeout = 3 */" in arguments["init_command"]
        )
        assert "init_command" not in connect_arguments("mysql", {}, None)

    def test_on_sqlite(self) -> None:
        assert connect_arguments("sqlite", {}, 2.5)["timeout"] == 2.5
        assert connect_arguments("sqlite", {"timeout": 1.0}, 2.5)["timeout"] == 1.0
        assert connect_arguments("sqlite", {}, None)["timeout"] == 30.0

    def test_tls_of_mysql(self) -> None:
        options = {"ssl_ca": "ca.pem", "ssl_verify_cert": True}
        assert connect_arguments("mysql", options, 5)["ssl"] == {"ca": "ca.pem", "verify_mode": True}


def test_a_file_of_options_that_pymysql_cannot_parse_is_an_error_without_its_text(tmp_path: Path) -> None:
    (file := tmp_path / "options").write_text(f"root:{SECRET}:0\n", "utf-8")
    with pytest.raises(ResolverError, match=r"cannot connect to `mysql://127\.0\.0\.1:1/state`") as caught:
        open_state(f"mysql+pymysql://app@127.0.0.1:1/state?read_default_file={file}", tmp_path)
    assert SECRET not in "".join(format_exception(caught.value))


@pytest.mark.parametrize(
    "use",
    [open_state, lambda url, _: migrate_state(url), lambda url, _: keep_history(StateURL.parse(url))],
)
def test_a_name_that_is_too_long_for_a_file_is_an_error(use: Callable[[str, Path], object], tmp_path: Path) -> None:
    with pytest.raises(ResolverError, match="sqlite:///"):
        use(f"sqlite:///{'x' * 5_000}", tmp_path)
