"""Which policy a file of tests is about, if it is one of policy tests at all and not somebody else's."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from resolver.diagnostics import Diagnostic, ResolverError, closest
from resolver.loader.tree import child, entries
from resolver.schema.names import ROOT, SECTIONS
from resolver.yaml_text.documents import read_documents, read_source

SUFFIXES = (".yaml", ".yml")
_TELLING = {"model_tiers", "rulesets"}
"""Sections that nobody else's file has at its root; `facts` may mean anything."""
_FEW = 20
"""Keys of a file that are looked at for a misspelt one."""
_KEY = re.compile(r"""^(["']?)([^\s"'#\[\]{},&*!|>%@`-][^"':\n]*)\1[ \t]*:(?=\s|$)""", re.MULTILINE)
"""A key at the root of a file, as far as a line by itself shows that."""


@dataclass(frozen=True, slots=True)
class Roots:
    """What the root of a file looks like: its keys, those below `config`, and whether it has tiers."""

    keys: AbstractSet[str]
    within: AbstractSet[str] = frozenset()
    tiers: bool = False


Known = dict[Path, dict[Path, Roots]]
"""The roots of the files of a directory that are no files of tests, by directory."""


def policy_of(file: Path, known: Known | None = None) -> Path | None:
    """Return the policy that this file of tests is about, or None if it is about none, and so somebody else's file.

    `known` keeps what was read of a directory for its next file of tests.
    """
    known = {} if known is None else known
    try:
        keys = _roots(file, ("tests",)).keys
        if not _has_tests(keys):
            return None
        if file.parent not in known:
            beside = sorted(path for path in file.parent.iterdir() if _may_be_policy(path))
            known[file.parent] = {path: _roots(path, SECTIONS) for path in beside}
    except (OSError, ResolverError):
        return None
    return _policy_among(known[file.parent], file, keys)


def _has_tests(keys: AbstractSet[str]) -> bool:
    alike = [key for key in keys if key[:1] in ("t", "T")]
    return "tests" in keys or (len(alike) <= _FEW and any(closest(key, ("tests",)) for key in alike))


def _policy_among(roots: dict[Path, Roots], file: Path, of_tests: AbstractSet[str]) -> Path | None:
    """Return the directory of `roots`, or the single file of the same name, whichever is the policy."""
    single = next((path for path in roots if path.stem == file.stem.removesuffix("_test")), None)
    keys = {key for one in roots.values() for key in one.keys}
    if single is not None and of_tests == {"tests"}:
        own = roots[single]
        whole = "rulesets" in keys and any(one.tiers for one in roots.values())
        # A directory must say everything, a single file needs to say only what is special, and may say other things.
        if own.within & _TELLING or (own.keys & _TELLING and not (whole and _only_sections(own.keys))):
            return single
    # What is misspelt, or has no place there, is to be reported and must not keep the tests from being found.
    return file.parent if keys & _TELLING and (of_tests == {"tests"} or _only_sections(keys)) else None


def _only_sections(keys: AbstractSet[str]) -> bool:
    return all(closest(key, SECTIONS) for key in keys)


def _may_be_policy(path: Path) -> bool:
    is_yaml = path.suffix in SUFFIXES and not path.name.startswith(".")
    return is_yaml and not path.stem.endswith("_test") and path.is_file()


def _roots(path: Path, words: tuple[str, ...]) -> Roots:
    """Return what the root of a file looks like; the lines have to tell of one that is broken or has no such word."""
    try:
        source = read_source(path)
    except ResolverError:
        return Roots(frozenset())
    text = (source.place.source if isinstance(source, Diagnostic) else source).text
    seen = Roots(frozenset(found[2].strip() for found in _KEY.finditer(text)))
    if isinstance(source, Diagnostic) or not any(word in text for word in words):
        return seen
    documents = read_documents(source)[0]
    if not documents:
        return seen
    return Roots(
        frozenset(key.text for document in documents for key, _ in entries(document)),
        frozenset(key.text for document in documents for key, _ in entries(child(document, ROOT))),
        any(child(document, "model_tiers", "tiers") is not None for document in documents),
    )
