"""Run a job in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from benchmarks.peers.jobs import Job

_ROOT = Path(__file__).resolve().parent.parent.parent


class FailedError(Exception):
    """A job that did not end well; says how."""


@dataclass(frozen=True)
class Answer:
    """What a measuring process found, and the monotonic time at which it was started."""

    started: float
    found: dict[str, Any]


def run_job(python: Path, job: Job, limit: float) -> Answer:
    """Run `job` under `python`; raises FailedError if it takes longer than `limit` seconds or fails."""
    given = json.dumps(job.as_json())
    environment = {
        **os.environ,
        "PYTHONPATH": str(_ROOT),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else litellm asks the network when it is imported
    }
    started = monotonic()
    try:
        done = subprocess.run(
            [str(python), "-m", "benchmarks.peers.worker"],
            input=given,
            env=environment,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FailedError(f"> {limit:g} s") from None
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise FailedError(reason[:200])
    return Answer(started, json.loads(done.stdout.strip().splitlines()[-1]))
