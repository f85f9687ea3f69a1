"""One file, whatever it is called: one lock, one database, one next content."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from resolver import Resolver, ResolverError
from resolver.domain import Subject
from resolver.state.beside import Beside
from resolver.state.process_lock import BusyError, ProcessLock
from tests.state.own import STATE, fail, left_over, own_policy

KEY = Subject("layout", "worker_a")
WRITER = """
import logging, sys
from resolver import Resolver
logging.disable(logging.CRITICAL)
path, who, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Resolver.open(path) as resolver:
    for number in range(times):
        for _ in range(3):
            outcome = resolver.record_failure(f"{who}{number}", "worker_a", error="x")
        if outcome.effect == "escalate":
            print(f"{who}{number}:worker_a", flush=True)
"""


def linked_file(folder: Path) -> tuple[Path, Path, Path]:
    """A single file and a link to it."""
    real = folder / "real.yaml"
    real.write_text("name: x\nmodel_tiers:\n  escalation_state: {}\n")
    (folder / "elsewhere").mkdir()
    link = folder / "elsewhere" / "link.yaml"
    link.symlink_to("../real.yaml")
    return real, link, real


def linked_directories(folder: Path) -> tuple[Path, Path, Path]:
    """Two directories that link the same files."""
    shared = own_policy(folder)
    for app in ("app1", "app2"):
        (folder / app).mkdir()
        for file in shared.glob("*.yaml"):
            (folder / app / file.name).symlink_to(Path("../policies") / file.name)
    return folder / "app1", folder / "app2", shared / STATE


def directory_and_link(folder: Path) -> tuple[Path, Path, Path]:
    """A directory and a link to it."""
    real = own_policy(folder)
    (folder / "link").symlink_to(real)
    return real, folder / "link", real / STATE


def directory_and_its_file(folder: Path) -> tuple[Path, Path, Path]:
    """A directory, and the file in it that holds the entries, as an application's single file."""
    real = own_policy(folder)
    return real, real / STATE, real / STATE


NAMES = [linked_file, linked_directories, directory_and_link, directory_and_its_file]


@pytest.mark.parametrize("names", NAMES, ids=lambda each: each.__name__)
class TestTwoNames:
    """`A symlink and its target, or two policy directories that link the same files, are two locks on one file`."""

    def test_what_one_learns_the_other_knows(
        self, names: Callable[[Path], tuple[Path, Path, Path]], tmp_path: Path
    ) -> None:
        one, two, file = names(tmp_path)
        time.sleep(0.5)
        with Resolver.open(one) as first, Resolver.open(two) as second:
            assert fail(first)[0].strikes == 1
            assert fail(second)[0].strikes == 2
            assert fail(first)[0].effect == "escalate"
            assert second.escalations() == first.escalations() == {KEY: "reasoning"}
            assert [e.what for e in second.history()] == [e.what for e in first.history()] == ["escalate"]
        beside = Beside.of(file)
        assert beside.lock.parent == beside.database.parent == beside.new.parent == file.parent
        databases = list(tmp_path.rglob("*.db"))
        assert databases == [beside.database]

    @pytest.mark.slow
    def test_no_acknowledged_escalation_is_lost(
        self, names: Callable[[Path], tuple[Path, Path, Path]], tmp_path: Path
    ) -> None:
        """Four processes, two by each name."""
        one, two, file = names(tmp_path)
        command = [sys.executable, "-W", "ignore", "-c", WRITER]
        writers = [
            subprocess.Popen([*command, str(path), who, "15"], stdout=subprocess.PIPE, text=True)
            for who, path in zip("ABCD", (one, two, one, two), strict=True)
        ]
        acknowledged = [line for writer in writers for line in writer.communicate(timeout=120)[0].split()]
        entries = yaml.safe_load(file.read_text())["model_tiers"]["escalation_state"]
        assert sorted(acknowledged) == sorted(entries)
        assert len(entries) == 60
        assert all(writer.returncode == 0 for writer in writers)
        assert left_over(file.parent) == []


def test_two_files_in_one_directory_have_nothing_in_common(tmp_path: Path) -> None:
    """Policies whose entries are in files of one directory keep streaks and history apart."""
    shared = own_policy(tmp_path)
    shutil.copy(shared / STATE, shared / "other.txt")
    for app, file in (("app1", STATE), ("app2", "other.txt")):
        (tmp_path / app).mkdir()
        for name in ("precedence.yaml", "code_execution.yaml", "three_strikes.yaml"):
            (tmp_path / app / name).symlink_to(shared / name)
        (tmp_path / app / STATE).symlink_to(shared / file)
    with Resolver.open(tmp_path / "app1") as first, Resolver.open(tmp_path / "app2") as second:
        fail(first, times=2)
        assert fail(second)[0].strikes == 1
        fail(first)
        assert (second.escalations(), second.history()) == ({}, [])


