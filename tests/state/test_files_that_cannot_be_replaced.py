"""Files that cannot be replaced are reported when a policy is opened, and stay as they are."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from resolver import Resolver, ResolverError
from resolver.state.replace import Replacement
from tests.state.own import STATE, fail, left_over, own_policy, python

ROOT = os.geteuid() == 0
LIMITED = """
import resource, signal, sys
from resolver import Resolver, ResolverError
resolver = Resolver.open(sys.argv[1])
for _ in range(2):
    resolver.record_failure("layout", "worker_a")
size = 4096
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    resolver.record_failure("layout", "worker_a")
except ResolverError as error:
    print(error)
"""
AS_NOBODY = """
import logging, os, sys
from resolver import Resolver, ResolverError
with Resolver.open(sys.argv[2]) as resolver:  # imports what `nobody` may not read
    for _ in range(3):
        resolver.record_failure("layout", "worker_a")
os.setgroups([])
os.setgid(0 if os.stat(sys.argv[1] + "/model_tiers.yaml").st_gid == 0 else 65534)
os.setuid(65534)
logging.basicConfig(format="%(message)s", stream=sys.stdout)
with Resolver.open(sys.argv[1]) as resolver:
    for _ in range(2):
        resolver.record_failure("layout", "worker_a")
    try:
        resolver.record_failure("layout", "worker_a")
    except ResolverError as error:
        print(error)
"""


@contextmanager
def mounted(*arguments: str | Path) -> Iterator[None]:
    """A mount, where this process may mount; the last argument is where."""
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"cannot mount here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(arguments[-1])], capture_output=True, check=False)


def warned(policy: Path, caplog: pytest.LogCaptureFixture) -> str:
    """What opening a policy says of what is in the way of every escalation."""
    Resolver.open(policy).close()
    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said.startswith("no escalation can be written into `")
    return said


@pytest.mark.slow
def test_hard_links_are_said_when_opening_and_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The other name would silently keep the old text."""
    policy = own_policy(tmp_path)
    (tmp_path / "backup.yaml").hardlink_to(policy / STATE)
    assert "it has 2 hard links, and its other names would keep the old text" in warned(policy, caplog)
    text = (policy / STATE).read_bytes()
    with Resolver.open(policy) as resolver:
        fail(resolver, times=2)
        with pytest.raises(ResolverError, match=r"has 2 hard links, .* make copies instead; nothing was changed"):
            fail(resolver)
        assert (policy / STATE).read_bytes() == text
        (tmp_path / "backup.yaml").unlink()
        assert fail(resolver)[0].effect == "escalate"


@pytest.mark.slow
@pytest.mark.skipif(not ROOT, reason="only root may give a file away")
@pytest.mark.parametrize(
    ("user", "group", "why"),
    [
        (1, 0, "it belongs to `daemon`, which a process of `nobody` cannot keep so; run it as `daemon`"),
        (987654, 0, "it belongs to user 987654, which a process of `nobody` cannot keep so; run it as user 987654"),
        (65534, 1, "its group is `daemon`, which a process that is not in it cannot keep so"),
    ],
)
def test_an_owner_that_cannot_be_kept_is_named_when_opening(user: int, group: int, why: str, tmp_path: Path) -> None:
    """In words that name the owner; and an escalation is refused in the same words."""
    policy = own_policy(tmp_path)
    for path in (policy, *policy.iterdir()):
        os.chown(path, 65534, 0)
        path.chmod(0o777)
    os.chown(policy / STATE, user, group)
    for path in (tmp_path, *tmp_path.parents):
        if path != Path("/"):
            path.chmod(path.stat().st_mode | 0o055)
    (tmp_path / "warm").mkdir()
    done = python(AS_NOBODY, policy, own_policy(tmp_path / "warm"))
    state = policy / STATE
    said = [
        f"no escalation can be written into `{state}`: {why}",
        f"cannot replace `{state}`: {why}; nothing was changed",
    ]
    assert done.stdout.splitlines() == said, done.stderr


