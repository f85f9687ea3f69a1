"""Files are quiet once they stay unchanged for a while and no program has them open for writing."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from resolver.serving import quiet_file as quiet_module
from resolver.serving.quiet_file import NotNowError, OpenForWritingError, Quiet, ReadLease, is_open_for_writing


class TestQuiet:
    """`unchanged for a stated time (size, mtime, ctime, inode)`."""

    def test_a_new_file_is_not_quiet(self, file: Path) -> None:
        assert 0 < Quiet().seconds_left(file) <= quiet_module.QUIET_SECONDS

    def test_an_old_file_is_quiet_at_first_sight(self, file: Path) -> None:
        time.sleep(quiet_module.QUIET_SECONDS)
        assert Quiet().seconds_left(file) == 0

    def test_an_old_time_of_change_that_was_set_by_hand_does_not_make_it_quiet(self, file: Path) -> None:
        """`cp -p`, `rsync -t` and `tar` set the time that a file was modified; that of its change nobody can."""
        os.utime(file, (10**9, 10**9))
        assert Quiet().seconds_left(file) > 0

    def test_a_file_of_the_future_is_quiet_once_it_was_watched(self, file: Path) -> None:
        os.utime(file, (4 * 10**9, 4 * 10**9))
        quiet = Quiet()
        assert quiet.seconds_left(file) > 0
        time.sleep(quiet_module.QUIET_SECONDS)
        assert quiet.seconds_left(file) == 0

    @pytest.mark.parametrize(
        "change",
        [
            lambda file: file.write_bytes(b"new\n"),
            lambda file: file.chmod(0o600),
            os.utime,
            lambda file: file.with_name("other").write_bytes(b"old\n") and file.with_name("other").replace(file),
        ],
    )
    def test_every_change_begins_the_wait_anew(self, change: Callable[[Path], object], file: Path) -> None:
        time.sleep(quiet_module.QUIET_SECONDS)
        quiet = Quiet()
        assert quiet.seconds_left(file) == 0
        change(file)
        assert quiet.seconds_left(file) > 0

    def test_where_the_system_cannot_tell_the_wait_is_longer(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(quiet_module, "_LEASES", ("F_NOTHING",))
        time.sleep(quiet_module.QUIET_SECONDS)
        assert quiet_module.QUIET_SECONDS_BLIND - 1 < Quiet().seconds_left(file) <= quiet_module.QUIET_SECONDS_BLIND

    def test_a_file_that_is_gone_is_not_quiet(self, file: Path) -> None:
        file.unlink()
        with pytest.raises(NotNowError, match="is not there"):
            Quiet().seconds_left(file)

    def test_a_reader_is_no_writer(self, file: Path) -> None:
        with file.open("rb"):
            assert not is_open_for_writing(file)
        with file.open("ab"):
            assert is_open_for_writing(file)
        with file.open("r+b"), pytest.raises(OpenForWritingError, match="is open for writing in another program"):
            ReadLease(file)

    def test_who_opens_it_meanwhile_waits_and_is_seen(self, file: Path) -> None:
        """The signal that the system sends to the holder ends no process."""
        with ReadLease(file) as lease:
            assert not lease.broken
            thread = threading.Thread(target=lambda: file.write_bytes(b"new\n"))
            thread.start()
            end = time.monotonic() + 10
            while not lease.broken and time.monotonic() < end:
                time.sleep(0.01)
            assert lease.broken
            assert file.read_bytes() == b"old\n"
        thread.join(10)
        assert file.read_bytes() == b"new\n"

    @pytest.mark.slow
    @pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
    @pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
    def test_a_child_does_not_keep_a_lease(self, file: Path) -> None:
        """A fork copies the descriptor; who wants to write does not wait for the child."""
        lease = ReadLease(file)
        child = os.fork()
        if child == 0:
            time.sleep(2)
            os._exit(0)
        lease.release()
        os.close(os.open(file, os.O_WRONLY | os.O_NONBLOCK))
        os.waitpid(child, 0)
