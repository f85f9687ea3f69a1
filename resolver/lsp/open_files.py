"""The files that an editor has open, and the policies that they belong to."""

from __future__ import annotations

from pathlib import Path

from resolver.author import Holding, Snapshot, holding, policy_of


class OpenFiles:
    """The texts in an editor."""

    def __init__(self) -> None:
        self._texts: dict[Path, str] = {}
        self._held: dict[Path, Holding] = {}
        self._policies: dict[Path, Path | None] = {}

    def open(self, file: Path, text: str) -> None:
        """Note the text of a file that was opened or changed.

        The disk is read only if the text holds other sections than before: an editor calls this at each keystroke.
        """
        before, self._held[file] = self._held.get(file), holding(text)
        self._texts[file] = text
        if before is not self._held[file]:
            self._policies[file] = policy_of(file, text) or self._policies.get(file)

    def close(self, file: Path) -> None:
        """Note that a file was closed: what the disk has counts from now on."""
        for kept in (self._texts, self._held, self._policies):
            kept.pop(file, None)

    def changed_on_disk(self, folder: Path) -> None:
        """Look for the policies of the open files of a folder that had none."""
        for file, text in self._texts.items():
            if file.parent == folder and self._policies[file] is None:
                self._policies[file] = policy_of(file, text)

    def all(self) -> list[Path]:
        """Return the files that are open."""
        return [*self._texts]

    def policy_of(self, file: Path) -> Path | None:
        """Return the policy that an open file belongs to, None if it belongs to none."""
        return self._policies.get(file)

    def snapshot(self, policy: Path) -> Snapshot:
        """Return the policy as it is now."""
        return Snapshot(policy, {file: text for file, text in self._texts.items() if self._policies[file] == policy})
