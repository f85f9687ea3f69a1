"""`resolver watch` tells at each save what the save did, and ends with Ctrl-C."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from resolver.cli import main
from resolver.loader import shipped_policy


class Watch:
    """The command in a process of its own, whose output can be waited for."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-u", "-c", "from resolver.cli import main; main()", "watch"]
        environment = {**os.environ, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def until(self, text: str) -> list[str]:
        """The lines up to the first that has `text` in it."""
        found: list[str] = []
        while not found or text not in found[-1]:
            found.append(self.lines.get(timeout=30))
        return found

    def end(self) -> int:
        """The exit code after Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    found = Watch(tmp_path)
    try:
        yield found
    finally:
        if found.process.poll() is None:
            found.process.kill()
            found.process.wait()
        found.reader.join()
        assert found.process.stdout is not None
        found.process.stdout.close()


@pytest.mark.slow
def test_each_save_is_checked_tested_and_compared(watch: Watch, tmp_path: Path) -> None:
    """A bad save is told, a failing test is told, and what a good one changes is compared with the last good state."""
    tiers = tmp_path / "policies" / "model_tiers.yaml"
    tests = tmp_path / "policies" / "policy_test.yaml"
    text = tiers.read_text(encoding="utf-8")
    assert watch.until("good: ") == ["good: 54 cases, coverage 100 %, revision 3a69f916017587a4"]
    tiers.write_text(text.replace("critic: general", "critic: generl"), encoding="utf-8")
    assert any("unknown tier `generl`" in line for line in watch.until("1 error"))
    tiers.write_text(text.replace("critic: general", "critic: reasoning"), encoding="utf-8")
    said = watch.until("failed of")
    assert "  raises  critic; any phase, not escalated: general → reasoning" in said
    assert said[-1].endswith("failed of 54 cases")
    tests.write_text(tests.read_text(encoding="utf-8").replace(" critic,", ""), encoding="utf-8")
    said = watch.until("good: ")
    assert "policy_test.yaml" in said[1]
    assert any(line.startswith("verdict: raises, from the last good state") for line in said)
    assert watch.end() == 0


@pytest.mark.slow
def test_a_directory_that_is_replaced_is_still_watched(watch: Watch, tmp_path: Path) -> None:
    """What is there anew is checked at once, and each save in it from then on."""
    watch.until("good: ")
    policies, tiers = tmp_path / "policies", tmp_path / "policies" / "model_tiers.yaml"
    shutil.copytree(policies, tmp_path / "keep")
    for _ in range(2):
        shutil.rmtree(policies)
        watch.until("does not exist")
        shutil.copytree(tmp_path / "keep", policies)
        watch.until("good: 54 cases")
        while not watch.lines.empty():
            watch.lines.get()
    tiers.write_text(tiers.read_text(encoding="utf-8").replace("critic: general", "critic: generl"), encoding="utf-8")
    assert any("unknown tier `generl`" in line for line in watch.until("1 error"))
    assert watch.end() == 0


@pytest.mark.slow
def test_a_directory_that_another_takes_the_place_of_is_still_watched(watch: Watch, tmp_path: Path) -> None:
    """No file of it need be removed or saved for that."""
    watch.until("good: ")
    other = shutil.copytree(tmp_path / "policies", tmp_path / "other") / "model_tiers.yaml"
    other.write_text(other.read_text(encoding="utf-8").replace("critic: general", "critic: generl"), encoding="utf-8")
    (tmp_path / "policies").rename(tmp_path / "old")
    (tmp_path / "other").rename(tmp_path / "policies")
    assert any("unknown tier `generl`" in line for line in watch.until("1 error"))
    assert watch.end() == 0


def test_without_watchfiles_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named, and nothing is watched."""
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    result = CliRunner().invoke(main, ["watch"], prog_name="resolver")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "`pip install 'tier-resolver[watch]'`" in result.stderr
