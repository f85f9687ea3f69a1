"""Warnings about files in a policy directory that look like part of it or like tests, and are not read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from resolver.diagnostics import Diagnostic, Level, Place, Source, legible, listed
from resolver.loader.files import (
    MORE_AFTER_SUFFIX,
    SUFFIXES,
    has_more_after_suffix,
    has_yaml,
    is_misnamed,
    is_policy_file,
    named_as_test,
    rename_help,
)
from resolver.schema.names import SECTIONS
from resolver.yaml_text.nodes import Mapping, Node, is_null, resolved

_MOST_ENTRIES = 1_000
_MOST_BYTES = 2**20
_TESTS = re.compile(r"""(?:\A|(?<=[\r\n]))[{ \t\ufeff]*["']?tests["']?[ \t]*:""")
_SECTION = re.compile(rf"""(?:\A|(?<=[\r\n]))[\ufeff]*["']?({"|".join(SECTIONS)})["']?[ \t]*:""")
_LIKE_TESTS = re.compile(r"(?i)(?:^|[_.-])tests?(?:[_.-]|$)")


def not_read(folder: Path) -> list[Diagnostic]:
    """Return warnings about the files and subdirectories of a policy directory that the loader ignores.

    At most 1,000 entries are checked.
    """
    try:
        with os.scandir(folder) as entries:
            found = sorted(islice(entries, _MOST_ENTRIES), key=lambda entry: entry.name)
            return [*_files(folder, [e.name for e in found if e.is_file()]), *_folders(folder, found)]
    except OSError:  # `policy_files` reports this error
        return []


def is_empty(document: Node) -> bool:
    """Return whether a document has no content."""
    node = resolved(document)
    return is_null(node) or (isinstance(node, Mapping) and not node.entries)


def empty_file(file: Path, source: Source) -> Diagnostic:
    """Return the warning about a file of the policy that has no content.

    Args:
        file: The path of the file.
        source: Its text.

    """
    help = "write a section into it, such as `rulesets:`, or remove it"
    if _is_like_tests(file.name):
        help += f"; a file of tests is named `{named_as_test(file.name)}`, for example"
    message = legible(f"`{file.name}` is empty, and adds nothing to the policy")
    return Diagnostic("not-read", message, Place(source, 1, 1, 0), legible(help), Level.WARNING)


def _is_like_tests(name: str) -> bool:
    """Return whether a file of this name seems to be meant as one of tests."""
    return bool(_LIKE_TESTS.search(Path(name).stem))


def _files(folder: Path, names: list[str]) -> Iterator[Diagnostic]:
    for name in names:
        suffix = Path(name).suffix
        if name.startswith(".") or is_policy_file(name) or is_misnamed(name):
            continue
        if suffix in SUFFIXES:
            yield from _of_tests(folder / name)
        elif has_more_after_suffix(name) or _is_misspelt(suffix):
            meant = name[: match.end()] if (match := MORE_AFTER_SUFFIX.search(name)) else f"{Path(name).stem}.yaml"
            message = f"`{name}` is not part of the policy, because its name ends in `{suffix}`"
            yield _warning(folder / name, message, rename_help(folder / name, meant))


def _is_misspelt(suffix: str) -> bool:
    letters = sorted(suffix.strip().lower())
    return letters in (sorted(".yaml"), sorted(".yml"), sorted(".yam"))


def _of_tests(file: Path) -> Iterator[Diagnostic]:
    text = ""
    with suppress(OSError), file.open("rb") as opened:
        text = opened.read(_MOST_BYTES).decode("utf-8", "replace")
    if section := _SECTION.search(text):
        message = f"`{section[1]}` in `{file.name}` is not read, because files named `*_test` hold tests"
        yield _warning(file, message, "move it into a file with another name")
    elif not _TESTS.search(text):
        message = f"`{file.name}` has no tests, and its name keeps it out of the policy"
        yield _warning(file, message, "write `tests:` and below it a name for each test, or rename the file")


def _folders(folder: Path, found: list[os.DirEntry[str]]) -> Iterator[Diagnostic]:
    names = [entry.name for entry in found if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)]
    with_yaml = [f"{name}/" for name in names[:_MOST_ENTRIES] if has_yaml(folder / name)]
    if with_yaml:
        message = f"YAML in {listed(with_yaml)} is not read: a policy has no subdirectories"
        yield _warning(folder / with_yaml[0].rstrip("/"), message, "move the files up, or out of the directory")


def _warning(file: Path, message: str, help: str) -> Diagnostic:
    place = Place(Source(legible(str(file)), ""), 1, 1)
    return Diagnostic("not-read", legible(message), place, legible(help), Level.WARNING)
