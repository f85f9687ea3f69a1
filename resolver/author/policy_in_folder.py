"""Recognizes a policy in a directory, for an author who runs a command inside a policy or beside an application's file.

It reads the beginning of some files, and no YAML: a file with an error is as much a policy as any other.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from itertools import islice
from pathlib import Path

from resolver.loader import is_policy_file
from resolver.schema.names import ROOT, SECTIONS

_DISTINCTIVE = frozenset(SECTIONS) - {"facts"}
"""Sections that identify a policy: other programs do not use these names."""
_MOST_ENTRIES, _MOST_FILES, _MOST_BYTES = 1_000, 100, 65_536
_KEY = re.compile(r"""(?m)^(?:\ufeff)*["']?([\w-]+)["']?[ \t]*:(?=\s|$)""")
_INDENTED = re.compile(rf"""(?m)^[ \t]+["']?(?:{"|".join(sorted(_DISTINCTIVE))})["']?[ \t]*:(?=\s|$)""")


def policy_here(folder: Path) -> Path | None:
    """Return the policy in `folder`: the directory itself, or an application's file in it that has sections of one.

    Args:
        folder: The directory. Only its first files are read.
    """
    single = None
    for file in _files(folder):
        text = _beginning(file)
        keys = set(_KEY.findall(text))
        if keys & _DISTINCTIVE and keys <= set(SECTIONS):
            return folder
        if single is None and (keys & _DISTINCTIVE or (ROOT in keys and _INDENTED.search(text))):
            single = file
    return single


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
