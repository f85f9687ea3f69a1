"""`resolver doctor` finds what is wrong with a setup, and says what to do."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from resolver.cli import main
from resolver.facade.doctor import Grade
from resolver.facade.doctor.database_findings import _clock
from resolver.facade.doctor.version_findings import _numbers
from resolver.state.sql.database_probe import _skew
from resolver.state.sql.state_url import StateURL
from tests.cli.test_state_status import CLOSED, SECRET, waiting
from tests.servers import MariaDB, Postgres, Server, running
from tests.state.own import STATE, own_policy

needs_agno = pytest.mark.skipif(find_spec("agno") is None, reason="needs the extra `agents`")
KEY = "gsk_never_to_be_shown"


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the keys and files of whoever runs it; one provider has a key."""
    for name in list(os.environ):
        if name.startswith(("NUM_", "PG", "RESOLVER_")) or "_API_KEY" in name or "CREDENTIALS" in name:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GROQ_API_KEY", KEY)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with running(Postgres) as server:
        yield server


@pytest.fixture(scope="module")
def mariadb() -> Iterator[Server]:
    with running(MariaDB) as server:
        yield server


class Found(dict[str, list[tuple[str, str, str]]]):
    """Area to its findings, each with grade, message and help."""

    code = 0

    def grades(self, area: str) -> list[str]:
        return [grade for grade, _, _ in self[area]]

    def of(self, area: str, text: str) -> tuple[str, str]:
        """The grade and the help of the one finding with this text."""
        ((grade, _, help),) = [each for each in self[area] if text in each[1]]
        return grade, help


def shown(url: str) -> str:
    """A URL without user, password and options, as messages show it."""
    return str(StateURL.parse(url))


