"""Files are replaced in one step and keep their mode, owner and links."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from resolver import Resolver, ResolverError
from resolver.serving.file_stamp import stamp_of
from resolver.state.replace import Replacement
from tests.state.own import STATE, fail, left_over, own_policy

ROOT = os.geteuid() == 0


def replaced(path: Path, content: bytes = b"new\n") -> None:
    Replacement(path, content).swap(path.read_bytes())


def test_content_is_replaced_and_nothing_is_left(file: Path) -> None:
    """A swap puts the new content in place, and says which stamp the file has."""
    new = Replacement(file, b"new\n")
    assert file.read_bytes() == b"old\n"
    stamp = new.swap(b"old\n")
    assert file.read_bytes() == b"new\n"
    assert stamp == stamp_of(file)
    assert [path.name for path in file.parent.iterdir()] == ["policy.yaml"]


def test_discarded_replacement_leaves_nothing(file: Path) -> None:
    """Discarding removes what was written, also twice."""
    new = Replacement(file, b"new\n")
    new.discard()
    new.discard()
    assert file.read_bytes() == b"old\n"
    assert left_over(file.parent) == []


def test_link_is_followed(file: Path, tmp_path: Path) -> None:
    """A link stays a link, and the file behind it is replaced."""
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "policy.yaml"
    link.symlink_to("../policy.yaml")
    replaced(link)
    assert link.is_symlink()
    assert file.read_bytes() == b"new\n"
    assert not left_over(tmp_path)
    assert not left_over(link.parent)


def test_link_with_what_was_learned(tmp_path: Path) -> None:
    """An escalation goes into the file behind the link."""
    policy = own_policy(tmp_path)
    (policy / STATE).rename(tmp_path / "real.yaml")
    (policy / STATE).symlink_to(tmp_path / "real.yaml")
    with Resolver.open(policy) as resolver:
        assert fail(resolver, times=3)[-1].effect == "escalate"
    assert (policy / STATE).is_symlink()
    assert '"layout:worker_a": reasoning' in (tmp_path / "real.yaml").read_text()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_mode_stays(file: Path, mode: int) -> None:
    """The new file has the mode of the old, whatever the umask."""
    file.chmod(mode)
    old = os.umask(0o077)
    try:
        replaced(file)
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.stat().st_mode) == mode


@pytest.mark.skipif(not ROOT, reason="only root may give a file away")
def test_owner_stays(file: Path) -> None:
    """The new file belongs to whom the old belonged to, also where a directory gives its group to new files."""
    os.chown(file, 1234, 2345)
    file.chmod(0o2640)
    os.chown(file.parent, -1, 3456)
    file.parent.chmod(0o2755)
    replaced(file)
    found = file.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (1234, 2345, 0o2640)


def test_missing_file_is_not_made(file: Path) -> None:
    """There must be something to replace."""
    file.unlink()
    with pytest.raises(ResolverError, match="nothing was changed"):
        Replacement(file, b"new\n")
    assert list(file.parent.iterdir()) == []


def test_what_a_kill_left_is_written_over(file: Path) -> None:
    """A new content that was never put in place is no obstacle, not even as a link to something else."""
    other = file.parent / "other"
    other.write_bytes(b"other")
    (file.parent / ".policy.yaml.new").symlink_to(other)
    replaced(file)
    assert (file.read_bytes(), other.read_bytes()) == (b"new\n", b"other")
    assert left_over(file.parent) == []
