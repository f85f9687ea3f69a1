"""The side by side with other engines: what of it needs no network. `.ci/run` runs it whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.skipif(not (ROOT / "benchmarks").is_dir(), reason="the benchmarks are in the source tree")

if (ROOT / "benchmarks").is_dir():
    from benchmarks.bare import dictionaries
    from benchmarks.peers.catalogue import CONTENDERS
    from benchmarks.peers.jobs import Job
    from benchmarks.peers.measuring import domain
    from benchmarks.peers.turns import time_turns
    from benchmarks.policies import shipped_rows
    from benchmarks.rows import large_rows, requests
    from resolver import Resolver


@pytest.mark.slow
def test_contenders_are_measured_and_a_missing_one_says_why(tmp_path: Path) -> None:
    """What runs here decides as the policy says and has figures; what pip cannot install is listed with the reason."""
    arguments = ["--quick", "--json", str(tmp_path / "results.json"), "--environments", str(tmp_path / "environments")]
    arguments += ["--only", "bare dictionaries", "resolver", "durable-rules", "json-logic-qubit"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.peers", *arguments],
        cwd=ROOT,
        env={**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    *here, missing = results["contenders"]
    assert [one["trouble"] for one in here] == ["", "", ""]
    for one in here:
        assert min(one["p50_us"], one["p50_ratio"], one["first_ms"], one["decided_mib"], one["decisions"]) > 0
        assert all(timed["p50_us"] > 0 for by in ("by_rows", "by_keys") for timed in one[by].values())
        assert f"| {one['name']}" in done.stdout
    assert missing["trouble"].startswith("not installed: ")
    assert missing["trouble"] in done.stdout
    assert [one["ours_lost"] for one in results["escalations"]] == [0, 0]


def test_the_domain_is_whole() -> None:
    """11 roles with one that is not listed, 4 phases with none, 4 escalation states; all rules decide in it."""
    rows, asked = domain(shipped_rows())
    assert len(set(asked)) == len(asked) == 11 * 4 * 4
    decide = dictionaries(rows)
    with Resolver.open() as resolver:
        for triad, role, phase in asked:
            if triad == "as_shipped":
                assert resolver.resolve(triad, role, phase=phase).tier == decide(triad, role, phase=phase)
    assert {decide(triad, "worker_a", phase="execution") for triad, _, _ in asked} == {"fast", "general", "reasoning"}


def test_every_contender_has_an_adapter_and_no_adapter_is_left_over() -> None:
    """The catalogue and the adapters name each other."""
    adapters = {file.stem for file in (ROOT / "benchmarks" / "peers" / "adapters").glob("*.py")} - {"__init__"}
    assert {contender.adapter for contender in CONTENDERS} == adapters


def test_a_job_survives_the_pipe() -> None:
    """A job is the same after JSON."""
    rows = large_rows(20, 5)
    job = Job("time", "bare", rows, requests(rows, listed=True))
    assert Job.from_json(json.loads(json.dumps(job.as_json()))) == job


def test_turns_time_each_contender_on_its_own() -> None:
    """Who does ten times the work takes longer, and no round is without figures."""
    rows = shipped_rows()
    bare = dictionaries(rows)

    def slow(triad: str, role: str, *, phase: str | None = None) -> str | None:
        return [bare(triad, role, phase=phase) for _ in range(10)][-1]

    timed = time_turns(slow, bare, requests(rows, listed=True), rounds=3, batches=5, seconds=1.0)
    assert len(timed.p50) == len(timed.p99) == len(timed.bare_p50) == len(timed.bare_p99) == 3
    assert min(timed.p50) > min(timed.bare_p50)
    assert all(p50 <= p99 for p50, p99 in zip(timed.p50, timed.p99, strict=True))
