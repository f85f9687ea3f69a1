"""Rows of the database beside a policy that this program has not written are damage, and set aside as such."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from resolver import Resolver
from resolver.cli import main
from resolver.domain import Subject
from tests.state.own import STATE, fail, left_over, own_policy, settled

KEY = Subject("layout", "worker_a")
_INTENT = "INSERT INTO intent VALUES ('a', 'b', NULL, 'fast', '{event}', '/nowhere/.x.new', 1, 'd', '{}', NULL)"
DAMAGE = {
    "errors that are no JSON": "UPDATE streak SET errors = 'no JSON'",
    "errors that are no list": "UPDATE streak SET errors = '{}'",
    "errors that are no texts": "UPDATE streak SET errors = '[1]'",
    "deep JSON": "UPDATE streak SET errors = replace(hex(zeroblob(50000)), '0', '[')",
    "strikes that are no number": "UPDATE streak SET strikes = 'many'",
    "strikes with a fraction": "UPDATE streak SET strikes = 1.5",
    "a tier that is a blob": "UPDATE streak SET failed_tier = x'00ff'",
    "a tier that is not UTF-8": "UPDATE streak SET failed_tier = CAST(x'ff00' AS TEXT)",
    "an intent's outcome": _INTENT.replace("{event}", "[1]").replace("'{}'", "x'01'"),
    "a time that is none": "UPDATE history SET time = 'yesterday'",
    "a time that is a number": "UPDATE history SET time = 5",
    "a time without a zone": "UPDATE history SET time = '2026-01-01T00:00:00'",
    "history's errors": "UPDATE history SET errors = '[1'",
    "history's triad": "UPDATE history SET triad = x'01'",
    "an intent's event": _INTENT.replace("{event}", "no JSON"),
    "an intent's event of another shape": _INTENT.replace("{event}", "[1]"),
    "an intent's event that is not a list": _INTENT.replace("{event}", "{}"),
    "an outcome that is not JSON": "UPDATE outcome SET line = '{'",
    "an outcome without a time": 'UPDATE outcome SET line = \'{"triad": "a", "role": "b"}\'',
    "an outcome that is a list": "UPDATE outcome SET line = '[]'",
    "an entry that is a blob": "UPDATE entry SET tier = x'01'",
    "a stamp that is a blob": "UPDATE looked SET noticed = x'01', written = x'02'",
    "another table": "ALTER TABLE streak RENAME COLUMN strikes TO failures",
    "a table that is gone": "DROP TABLE history",
    "more columns": "ALTER TABLE entry ADD COLUMN more TEXT",
    "an old version that was none": "PRAGMA user_version = 1",
}


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_what_we_did_not_write_is_set_aside(damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """No exception of a reader, whatever is asked; entries stay, and learning goes on."""
    policy = own_policy(tmp_path)
    time.sleep(0.5)
    with Resolver.open(policy) as resolver:
        fail(resolver, times=3)
        fail(resolver, "worker_b", 2)
    with closing(sqlite3.connect(policy / ".resolver.db", isolation_level=None)) as connection:
        connection.execute(damage)
    with (policy / STATE).open("a") as editor:
        editor.write("# edited\n")
    with Resolver.open(policy) as resolver:
        resolver.streaks(), resolver.history(), list(resolver.outcomes()), resolver.removed_entries()
        assert resolver.escalations() == {KEY: "reasoning"}
        fail(resolver, "worker_b", 2)
        assert resolver.escalations()[KEY] == "reasoning"
        settled(resolver)
        assert fail(resolver, "peer_1", 3)[-1].escalation is not None
    aside = [file for file in policy.iterdir() if ".damaged-" in file.name]
    assert len([file for file in aside if not file.name.endswith(("-wal", "-shm"))]) == 1
    assert caplog.text.count("is damaged") == 1
    assert left_over(policy) == []


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy that has learned something."""
    policy = own_policy(tmp_path_factory.mktemp("learned"))
    with Resolver.open(policy) as resolver:
        fail(resolver, times=3)
        fail(resolver, "worker_b", 2)
    return policy


@pytest.mark.parametrize("command", [["state"], ["history"], ["history", "--format", "jsonl", "--since", "1d"]])
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_commands_say_so(damage: str, command: list[str], learned: Path, tmp_path: Path) -> None:
    """They end with 0: what can be shown is shown, and the warning says what was set aside."""
    policy = shutil.copytree(learned, tmp_path / "policies")
    with closing(sqlite3.connect(policy / ".resolver.db", isolation_level=None)) as connection:
        connection.execute(damage)
    done = CliRunner().invoke(main, [*command, "--policies", str(policy)])
    assert (done.exit_code, done.exception) == (0, None)
