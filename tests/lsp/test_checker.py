"""The checks of several policies, without an editor."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from resolver.author import Analysis, Snapshot
from resolver.lsp.checker import Checker
from resolver.lsp.open_files import OpenFiles
from resolver.lsp.positions import Lines
from resolver.lsp.published import Published, Publisher
from tests.lsp.slow_policy import slow_policy


class Checks:
    """A checker of what is on the disk, and the analyses that it has published."""

    def __init__(self) -> None:
        self.published: list[Analysis] = []
        self.checker = Checker(lambda policy: Snapshot(policy, {}), self.prepare, self.publish)

    def prepare(self, analysis: Analysis) -> Published:
        return Publisher(analysis.snapshot.texts, Lines, Path.as_uri).by_file(analysis.diagnostics)

    def publish(self, analysis: Analysis, _: Published) -> None:
        self.published.append(analysis)

    async def until(self, holds: Callable[[], bool]) -> None:
        for _ in range(3_000):
            if holds():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(self.published)


def test_long_proofs_delay_no_other_policy(tmp_path: Path, policies: Path) -> None:
    """While other policies are proven, one is loaded, proven and tested."""

    async def run() -> None:
        checks = Checks()
        for number in range(4):
            folder = tmp_path / f"slow_{number}"
            folder.mkdir()
            (folder / "all.yaml").write_text(slow_policy(9))
            checks.checker.changed(folder)
        await checks.until(lambda: len(checks.published) == 4)
        checks.checker.changed(policies)
        found = await checks.checker.newest(policies)
        assert found is not None
        assert found.table is not None
        assert {analysis.is_complete for analysis in checks.published if analysis is not found} == {False}
        checks.checker.close()

    asyncio.run(run())


def test_closed_policy_is_forgotten(policies: Path) -> None:
    """A session in which many policies are opened and closed needs no more memory."""

    async def run() -> None:
        checks = Checks()
        checks.checker.changed(policies)
        found = await checks.checker.newest(policies)
        assert found is not None
        assert checks.checker.is_newest(found)
        assert checks.checker.last_good(policies) is found
        checks.checker.changed(policies)
        assert not checks.checker.is_newest(found)
        assert checks.checker.last_good(policies) is found
        checks.checker.closed(policies)
        assert checks.checker.last_good(policies) is None
        assert await checks.checker.newest(policies) is None
        checks.checker.close()

    asyncio.run(run())


def test_disk_is_read_only_when_a_text_holds_other_sections(tmp_path: Path) -> None:
    """Typing in a file of another program looks for no policy at each keystroke, and finds one that it becomes."""
    files, file, rules = OpenFiles(), tmp_path / "app.yaml", tmp_path / "rules.yaml"
    files.open(file, "services: {}\n")
    assert files.policy_of(file) is None
    rules.write_text("model_tiers: {}\n")
    files.open(file, "services: {a: 1}\n")
    assert files.policy_of(file) is None
    files.changed_on_disk(tmp_path)
    assert files.policy_of(file) == tmp_path
    rules.unlink()
    files.open(file, "model_tiers: {}\n")
    assert files.policy_of(file) == tmp_path
    files.open(file, "services: {}\nmodel_tiers: {}\n")
    assert files.policy_of(file) == file
    files.open(file, "")
    assert files.policy_of(file) == file
    files.close(file)
    assert files.policy_of(file) is None


def test_places_are_in_the_text_that_was_checked(policies: Path) -> None:
    """A file that changes on the disk after its check moves no diagnostic."""
    file = policies / "model_tiers.yaml"
    file.write_text(file.read_text().replace("critic: general", "critic: genral"))

    async def run() -> None:
        checks = Checks()
        checks.checker.changed(policies)
        found = await checks.checker.newest(policies)
        assert found is not None
        [before] = checks.prepare(found)[file]
        shutil.copy(policies / "precedence.yaml", file)
        [after] = checks.prepare(found)[file]
        assert before == after
        checks.checker.close()

    asyncio.run(run())