@pytest.mark.skipif(not ROOT, reason="only root may mount")
def test_a_mounted_file_and_a_read_only_directory_are_said_when_opening(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What can never learn is said at once, and not at the third failure."""
    policy = own_policy(tmp_path)
    with mounted("--bind", policy / STATE, policy / STATE):
        assert "it is mounted by itself; mount its directory instead" in warned(policy, caplog)
    caplog.clear()
    with mounted("--bind", policy, policy), mounted("-o", "remount,bind,ro", policy):
        assert "its directory cannot be written into" in warned(policy, caplog)


@pytest.mark.skipif(not ROOT, reason="only root may mount")
def test_bind_mounted_file_is_refused_before_anything(tmp_path: Path) -> None:
    """A file that is mounted by itself cannot be replaced; that is said, and nothing has changed."""
    policy = own_policy(tmp_path)
    outside = tmp_path / "outside with space.yaml"
    outside.write_bytes((policy / STATE).read_bytes())
    text = outside.read_bytes()
    with mounted("--bind", outside, policy / STATE), Resolver.open(policy) as resolver:
        fail(resolver, times=2)
        with pytest.raises(ResolverError, match="it is mounted by itself; mount its directory instead"):
            fail(resolver)
        assert (outside.read_bytes(), left_over(policy), resolver.history()) == (text, [], [])
        (streak,) = resolver.streaks().values()
        assert streak.strikes == 2
        assert resolver.resolve("layout", "worker_a").tier == "general"


@pytest.mark.skipif(not ROOT, reason="only root may mount")
def test_file_mounted_without_a_list_of_mounts(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no list of mounts is, the swap itself finds out, and nothing has changed."""
    outside = tmp_path / "outside.yaml"
    outside.write_bytes(b"outside\n")
    monkeypatch.setattr("resolver.state.replaceable._MOUNTS", tmp_path / "nowhere")
    with mounted("--bind", outside, file):
        new = Replacement(file, b"new\n")
        with pytest.raises(ResolverError, match="nothing was changed"):
            new.swap(b"outside\n")
        new.discard()
        assert outside.read_bytes() == b"outside\n"
    assert left_over(tmp_path) == []


@pytest.mark.skipif(not ROOT, reason="only root may mount")
def test_read_only_directory_is_refused(tmp_path: Path) -> None:
    """In a directory that cannot be written into, requests are answered and outcomes refused."""
    policy = own_policy(tmp_path)
    with mounted("--bind", policy, policy), mounted("-o", "remount,bind,ro", policy), Resolver.open(policy) as resolver:
        assert resolver.resolve("layout", "worker_a").tier == "general"
        assert resolver.history() == []
        with pytest.raises(ResolverError, match=r"cannot lock .*[Rr]ead-only"):
            fail(resolver)


@pytest.mark.skipif(not ROOT, reason="only root may mount")
def test_directory_behind_the_link_is_read_only(tmp_path: Path) -> None:
    """A link into a directory that cannot be written into is diagnosed before anything has changed."""
    policy = own_policy(tmp_path)
    fixed = tmp_path / "fixed"
    fixed.mkdir()
    (policy / STATE).rename(fixed / STATE)
    (policy / STATE).symlink_to(fixed / STATE)
    with mounted("--bind", fixed, fixed), mounted("-o", "remount,bind,ro", fixed), Resolver.open(policy) as resolver:
        with pytest.raises(ResolverError, match=r"cannot lock .*[Rr]ead-only"):
            fail(resolver)
        assert resolver.history() == []


@pytest.mark.skipif(not ROOT, reason="only root may mount")
def test_full_disk_changes_nothing(tmp_path: Path) -> None:
    """On a full disk the escalation is refused; once there is room, the same failure escalates."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted("-t", "tmpfs", "-o", "size=256k", "tmpfs", disk):
        policy = own_policy(disk)
        text = (policy / STATE).read_bytes()
        with Resolver.open(policy) as resolver:
            fail(resolver, times=2)
            with (disk / "filler").open("wb", buffering=0) as filler:
                for size in (65_536, 4_096):
                    try:
                        while filler.write(b"x" * size) == size:
                            pass
                    except OSError:
                        pass
            with pytest.raises(ResolverError):
                fail(resolver)
            assert (policy / STATE).read_bytes() == text
            assert left_over(policy) == []
            (disk / "filler").unlink()
            assert resolver.history() == []
            assert fail(resolver)[0].effect == "escalate"


def test_file_size_limit_changes_nothing(tmp_path: Path) -> None:
    """A write that the system cuts off is refused, and nothing has changed."""
    policy = own_policy(tmp_path)
    text = (policy / STATE).read_bytes()
    done = python(LIMITED, policy)
    assert "nothing was changed" in done.stdout, done.stderr
    assert (policy / STATE).read_bytes() == text
    assert left_over(policy) == []
    with Resolver.open(policy) as resolver:
        assert resolver.history() == []
        assert fail(resolver)[0].effect == "escalate"
