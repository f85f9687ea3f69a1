"""The files of a policy as they were when it was loaded, and a check of whether they have changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from resolver.diagnostics import ResolverError
from resolver.domain import Policy
from resolver.loader import policy_files
from resolver.serving.file_stamp import Stamp, stamp_of
from resolver.serving.quiet_file import SECONDS_OPEN, is_open_for_writing

if TYPE_CHECKING:
    from resolver.serving.policy_text import PolicyText

_TOO_RECENT = 100_000_000
"""Nanoseconds. A file that changed more recently than this before it was read may change again with the same stamp."""

_TRIES = 3
"""Attempts to read files that change meanwhile; after that, the next poll reads them again."""

_SECONDS_BETWEEN_SAVES = 0.02

Stamps = dict[Path, Stamp | None]


class FilesRead:
    """The files of the policy at `path`, read once.

    `texts` has their content. `text` is that of the file which holds the entries, and which this process changes itself
    (None: nothing could be read). `moved` is set when it has, since the lines below an entry move. A policy that was
    `dropped` is not put in force.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.texts: Mapping[Path, str] = MappingProxyType({})
        self.text: str | None = None
        self.moved = False
        self.dropped = False
        self._seen: Stamps = {}
        self._certain: Stamps = {}

    def load(self, load: Callable[[Path], Policy]) -> Policy:
        """Load the policy with `load`, and return it as its files were at one moment; raises what `load` raises."""
        stamps: Stamps = {}
        try:
            for _ in range(_TRIES):
                self.moved = False
                stamps, now = _stamps(self.path), time.time_ns()
                policy = load(self.path)
                if _stamps(self.path) == stamps:
                    break
            self._certain = {path: None if _is_recent(stamp, now) else stamp for path, stamp in stamps.items()}
            self.texts, self.text = policy.texts, policy.texts.get(policy.state_file)
        finally:
            self._seen = stamps  # last: a write until then makes the files differ from those that were read
        return policy

    def are_recent(self) -> bool:
        """Whether one of the files changed so recently that it may change again with the same stamp."""
        now = time.time_ns()
        return any(_is_recent(stamp, now) for stamp in _stamps(self.path).values())

    def are_being_saved(self) -> bool:
        """Whether another program has one of the files open for writing, as far as the system can tell."""
        return any(map(is_open_for_writing, _stamps(self.path)))

    def wait_for_save(self) -> bool:
        """Wait while a program has one of the files open for writing; return whether the program closed it in time."""
        end = time.monotonic() + SECONDS_OPEN
        while self.are_being_saved():
            if self.dropped or time.monotonic() >= end:
                return False
            time.sleep(_SECONDS_BETWEEN_SAVES)
        return True

    def are_seen(self) -> bool:
        """Whether the files have the stamps that they had when they were read."""
        return _stamps(self.path) == self._seen

    def are_same(self) -> bool:
        """Whether the files are certainly the same as when they were read."""
        return _stamps(self.path) == self._certain

    def saw(self, text: PolicyText) -> bool:
        """Return whether the file of `text` was read with that content."""
        return text.stamp is not None and self._seen.get(text.path) == text.stamp

    def wrote(self, before: PolicyText, after: PolicyText) -> None:
        """Note that this process has replaced the content `before` of the file that holds the entries by `after`.

        The file counts as changed only if `before` was not the content that had been loaded: then another program has
        changed it, too.
        """
        self.moved = True
        path = after.path
        if path in self._seen and self._is(before):
            self._seen[path] = self._certain[path] = after.stamp
            self.text = None if self.text is None else after.text

    def _is(self, text: PolicyText) -> bool:
        return self._seen[text.path] == text.stamp if self.text is None else self.text == text.text


def _is_recent(stamp: Stamp | None, now: int) -> bool:
    return stamp is not None and any(0 <= now - time < _TOO_RECENT for time in (stamp.modified, stamp.changed))


def _stamps(path: Path) -> Stamps:
    try:
        return {file: stamp_of(file) for file in policy_files(path)}
    except ResolverError:
        return {}
