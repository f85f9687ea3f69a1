"""Replaces several files, or none of them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from resolver.diagnostics import ResolverError
from resolver.state.replace import Replacement


class NewContent(NamedTuple):
    """The content of a file before and after it is replaced."""

    old: bytes
    new: bytes


def replace_all(contents: Mapping[Path, NewContent]) -> None:
    """Give files their new content; each must have its old one now.

    All new contents are on the disk before the first file is replaced. If a file cannot be replaced, those before it
    get their old content back.

    Raises:
        ResolverError: Another program has one of the files open or has saved it, or one cannot be replaced.
    """
    by_real_path = {path.resolve(): content for path, content in contents.items()}
    prepared: list[tuple[Replacement, NewContent]] = []
    done = 0
    try:
        for path, content in by_real_path.items():
            prepared.append((Replacement(path, content.new), content))
        for replacement, content in prepared:
            replacement.swap(content.old)
            done += 1
    except BaseException:
        for replacement, content in reversed(prepared[:done]):
            with suppress(ResolverError):
                Replacement(replacement.path, content.old).swap(content.new)
        for replacement, _ in prepared[done:]:
            replacement.discard()
        raise
