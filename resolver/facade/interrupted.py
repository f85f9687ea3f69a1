"""Notes a renaming beside the policy while it lasts, so that the same command can finish it if the process is killed.

The note is there before the first file changes, and is removed when files and state have the new name.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from resolver.diagnostics import ResolverError
from resolver.domain import NameKind
from resolver.frozen import frozen
from resolver.state.beside import note_of_renaming
from resolver.state.replace import discard, sync_directory


@frozen
class InterruptedRenaming:
    """A renaming that has begun and not ended.

    Args:
        kind: The kind of the name.
        old: The name before.
        new: The name after.
        state: The database without its password; None means the file beside the policy.
        ruleset: The ruleset of a rule.

    """

    kind: NameKind
    old: str
    new: str
    state: str | None
    ruleset: str = ""

    def __str__(self) -> str:
        """Say what is renamed."""
        of = f" of `{self.ruleset}`" if self.ruleset else ""
        where = f" with --state `{self.state}`" if self.state else ""
        return f"the renaming of the {self.kind} `{self.old}`{of} to `{self.new}`{where}"


def note_path(path: Path) -> Path:
    """Return the path of the note beside the policy at `path`."""
    return note_of_renaming(path)


def interrupted_renaming(path: Path) -> InterruptedRenaming | None:
    """Return the renaming that was interrupted in the policy at `path`, None if there is none."""
    try:
        fields = json.loads(note_path(path).read_bytes())
        kind, ruleset = NameKind(fields["kind"]), fields.get("ruleset", "")
        return InterruptedRenaming(kind, fields["old"], fields["new"], fields["state"], ruleset)
    except (OSError, ValueError, KeyError, TypeError):  # a note that is not whole: no file had changed yet
        return None


def note_renaming(path: Path, renaming: InterruptedRenaming) -> None:
    """Write the note, on the disk when the call returns."""
    note = note_path(path)
    fields = {name: getattr(renaming, name) for name in ("kind", "old", "new", "state", "ruleset")}
    try:
        with note.open("w", encoding="ascii") as file:
            json.dump(fields, file)
            file.flush()
            os.fsync(file.fileno())
        sync_directory(note.parent)
    except OSError as error:
        discard(note)
        raise ResolverError(f"cannot write `{note}`: {error.strerror or error}; nothing was renamed") from error


def forget_renaming(path: Path) -> None:
    """Remove the note."""
    discard(note_path(path))
