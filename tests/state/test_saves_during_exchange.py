"""Saves that happen while a file is exchanged for its replacement are put back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from resolver import ResolverError
from resolver.serving.quiet_file import NotNowError
from resolver.state import replace as replace_module
from resolver.state.replace import Replacement, exchange
from tests.state.own import left_over


class TestTheLastMoment:
    """A save between the last look and the exchange of the names, of some microseconds, is put back."""

    def swap_while(self, file: Path, save: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
        new = Replacement(file, b"ours\n")

        def saved_before(first: Path, second: Path) -> bool:
            monkeypatch.setattr(replace_module, "exchange", exchange)
            save()
            return exchange(first, second)

        monkeypatch.setattr(replace_module, "exchange", saved_before)
        with pytest.raises(NotNowError, match=r"just now"):
            new.swap(b"old\n")
        new.discard()
        assert left_over(file.parent) == []

    def test_a_file_that_was_renamed_over_it_stays(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def save() -> None:
            (file.parent / "draft").write_bytes(b"theirs\n")
            (file.parent / "draft").replace(file)

        self.swap_while(file, save, monkeypatch)
        assert file.read_bytes() == b"theirs\n"

    def test_what_was_opened_for_writing_stays(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its writer waits for the lease, and then writes into the file that has its name again."""
        thread = threading.Thread(target=lambda: file.write_bytes(b"theirs\n"))

        def save() -> None:
            thread.start()
            time.sleep(0.2)

        self.swap_while(file, save, monkeypatch)
        thread.join(10)
        assert file.read_bytes() == b"theirs\n"

    def test_a_file_that_was_renamed_over_ours_while_it_was_put_back_stays(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The latest save is the one that is in place."""

        def save_as(content: bytes) -> None:
            (file.parent / "draft").write_bytes(content)
            (file.parent / "draft").replace(file)

        back = replace_module.put_back

        def saved_again(new: Path, path: Path, inode: int) -> None:
            save_as(b"the latest\n")
            back(new, path, inode)

        monkeypatch.setattr(replace_module, "put_back", saved_again)
        self.swap_while(file, lambda: save_as(b"theirs\n"), monkeypatch)
        assert file.read_bytes() == b"the latest\n"

    def test_where_names_cannot_be_exchanged_the_file_is_replaced(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(replace_module, "_renameat2", lambda: None)
        Replacement(file, b"ours\n").swap(b"old\n")
        assert file.read_bytes() == b"ours\n"
        new = Replacement(file, b"again\n")
        with pytest.raises(NotNowError, match="was saved just now"):
            new.swap(b"something else\n")
        new.discard()
        assert file.read_bytes() == b"ours\n"

    def test_a_directory_that_cannot_be_synced_undoes_it(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """An escalation is acknowledged only when a power cut cannot take it back."""
        new, synced = Replacement(file, b"ours\n"), replace_module.sync_directory

        def fails(path: Path) -> None:
            monkeypatch.setattr(replace_module, "sync_directory", synced)
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(replace_module, "sync_directory", fails)
        with pytest.raises(ResolverError, match="Input/output error; nothing was changed"):
            new.swap(b"old\n")
        new.discard()
        assert file.read_bytes() == b"old\n"
        assert left_over(file.parent) == []
