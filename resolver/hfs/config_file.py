"""HFS's config file: the two parts of it that this program reads."""

from __future__ import annotations

from pathlib import Path

from resolver.diagnostics import ResolverError
from resolver.loader import presets_of
from resolver.serving import PolicyText, Stamp, is_open_for_writing, stamp_of


class ConfigFile:
    """The entries and the triads' presets in the file at `path`, as they were last read.

    `refused` is set while the file is missing, empty or no YAML, as it is for a moment whenever a program saves it; the
    entries read before stay in force then.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: dict[str, str] = {}
        self.presets: dict[str, str] = {}
        self.refused = False
        self._stamp: Stamp | None = None
        self._empty = True

    def reload_if_changed(self) -> bool:
        """Read the file if it has changed; return whether it had."""
        stamp = stamp_of(self.path)
        if stamp == self._stamp or is_open_for_writing(self.path):  # half of it would take entries back
            return False
        before = self._stamp, self.refused
        self._stamp, self.refused = stamp, True
        if stamp is None:
            return True
        try:
            text, presets = PolicyText.read(self.path), presets_of(self.path)
        except ResolverError:
            return True
        if text.stamp != stamp or is_open_for_writing(self.path):  # it is being saved: the next poll reads it
            self._stamp, self.refused = before
            return False
        if text.is_empty and not self._empty:
            return True
        self.refused, self._empty = False, text.is_empty
        self.entries, self.presets = {str(subject): tier for subject, tier in text.entries.items()}, presets
        return True

    def says(self, text: PolicyText) -> bool:
        """Return whether `text` is the content that was read last."""
        return not self.refused and text.stamp == self._stamp

    def entry_written(self, key: str, tier: str | None, stamp: Stamp | None) -> None:
        """Take over an entry that this process has just written into the file, which now has this stamp."""
        self._stamp = stamp
        if tier is None:
            self.entries.pop(key, None)
        else:
            self.entries[key] = tier
