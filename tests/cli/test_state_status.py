"""`resolver state status` against a database that is away; its other output is in golden files."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from resolver.cli import main
from resolver.domain import Subject
from resolver.facade.health import probe
from resolver.state.sql.spool import Queued, Spool
from resolver.table import Report
from tests.processes import ROOT
from tests.state.own import own_policy

SECRET = "s3cr3t-pass"
CLOSED = f"postgresql://app:{SECRET}@127.0.0.1:1/db"
REPORT = Report(Subject("t", "r"), "", {}, True, None, None, None)


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["state", "status", *arguments])
    return done.exit_code, done.stdout, done.stderr


def waiting(policy: Path, *keys: str) -> Path:
    """The spool of a policy, with outcomes in it; the first is put aside."""
    path = Path(probe(policy, CLOSED).store.spool)
    spool = Spool(path)
    for key in keys:
        spool.append(Queued(key, 1, 0, REPORT))
    spool.put_aside(spool.oldest(1)[0], "its policy is gone", may_work=False)
    spool.close()
    return path


def test_away(tmp_path: Path) -> None:
    """The reason and what waits are on stdout, and stderr is empty: exit code 1 is an answer, not an error."""
    policy = own_policy(tmp_path)
    spool = waiting(policy, "a", "b", "c")
    before = sorted(policy.iterdir())
    code, out, err = run("--policies", str(policy), "--state", CLOSED)
    assert (code, err) == (1, "")
    lines = {line.partition("  ")[0]: line.partition("  ")[2].strip() for line in out.splitlines()}
    assert (lines["reachable"], lines["queued"], lines["put aside"]) == ("no", "2", "1: its policy is gone")
    assert lines["spool"] == str(spool)
    assert lines["reason"].startswith("cannot use `postgresql://127.0.0.1:1/db`")
    code, out, err = run("--policies", str(policy), "--state", CLOSED, "--format", "json")
    state = json.loads(out)["state"]
    assert (code, err, state["queued"], state["put_aside"], state["reachable"]) == (1, "", 2, 1, False)
    assert (state["put_aside_reason"], state["revision"]) == ("its policy is gone", None)
    assert SECRET not in out
    assert sorted(policy.iterdir()) == before


def test_the_environment_names_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESOLVER_STATE", CLOSED)
    code, out, _ = run("--policies", str(own_policy(tmp_path)))
    assert (code, "reachable" in out) == (1, True)


def test_a_spool_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    """A spool that some process has open, with changes that are only in its log, shows them."""
    policy = own_policy(tmp_path)
    path = waiting(policy, "a", "b")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("DELETE FROM queued")
        connection.commit()
        assert probe(policy, CLOSED).store.queued == 0
    connection.close()


def test_every_key_of_the_json_is_documented() -> None:
    """docs/operations.md names each key; a key that goes or is renamed breaks the probes of users."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    health = json.loads(CliRunner().invoke(main, ["state", "status", "--format", "json"]).stdout)
    for key in (*health, *health["state"], *health["policy"]):
        assert f"`{key}`" in page