def test_a_link_that_leads_elsewhere_is_followed(tmp_path: Path) -> None:
    """A deployment that turns a link from one release to the next brings its own state along."""
    for release in ("one", "two"):
        (tmp_path / release).mkdir()
        own_policy(tmp_path / release)
    link = tmp_path / "current"
    link.symlink_to("one/policies")
    time.sleep(0.5)
    with Resolver.open(link) as resolver:
        assert fail(resolver, times=3)[-1].effect == "escalate"
        (tmp_path / "next").symlink_to("two/policies")
        (tmp_path / "next").replace(link)
        assert fail(resolver, "worker_b", times=3)[-1].effect == "escalate"
        assert resolver.escalations() == {Subject("layout", "worker_b"): "reasoning"}
    assert (
        "worker_b"
        not in (tmp_path / "one/policies" / STATE).read_text().split("escalation_state")[1].split("role_def")[0]
    )


def test_history_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    """The database beside the policy as it was given is taken over by the one beside the real file."""
    one, two, file = linked_directories(tmp_path)
    with Resolver.open(one) as resolver:
        time.sleep(0.5)
        fail(resolver, times=3)
        fail(resolver, "worker_b", 2)
    Beside.of(file).database.replace(one / ".resolver.db")
    for left in file.parent.glob(".resolver*"):
        left.unlink()
    with Resolver.open(one) as resolver:
        assert [event.what for event in resolver.history()] == ["escalate"]
        assert fail(resolver, "worker_b")[0].effect == "escalate"
    with Resolver.open(two) as resolver:
        assert len(resolver.history()) == 2


def test_a_damaged_database_of_an_earlier_version_is_not_taken_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Learning begins anew, and what is damaged stays where it is."""
    one, _, file = linked_directories(tmp_path)
    (one / ".resolver.db").write_bytes(b"no database at all " * 500)
    with Resolver.open(one) as resolver:
        assert [outcome.strikes for outcome in fail(resolver, times=2)] == [1, 2]
        assert resolver.history() == []
    assert "is damaged" in caplog.text
    assert (one / ".resolver.db").exists()
    assert Beside.of(file).database.exists()


class TestTheLock:
    """`a lock file that is deleted while held must not let two processes in`."""

    def test_one_holds_it(self, tmp_path: Path) -> None:
        first, second = (ProcessLock(tmp_path / "lock", directory=True) for _ in range(2))
        first.acquire(0)
        with pytest.raises(BusyError, match="another process has held"):
            second.acquire(0.01)
        first.release()
        second.acquire(0)
        second.release()
        second.release()

    def test_deleting_the_file_lets_nobody_in(self, tmp_path: Path) -> None:
        first, second = (ProcessLock(tmp_path / "lock", directory=True) for _ in range(2))
        first.acquire(0)
        (tmp_path / "lock").unlink()
        with pytest.raises(BusyError):
            second.acquire(0.01)
        first.release()
        second.acquire(0)
        second.release()

    @pytest.mark.parametrize("directory", [True, False])
    def test_a_file_that_was_deleted_while_it_was_waited_for_is_locked_anew(
        self, directory: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is locked is the file that the next process will lock."""
        path, opened = tmp_path / "lock", os.open

        def deleted(file: Path, *arguments: int) -> int:
            descriptor = opened(file, *arguments)
            if file == path:
                monkeypatch.setattr(os, "open", opened)
                path.unlink()
            return descriptor

        monkeypatch.setattr(os, "open", deleted)
        lock = ProcessLock(path, directory=directory)
        lock.acquire(1)
        with pytest.raises(BusyError):
            ProcessLock(path).acquire(0)
        lock.release()

    @pytest.mark.slow
    @pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
    @pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
    def test_a_child_does_not_hold_it_on(self, tmp_path: Path) -> None:
        """A fork copies descriptors; the copy neither keeps the lock after the parent nor gives it up for it."""
        lock = ProcessLock(tmp_path / "lock", directory=True)
        lock.acquire(0)
        child = os.fork()
        if child == 0:
            time.sleep(1)
            os._exit(0)
        with pytest.raises(BusyError):
            ProcessLock(tmp_path / "lock").acquire(0)
        lock.release()
        again = ProcessLock(tmp_path / "lock", directory=True)
        again.acquire(0)
        again.release()
        os.waitpid(child, 0)

    def test_a_store_whose_lock_is_deleted_goes_on(self, tmp_path: Path) -> None:
        policy = own_policy(tmp_path)
        with Resolver.open(policy) as resolver:
            fail(resolver)
            (policy / ".resolver.lock").unlink()
            assert fail(resolver)[0].strikes == 2

    def test_a_directory_that_cannot_be_written_into_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(ResolverError, match="cannot lock"):
            ProcessLock(tmp_path / "nowhere" / "lock").acquire(0)
