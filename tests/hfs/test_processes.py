"""One config file that several HFS processes use at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

from resolver.hfs import EscalationTracker, ModelSelector
from tests.hfs.hfs import FILE, config_of, escalations
from tests.hfs.managers import Writing
from tests.processes import ROOT

BEGIN = """
    import sys
    from pathlib import Path
    import yaml
    from resolver.hfs import EscalationTracker, ModelTiersConfig
    file = Path(sys.argv[1])
    def tracker():
        return EscalationTracker(file, ModelTiersConfig(**yaml.safe_load(file.read_text())["config"]["model_tiers"]))
"""


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", dedent(BEGIN) + dedent(program), *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(*processes: subprocess.Popen[str]) -> list[str]:
    found = []
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, "")
        found.append(out)
    return found


@pytest.mark.slow
def test_four_processes_lose_no_update(file: Path) -> None:
    program = """
        mine = tracker()
        for number in range(3):
            for _ in range(3):
                told = mine.record_failure(f"p{sys.argv[2]}-{number}", "worker_a")
            assert told == "reasoning"
    """
    finish(*(start(program, file, number) for number in range(4)))
    assert escalations(file) == {f"p{at}-{number}:worker_a": "reasoning" for at in range(4) for number in range(3)}
    lines = file.read_text().splitlines()
    assert [line for line in FILE.splitlines() if line not in lines] in ([], ["      {}"])


@pytest.mark.slow
def test_failures_of_one_role_in_three_processes_are_one_streak(file: Path) -> None:
    program = """
        print(tracker().record_failure("t", "worker_a"))
    """
    told = finish(*(start(program, file) for _ in range(3)))
    assert sorted(told) == ["None\n", "None\n", "reasoning\n"]
    assert EscalationTracker(file, config_of(file)).get_failure_count("t", "worker_a") == 0


@pytest.mark.slow
def test_an_escalation_of_another_process_reaches_the_config_within_a_second(file: Path) -> None:
    config = config_of(file)
    selector, tracker = ModelSelector(config, Writing("groq")), EscalationTracker(file, config)
    assert selector.get_current_tier("t", "worker_a") == "general"
    program = """
        mine = tracker()
        for _ in range(3):
            mine.record_failure("t", "worker_a")
    """
    finish(start(program, file))
    end = time.monotonic() + 3
    while selector.get_current_tier("t", "worker_a") == "general" and time.monotonic() < end:
        time.sleep(0.02)
    assert selector.get_current_tier("t", "worker_a") == "reasoning"
    assert config.escalation_state == {"t:worker_a": "reasoning"}
    assert tracker.get_failure_count("t", "worker_a") == 0
    assert selector.get_model("t", "worker_a") == "groq/moonshotai/kimi-k2-instruct"


def test_a_failure_on_a_tier_that_another_process_has_just_left_sees_the_new_one(file: Path) -> None:
    """A record reads the file at once, without the second that a request may wait."""
    config = config_of(file)
    config.role_defaults["worker_a"] = "fast"
    tracker = EscalationTracker(file, config)
    tracker.record_failure("t", "worker_a")
    text = file.read_text().replace("      {}", "      {'t:worker_a': general}")
    file.write_text(text)
    assert tracker.record_failure("t", "worker_a") is None
    assert tracker.get_failure_count("t", "worker_a") == 1, "the old streak is over"
    assert config.escalation_state == {"t:worker_a": "general"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_goes_on_recording(file: Path) -> None:
    config = config_of(file)
    tracker = EscalationTracker(file, config)
    tracker.record_failure("t", "worker_a")
    child = os.fork()
    if child == 0:
        try:
            tracker.record_failure("t", "worker_a")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert tracker.record_failure("t", "worker_a") == "reasoning"


def test_importing_it_imports_neither_agno_nor_keycycle(file: Path) -> None:
    program = """
        from unittest.mock import Mock
        from resolver.hfs import ModelSelector
        config = ModelTiersConfig(**yaml.safe_load(file.read_text())["config"]["model_tiers"])
        manager = Mock(available_providers=["groq"])
        assert ModelSelector(config, manager).get_model("t", "r") is manager.get_model.return_value
        print(sorted({"agno", "keycycle"} & sys.modules.keys()))
    """
    assert finish(start(program, file)) == ["[]\n"]
