"""Replaces several files as one change: on an error, the files that are already replaced get their old content back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from resolver.diagnostics import ResolverError
from resolver.state.replace import NotDurableError, Replacement

_log = logging.getLogger("resolver")


class NewContent(NamedTuple):
    """The content of a file before and after it is replaced."""

    old: bytes
    new: bytes


class PartlyReplacedError(ResolverError):
    """Some of the files have their new content, and cannot get the old one back."""


def replace_all(contents: Mapping[Path, NewContent]) -> Callable[[Exception], None]:
    """Give files their new content; each must have its old one now.

    All new contents are on the disk before the first file is replaced. If a file cannot be replaced, those before it
    get their old content back.

    Args:
        contents: The content of each file, in the order in which the files are replaced.

    Returns:
        A function that undoes the change because of an error. It raises PartlyReplacedError if it cannot.

    Raises:
        PartlyReplacedError: A file could not be replaced, and one before it could not be put back.
        ResolverError: Another program has one of the files open or has saved it, or one cannot be replaced.
    """
    by_real_path = {path.resolve(): content for path, content in contents.items()}
    prepared: list[Replacement] = []
    replaced: dict[Path, NewContent] = {}
    try:
        for path, content in by_real_path.items():
            prepared.append(Replacement(path, content.new))
        for replacement in prepared:
            content = replaced[replacement.path] = by_real_path[replacement.path]
            replacement.swap(content.old)
    except BaseException as error:
        for replacement in prepared:
            replacement.discard()
        _put_back(replaced, error)
        raise
    return partial(_put_back, replaced)


def _put_back(replaced: Mapping[Path, NewContent], error: BaseException) -> None:
    """Give files their old content back because of `error`; PartlyReplacedError if one keeps its new content."""
    left = [path for path, content in reversed(list(replaced.items())) if not _has_old_content(path, content)]
    if left:
        listed = ", ".join(f"`{path}`" for path in reversed(left))
        files = "this file already has" if len(left) == 1 else "these files already have"
        raise PartlyReplacedError(f"{error}; {files} the new content: {listed}") from error


def _has_old_content(path: Path, content: NewContent) -> bool:
    """Put the old content back where the new one is; return False if the file keeps the new one."""
    replacement: Replacement | None = None
    try:
        if path.read_bytes() != content.new:
            return True  # the file was not replaced, or another program has saved it since
        replacement = Replacement(path, content.old)
        replacement.swap(content.new)
    except NotDurableError as error:
        _log.error("%s", error)
    except (ResolverError, OSError) as error:
        _log.error("cannot put back `%s`: %s", path, error)
        if replacement is not None:
            replacement.discard()
        return False
    return True
