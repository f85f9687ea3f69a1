"""Recognizes a policy in a directory, for an author who runs a command inside a policy or beside an application's file.

It reads the beginning of some files, and no YAML: a file with an error is as much a policy as any other.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from enum import Enum
from itertools import islice
from pathlib import Path

from resolver.author.policy_tests.case_paths import is_test_file_name, policy_beside
from resolver.loader import is_policy_file
from resolver.schema.names import ROOT, SECTIONS

_DISTINCTIVE = frozenset(SECTIONS) - {"facts"}
"""Sections that identify a policy: other programs do not use these names."""
_MOST_ENTRIES, _MOST_FILES, _MOST_BYTES = 1_000, 100, 65_536
_KEY = re.compile(r"""(?:\A|(?<=[\r\n]))(?:\ufeff)*["']?([\w-]+)["']?[ \t]*:(?=\s|$)""")
_FIRST_IN_BRACES = re.compile(r"""(?:\s|\ufeff|---|#[^\r\n]*[\r\n])*\{\s*["']?([\w-]+)["']?\s*:""")
_INDENTED = re.compile(rf"""(?:\A|(?<=[\r\n{{]))[ \t]*["']?(?:{"|".join(sorted(_DISTINCTIVE))})["']?[ \t]*:(?=\s|$)""")


class Holding(Enum):
    """The sections of a policy that a text holds, as far as its beginning shows."""

    NOTHING = 0
    WHOLE = 1
    """Some, beside other keys or under `config`: an application's file, which holds a policy of its own."""
    PART = 2
    """Nothing but sections: a file of a policy directory."""


def policy_here(folder: Path) -> Path | None:
    """Return the policy in `folder`: the directory itself, or an application's file in it that has sections of one.

    Args:
        folder: The directory. Only its first files are read.
    """
    single = None
    for file in _files(folder):
        match holding(_beginning(file)):
            case Holding.PART:
                return folder
            case Holding.WHOLE:
                single = single or file
    return single


def policy_of(file: Path, text: str) -> Path | None:
    """Return the policy that a file of an editor belongs to, None if it belongs to none.

    Args:
        file: The path of the file, which need not be on the disk.
        text: The text in the editor.
    """
    folder, held = file.parent, holding(text)
    if is_test_file_name(file.name):
        here = policy_here(folder)
        beside = policy_beside(file)
        return here if folder in (here, beside) else beside
    if not is_policy_file(file.name):
        return None
    if held is Holding.PART or policy_here(folder) == folder:
        return folder
    return file if held is Holding.WHOLE else None


def holding(text: str) -> Holding:
    r"""Return the sections of a policy that a text holds.

    >>> holding("model_tiers: {}").name, holding("name: app\nmodel_tiers: {}").name, holding("services: {}").name
    ('PART', 'WHOLE', 'NOTHING')
    """
    keys = _keys(text)
    if keys & _DISTINCTIVE:
        return Holding.PART if keys <= set(SECTIONS) else Holding.WHOLE
    is_below = ROOT in keys and _INDENTED.search(text[:_MOST_BYTES]) is not None
    return Holding.WHOLE if is_below else Holding.NOTHING


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
