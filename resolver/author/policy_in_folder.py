"""Recognizes a policy in a directory, for an author who runs a command inside a policy or beside an application's file.

It reads the beginning of some files, and no YAML: a file with an error is as much a policy as any other.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from itertools import islice
from pathlib import Path

from resolver.author.policy_tests.case_paths import is_test_file_name, policy_beside
from resolver.loader import is_policy_file
from resolver.loader.files import SUFFIXES
from resolver.schema.names import ROOT, SECTIONS

_DISTINCTIVE = frozenset(SECTIONS) - {"facts"}
"""Sections that identify a policy: other programs do not use these names."""
_MOST_ENTRIES, _MOST_FILES, _MOST_BYTES = 1_000, 100, 65_536
_KEY = re.compile(r"""(?:\A|(?<=[\r\n]))(?:\ufeff)*["']?([\w-]+)["']?[ \t]*:(?=\s|$)""")
_FIRST_IN_BRACES = re.compile(r"""(?:\s|\ufeff|---|#[^\r\n]*[\r\n])*\{\s*["']?([\w-]+)["']?\s*:""")
_INDENTED = re.compile(rf"""(?:\A|(?<=[\r\n{{]))[ \t]*["']?(?:{"|".join(sorted(_DISTINCTIVE))})["']?[ \t]*:(?=\s|$)""")


def policy_here(folder: Path) -> Path | None:
    """Return the policy in `folder`: the directory itself, or an application's file in it that has sections of one.

    Args:
        folder: The directory. Only its first files are read.
    """
    single = None
    for file in _files(folder):
        text = _beginning(file)
        if _is_part(text):
            return folder
        if single is None and _is_whole(text):
            single = file
    return single


def policy_of(file: Path, text: str) -> Path | None:
    """Return the policy that a file of an editor belongs to, None if it belongs to none.

    Args:
        file: The path of the file, which need not be on the disk.
        text: The text in the editor.
    """
    if file.suffix not in SUFFIXES:
        return None
    if is_test_file_name(file.name):
        beside = policy_beside(file)
        return beside if beside != file.parent else policy_here(file.parent)
    if policy_here(file.parent) == file.parent or _is_part(text):
        return file.parent
    return file if _is_whole(text) else None


def _is_part(text: str) -> bool:
    """Return whether this is a file of a policy directory, which holds sections and nothing else."""
    keys = _keys(text)
    return bool(keys & _DISTINCTIVE) and keys <= set(SECTIONS)


def _is_whole(text: str) -> bool:
    """Return whether this is an application's file that holds a policy."""
    keys = _keys(text)
    return bool(keys & _DISTINCTIVE) or (ROOT in keys and _INDENTED.search(text[:_MOST_BYTES]) is not None)


def _keys(text: str) -> set[str]:
    """Return the keys at the left margin; of a mapping in braces, such as one in JSON, the first."""
    text = text[:_MOST_BYTES]
    in_braces = _FIRST_IN_BRACES.match(text)
    return {in_braces[1]} if in_braces else set(_KEY.findall(text))


def _files(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, _MOST_ENTRIES) if is_policy_file(entry.name)]
    except OSError:
        return []
    return [folder / name for name in sorted(names)[:_MOST_FILES] if (folder / name).is_file()]


def _beginning(file: Path) -> str:
    with suppress(OSError), file.open("rb") as opened:
        return opened.read(_MOST_BYTES).decode("utf-8", "replace")
    return ""
