"""Keys that one file of a policy can have, and no other: the files of a directory are read as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from resolver.author.completion.name_places import in_sections
from resolver.author.completion.open_frames import KeyPath, Word

_ROOT = ("model_tiers",)
_JOINED = ("tiers", "role_defaults", "phase_overrides", "providers")
"""Mappings whose entries several files may have."""


def is_given_once(word: Word) -> bool:
    """Return whether a word is a key that is an error in a second file."""
    if not word.is_key:
        return False
    path = in_sections(word.path)
    if path[:1] != _ROOT:
        return path == ("facts",)
    if len(path) == 1:
        return word.text not in _JOINED
    return path[1] in _JOINED and len(path) == (3 if path[1] == "phase_overrides" else 2)


def given_once(words: Iterable[Word]) -> Mapping[KeyPath, frozenset[str]]:
    """Return the keys among words that are errors in a second file, by the path of their mapping."""
    given: dict[KeyPath, set[str]] = {}
    for word in words:
        if is_given_once(word):
            given.setdefault(in_sections(word.path), set()).add(word.text)
    return {path: frozenset(keys) for path, keys in given.items()}
