"""Decisions and the messages of commands are logged as JSON Lines."""

from __future__ import annotations

import json
import os
import time
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from resolver import DecisionLog, Resolver, ResolverError
from resolver.cli import main
from tests.state.own import STATE, fail, own_policy, settled, take_out


class TestTheDecisionLog:
    """`JSON Lines with request, tier, rule, revision and state revision, sampled and with a rate limit, written off the
    calling thread`.
    """

    @pytest.fixture
    def policy(self, tmp_path: Path) -> Path:
        return own_policy(tmp_path)

    def test_what_a_line_says(self, policy: Path, tmp_path: Path) -> None:
        file = tmp_path / "decisions.jsonl"
        with Resolver.open(policy, decision_log=file) as resolver:
            decision = resolver.resolve("tré", "worker_a", phase="execution")
            resolver.resolve("t", "critic")
        first, second = map(json.loads, file.read_text(encoding="utf-8").splitlines())
        assert first.pop("time") <= second.pop("time")
        assert first == {
            "event": "decision",
            "triad": "tré",
            "role": "worker_a",
            "phase": "execution",
            "facts": {},
            "tier": decision.tier,
            "rule": decision.rule,
            "revision": decision.revision,
            "state_revision": None,
            "entry": None,
        }
        assert (second["triad"], second["phase"]) == ("t", None)

    def test_entry_is_the_one_that_was_decided_with(self, policy: Path, tmp_path: Path) -> None:
        """Also for an enumeration's member, and for the request that sees a change of the file first."""
        name = StrEnum("name", {"LAYOUT": "layout"})
        file = tmp_path / "decisions.jsonl"
        with Resolver.open(policy, decision_log=file) as resolver:
            resolver.resolve("layout", "worker_a")
            fail(resolver, times=3)
            resolver.resolve(name.LAYOUT, "worker_a")
            resolver.resolve("other", "worker_a")
            take_out(policy)
            resolver._live.next_poll = 0
            resolver.resolve("layout", "worker_a")
            settled(resolver)
            resolver.resolve("layout", "worker_a")
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        assert [(line["entry"], line["tier"]) for line in lines] == [
            (None, "general"), ("reasoning", "reasoning"), (None, "general"),
            ("reasoning", "reasoning"), (None, "general"),
        ]  # fmt: skip

    def test_state_revision_counts_the_changes_of_entries(self, policy: Path, tmp_path: Path) -> None:
        url, file = f"sqlite:///{tmp_path / 'state.db'}", tmp_path / "log"
        assert CliRunner().invoke(main, ["state", "migrate", "--state", url]).exit_code == 0
        with Resolver.open(policy, state=url, decision_log=file) as resolver:
            for _ in range(2):
                resolver.resolve("layout", "worker_a")
                fail(resolver, times=3)
                resolver.escalations()
                resolver.lower("layout", "worker_a")
                resolver.escalations()
        assert [json.loads(line)["state_revision"] for line in file.read_text().splitlines()] == [0, 2]

    def test_sample_and_rate(self, policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Above the rate nothing is written, and the next line says how many are missing."""
        now = [1_000.0]
        monkeypatch.setattr("resolver.serving.decision_log.time.time", lambda: now[0])
        some, few = tmp_path / "some", tmp_path / "few"
        with Resolver.open(policy, decision_log=DecisionLog(some, sample=0.3, per_second=10**6)) as resolver:
            for _ in range(1_000):
                resolver.resolve("t", "r")
        assert 200 < len(some.read_text().splitlines()) < 400
        with Resolver.open(policy, decision_log=DecisionLog(few, per_second=5)) as resolver:
            for _ in range(12):
                resolver.resolve("t", "r")
            now[0] += 1
            for _ in range(2):
                resolver.resolve("t", "r")
        lines = [json.loads(line) for line in few.read_text().splitlines()]
        assert [line.get("dropped", 0) for line in lines] == [0] * 5 + [7, 0]  # said once

    @pytest.mark.parametrize("options", [{"sample": 1.5}, {"sample": -0.1}, {"per_second": 0}])
    def test_nonsense_is_refused(self, options: dict[str, Any], tmp_path: Path) -> None:
        with pytest.raises(ResolverError, match="decision log"):
            DecisionLog(tmp_path / "log", **options)

    def test_file_that_cannot_be_written_is_an_error_at_once(self, policy: Path, tmp_path: Path) -> None:
        with pytest.raises(ResolverError, match="cannot write"):
            Resolver.open(policy, decision_log=tmp_path)

    @pytest.mark.slow
    def test_disk_that_goes_away_later_is_said_once(
        self, policy: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Deciding goes on."""
        folder = tmp_path / "logs"
        folder.mkdir()
        with Resolver.open(policy, decision_log=folder / "log") as resolver:
            (folder / "log").unlink()
            folder.rmdir()
            for _ in range(2):
                assert resolver.resolve("t", "r").tier == "general"
                time.sleep(0.5)
        assert caplog.text.count("decisions are not logged") == 1

    @pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
    def test_child_of_a_fork_logs_too(self, policy: Path, tmp_path: Path) -> None:
        file = tmp_path / "log"
        with Resolver.open(policy, decision_log=file) as resolver:
            resolver.resolve("parent", "r")
            child = os.fork()
            if not child:
                resolver.resolve("child", "r")
                resolver.close()
                os._exit(0)
            os.waitpid(child, 0)
        assert sorted(json.loads(line)["triad"] for line in file.read_text().splitlines()) == ["child", "parent"]


def test_log_of_the_command_as_json(tmp_path: Path) -> None:
    """`The log can be JSON (--log-json, RESOLVER_LOG=json)`."""
    policy = own_policy(tmp_path)
    with Resolver.open(policy) as resolver:
        fail(resolver, times=3)
    take_out(policy)
    assert "layout:worker_a" not in (policy / STATE).read_text()
    done = CliRunner().invoke(main, ["--log-json", "state", "--policies", str(policy)])
    (line,) = done.stderr.splitlines()
    said = json.loads(line)
    assert (said["level"], said["logger"]) == ("warning", "resolver")
    assert said["message"].endswith("`resolver state restore layout worker_a` brings it back")
    done = CliRunner().invoke(main, ["state", "--policies", str(policy)], env={"RESOLVER_LOG": "jsn"})
    assert (done.exit_code, "RESOLVER_LOG is `json` or `text`, not `jsn`" in done.stderr) == (2, True)