def doctor(policy: Path, *arguments: str) -> Found:
    done = CliRunner().invoke(main, ["doctor", "--policies", str(policy), "--format", "json", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.stderr == ""
    assert KEY not in done.stdout
    assert SECRET not in done.stdout
    data = json.loads(done.stdout)
    found = Found()
    found.code = done.exit_code
    for row in data["findings"]:
        found.setdefault(row["area"], []).append((row["grade"], row["message"], row["help"] or ""))
        assert (row["help"] is None) == (row["grade"] == "ok"), row
    assert data["ok"] == (done.exit_code == 0) == all("problem" not in found.grades(area) for area in found)
    return found


@needs_agno
def test_a_good_set_up(tmp_path: Path) -> None:
    """Exit code 0; providers without keys are warnings while another one serves each tier."""
    found = doctor(own_policy(tmp_path))
    assert found.code == 0
    assert list(found) == ["policy", "state", "versions", "providers", "permissions"]
    assert set(found.grades("policy") + found.grades("state") + found.grades("permissions")) == {"ok"}
    assert found.of("providers", "`groq` serves") == ("ok", "")
    assert found.of("providers", "`cerebras` is left out")[0] == "warning"


@needs_agno
def test_text(tmp_path: Path) -> None:
    """The grade is a word, and help is below what it helps with."""
    done = CliRunner().invoke(main, ["doctor", "--policies", str(own_policy(tmp_path))], env={"NO_COLOR": "1"})
    lines = done.stdout.splitlines()
    assert lines[0] == "policy"
    assert lines[1].startswith("  ok  ")
    left_out = next(at for at, line in enumerate(lines) if "`cerebras` is left out" in line)
    assert lines[left_out].startswith("  warning  ")
    assert lines[left_out + 1].lstrip().startswith("help: ")


@needs_agno
def test_no_provider_serves_a_tier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A problem, with the name of the variable to set."""
    monkeypatch.delenv("GROQ_API_KEY")
    found = doctor(own_policy(tmp_path))
    assert found.code == 1
    assert found.of("providers", "no provider serves the tier `fast`")[0] == "problem"
    assert any("GROQ_API_KEY" in message for _, message, _ in found["providers"])


@needs_agno
def test_a_provider_whose_sdk_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package to install is named."""
    for name in [
        name for name in sys.modules if name.partition(".")[0] == "groq" or name.startswith("agno.models.groq")
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "groq", None)
    found = doctor(own_policy(tmp_path))
    assert found.of("providers", "its SDK is not installed; `pip install 'groq'`")[0] == "warning"
    assert found.of("providers", "no provider serves the tier `fast`")[0] == "problem"


def test_a_refused_policy(tmp_path: Path) -> None:
    policy = own_policy(tmp_path)
    rules = policy / "precedence.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("escalated_tier: 1", "escalatd_tier: 1"), "utf-8")
    found = doctor(policy, "--state", CLOSED)
    assert found.code == 1
    grade, help = found.of("policy", "is refused")
    assert (grade, "resolver check" in help) == ("problem", True)
    assert "spool" in found


def test_a_policy_without_tests(tmp_path: Path) -> None:
    policy = own_policy(tmp_path)
    (policy / "policy_test.yaml").unlink()
    assert doctor(policy).of("policy", "has no tests")[0] == "warning"


class TestFiles:
    """The file store, and the permissions of files."""

    def test_hard_links(self, tmp_path: Path) -> None:
        policy = own_policy(tmp_path)
        os.link(policy / STATE, tmp_path / "link.yaml")
        found = doctor(policy)
        assert (found.code, found.of("state", "hard links")[0]) == (1, "problem")

    def test_a_damaged_database(self, tmp_path: Path) -> None:
        policy = own_policy(tmp_path)
        (policy / ".resolver.db").write_bytes(b"no database at all" * 100)
        assert doctor(policy).of("state", ".resolver.db")[0] == "problem"

    def test_a_policy_that_everybody_may_write(self, tmp_path: Path) -> None:
        policy = own_policy(tmp_path)
        policy.chmod(0o777)
        (policy / STATE).chmod(0o666)
        found = doctor(policy)
        assert found.grades("permissions") == ["warning", "warning"]
        assert found.of("permissions", f"`{policy}` can be written")[1].startswith("`chmod o-w")

    def test_passwords_that_everybody_may_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        passwords, token = tmp_path / "passwords", tmp_path / "token.json"
        for file, variable in ((passwords, "PGPASSFILE"), (token, "GOOGLE_APPLICATION_CREDENTIALS")):
            file.write_text(SECRET, encoding="utf-8")
            file.chmod(0o644)
            monkeypatch.setenv(variable, str(file))
        found = doctor(own_policy(tmp_path), "--state", CLOSED)
        assert found.grades("permissions") == ["warning", "warning"]
        assert str(passwords) in found["permissions"][0][1]
        for file in (passwords, token):
            file.chmod(0o600)
        assert doctor(tmp_path / "policies", "--state", CLOSED).grades("permissions") == ["ok"]


class TestSpool:
    """The file in which outcomes wait."""

    def test_what_waits_and_what_is_put_aside(self, tmp_path: Path) -> None:
        policy = own_policy(tmp_path)
        waiting(policy, "a", "b", "c")
        found = doctor(policy, "--state", CLOSED)
        assert found.of("spool", "2 outcomes wait")[0] == "warning"
        grade, help = found.of("spool", "1 outcome is put aside")
        assert (grade, "`put_aside`" in help) == ("warning", True)

    def test_no_directory_can_be_made(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = tmp_path / "file"
        file.write_text("", encoding="utf-8")
        monkeypatch.setenv("RESOLVER_SPOOL", str(file / "spool"))
        found = doctor(own_policy(tmp_path), "--state", CLOSED)
        grade, help = found.of("spool", "no outcome can wait")
        assert (grade, "RESOLVER_SPOOL" in help) == ("problem", True)


class TestDatabase:
    """The database, and how its server is set up."""

    def test_a_good_one(self, postgres: Server, tmp_path: Path) -> None:
        found = doctor(own_policy(tmp_path), "--state", postgres.app(postgres.database()))
        assert set(found.grades("state") + found.grades("spool")) == {"ok"}
        assert found.of("state", "the server announces changes")
        assert found.of("state", "clocks")

    def test_mariadb(self, mariadb: Server, tmp_path: Path) -> None:
        found = doctor(own_policy(tmp_path), "--state", mariadb.app(mariadb.database()))
        assert set(found.grades("state")) == {"ok"}
        assert found.of("state", "clocks")
        mariadb.run(mariadb.root, "SET GLOBAL read_only = 1")
        try:
            found = doctor(tmp_path / "policies", "--state", mariadb.app(mariadb.database()))
        finally:
            mariadb.run(mariadb.root, "SET GLOBAL read_only = 0")
        assert found.of("state", "read-only")[0] == "problem"

    def test_none(self, tmp_path: Path) -> None:
        found = doctor(own_policy(tmp_path), "--state", CLOSED)
        assert found.code == 1
        assert found.grades("state") == ["problem"]

    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        file = tmp_path / "state.db"
        file.write_text("text", encoding="utf-8")
        assert "path" in doctor(own_policy(tmp_path), "--state", f"sqlite:///{file}").of("state", "cannot use")[1]

    def test_no_tables(self, postgres: Server, tmp_path: Path) -> None:
        postgres.run(postgres.root, "CREATE DATABASE empty")
        grade, help = doctor(own_policy(tmp_path), "--state", postgres.owner("empty")).of("state", "no tables")
        assert (grade, "resolver state migrate" in help) == ("problem", True)

    @pytest.mark.parametrize("kind", ["postgres", "mariadb"])
    def test_a_missing_right(self, kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        """The message has the statement, and help says who runs it; a migration would not help."""
        server: Server = request.getfixturevalue(kind)
        name = server.database()
        table, role = "resolver_outcome", "resolver_app" + ("" if kind == "postgres" else "@'%'")
        server.run(server.owner(name), f"REVOKE DELETE ON {table} FROM {role}")
        found = doctor(own_policy(tmp_path), "--state", server.app(name))
        grade, help = found.of("state", f"lacks rights in `{shown(server.app(name))}`: DELETE on `{table}`")
        assert (found.code, grade, "owner of the tables" in help) == (1, "problem", True)
        assert found.of("state", f"GRANT DELETE ON {table}")

    def test_a_wrong_password(self, mariadb: Server, tmp_path: Path) -> None:
        url = mariadb.app(mariadb.database())
        wrong = re.sub(r"://([^:]+):[^@]*@", rf"://\1:{SECRET}@", url)
        assert wrong != url
        assert "password" in doctor(own_policy(tmp_path), "--state", wrong).of("state", "cannot use")[1]

    def test_tables_of_an_earlier_version(self, postgres: Server, tmp_path: Path) -> None:
        name = postgres.database()
        postgres.run(postgres.owner(name), "UPDATE resolver_version SET version_num = '0001'")
        found = doctor(own_policy(tmp_path), "--state", postgres.app(name))
        assert "resolver state migrate" in found.of("state", "are of version 0001")[1]

    @pytest.mark.parametrize(("seconds", "grade"), [(-30, "warning"), (90, "problem")])
    def test_a_clock_that_is_wrong(
        self, seconds: int, grade: str, postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """This host's clock goes wrong; the server's is asked for."""
        url = postgres.app(postgres.database())
        clock = time.time
        monkeypatch.setattr("resolver.state.sql.database_probe.time.time", lambda: clock() + seconds)
        found = doctor(own_policy(tmp_path), "--state", url)
        assert found.of("state", f"{'ahead of' if seconds < 0 else 'behind'} this host's") == (
            grade,
            "let NTP set both clocks",
        )

    def test_read_only(self, postgres: Server, tmp_path: Path) -> None:
        name = postgres.database()
        postgres.run(postgres.root, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        found = doctor(own_policy(tmp_path), "--state", postgres.app(name))
        assert found.of("state", "read-only")[0] == "problem"

    @pytest.mark.slow
    def test_one_that_does_not_answer(self, postgres: Server, tmp_path: Path) -> None:
        """`Everything bounded in time`: a stopped server accepts connections, and says nothing."""
        policy, url = own_policy(tmp_path), postgres.app(postgres.database())
        doctor(policy)  # imports SDKs, which takes longer than all else
        assert postgres.process is not None
        os.kill(postgres.process.pid, signal.SIGSTOP)
        try:
            started = time.monotonic()
            found = doctor(policy, "--state", url)
            assert time.monotonic() - started < 10
        finally:
            os.kill(postgres.process.pid, signal.SIGCONT)
        assert found.grades("state") == ["problem"]


@pytest.mark.parametrize(
    ("skew", "grade"),
    [(0.0, Grade.OK), (-4.9, Grade.OK), (5.1, Grade.WARNING), (-59.0, Grade.WARNING), (60.1, Grade.PROBLEM)],
)
def test_clocks(skew: float, grade: Grade) -> None:
    """`> 5 s warning, > 60 s problem`."""
    assert _clock(skew).grade is grade


@pytest.mark.parametrize(
    ("server", "skew"),
    [(100.0, 0.0), (100.9, 0.0), (103.0, 2.0), (99.5, 0.0), (98.0, -1.0)],
)
def test_a_slow_answer_is_no_skew(server: float, skew: float) -> None:
    """Asked at 100 and answered at 101 by a clock of whole seconds, the server's clock can differ by less than that."""
    assert _skew(server, 100.0, 101.0, 1.0) == skew


def test_versions(tmp_path: Path) -> None:
    found = doctor(own_policy(tmp_path))
    version = ".".join(map(str, sys.version_info[:3]))
    assert found.of("versions", f"Python {version}")
    assert found.of("versions", "durable-rules")
    assert _numbers("1.10.0") > _numbers("1.9.3rc1") > _numbers("1.9")
    assert _numbers("3.0") == _numbers("3")
