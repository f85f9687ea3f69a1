"""Several files are replaced together, or the error names those that could not be put back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from resolver.diagnostics import ResolverError
from resolver.serving.file_stamp import Stamp
from resolver.state import NewContent, PartlyReplacedError, replace_all
from resolver.state.replace import NotDurableError, Replacement

FILES = ("a.yaml", "b.yaml", "c.yaml")
Swap = Callable[[Replacement, bytes], Stamp | None]


@pytest.fixture
def contents(tmp_path: Path) -> dict[Path, NewContent]:
    for name in FILES:
        (tmp_path / name).write_bytes(b"old")
    return {tmp_path / name: NewContent(b"old", b"new") for name in FILES}


def _texts(contents: dict[Path, NewContent]) -> list[bytes]:
    return [path.read_bytes() for path in contents]


def _left_beside(contents: dict[Path, NewContent]) -> list[Path]:
    return [path for file in contents for path in file.parent.iterdir() if path.name not in FILES]


def _failing(monkeypatch: pytest.MonkeyPatch, fails: Callable[[Replacement, Swap, bytes], Stamp | None]) -> None:
    swap = Replacement.swap
    monkeypatch.setattr(Replacement, "swap", lambda self, old: fails(self, swap, old))


def test_an_undone_change_leaves_the_old_files(contents: dict[Path, NewContent]) -> None:
    undo = replace_all(contents)
    assert _texts(contents) == [b"new"] * 3
    undo(ValueError("a commit failed"))
    assert _texts(contents) == [b"old"] * 3
    assert _left_beside(contents) == []


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("error", "is_swapped"),
    [
        (ResolverError("no space"), False),
        (NotDurableError("a power cut may undo it"), True),
        (KeyboardInterrupt(), False),
        (KeyboardInterrupt(), True),
    ],
)
def test_no_file_is_replaced_if_one_fails(
    name: str, error: BaseException, is_swapped: bool, contents: dict[Path, NewContent], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file at which the error comes may have its new content already: it gets the old one back, too."""

    def fails(replacement: Replacement, swap: Swap, old: bytes) -> Stamp | None:
        if replacement.path.name != name or old == b"new":
            return swap(replacement, old)
        if is_swapped:
            swap(replacement, old)
        raise error

    _failing(monkeypatch, fails)
    with pytest.raises(type(error)):
        replace_all(contents)
    assert _texts(contents) == [b"old"] * 3
    assert _left_beside(contents) == []


def test_the_error_names_files_that_cannot_be_put_back(
    contents: dict[Path, NewContent], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to compare the files to see which of them has the new content."""

    def fails(replacement: Replacement, swap: Swap, old: bytes) -> Stamp | None:
        if replacement.path.name == "c.yaml" or (replacement.path.name == "a.yaml" and old == b"new"):
            raise ResolverError("no space")
        return swap(replacement, old)

    _failing(monkeypatch, fails)
    with pytest.raises(PartlyReplacedError, match=r"no space; this file already has the new content: `.*a\.yaml`$"):
        replace_all(contents)
    assert _texts(contents) == [b"new", b"old", b"old"]
    assert _left_beside(contents) == []


def test_an_undone_change_keeps_what_was_saved_since(contents: dict[Path, NewContent]) -> None:
    undo = replace_all(contents)
    (next(iter(contents))).write_bytes(b"saved")
    undo(ValueError("a commit failed"))
    assert _texts(contents) == [b"saved", b"old", b"old"]
