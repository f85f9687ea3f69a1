"""The shipped policy, and the sections that an application's single file takes from it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from resolver.diagnostics import Diagnostic, ResolverError, Source, legible
from resolver.loader.files import only, policy_files, sections_of
from resolver.loader.problems import Problems
from resolver.loader.tree import SPREAD, child, merged
from resolver.yaml_text.documents import read_documents, read_source
from resolver.yaml_text.nodes import Mapping

_TAKEN = {
    ("model_tiers",): ("tiers and roles", "apply as well", "no `tiers`"),
    ("rulesets",): ("rules", "apply", "no `rulesets`"),
    ("model_tiers", "rulesets"): ("tiers, roles and rules", "apply", "neither `tiers` nor `rulesets`"),
}
"""Words for a part of the shipped policy, and why it applies to a single file, by the names of the sections."""


def shipped_policy() -> Path:
    """Return the directory of the shipped policy: inside an installed package, or beside the package in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "policies"
    return inside if inside.is_dir() else package.parent / "policies"


def is_packaged(path: Path) -> bool:
    """Return whether the policy at `path` is the one inside the installed package, which is read-only."""
    packaged = Path(__file__).parent.parent / "policies"
    return packaged.is_dir() and path.resolve() == packaged.resolve()


class PolicyLocation(NamedTuple):
    """The path of a policy, and whether it is the one inside the installed package, which is read-only."""

    path: Path
    is_read_only: bool


def place_of_policy(path: str | PathLike[str] | None) -> PolicyLocation:
    """Return the location of the policy that `Resolver.open` loads.

    Args:
        path: The path that is given; None for `./policies` or, without that, the shipped policy.

    Raises:
        ResolverError: The path is not one.

    """
    is_fallback = path is None and not os.path.lexists("policies")  # a broken link is a policy that cannot be read
    try:
        where = shipped_policy() if is_fallback else Path("policies" if path is None else path)
    except TypeError:
        raise ResolverError(f"a policy is the path of a directory or a file, not `{path!r:.100}`") from None
    return PolicyLocation(where, is_fallback or is_packaged(where))


def sections_to_take(root: Mapping | None) -> tuple[str, ...]:
    """Return the names of the sections that a single file with the sections `root` takes from the shipped policy."""
    taken = ["model_tiers"] if child(root, "model_tiers", "tiers") is None else []
    return (*taken, *(["rulesets"] if child(root, "rulesets") is None else []))


def taken_words(sections: tuple[str, ...]) -> str:
    """Return words for what a single file takes from the shipped policy, an empty text if it takes nothing.

    >>> taken_words(("model_tiers",))
    'tiers and roles'
    """
    return _TAKEN[sections][0] if sections else ""


def sections_beneath(holders: Sequence[Mapping]) -> list[Mapping]:
    """Return the sections of the shipped policy that a single file takes, whose own sections are `holders`."""
    return shipped_sections(sections_to_take(merged(holders, SPREAD, Problems()) if holders else None))


def shipped_sections(names: Sequence[str]) -> list[Mapping]:
    """Return these sections of each file of the shipped policy."""
    return [only(holder, names) for holder in _shipped_holders()]


@lru_cache(maxsize=1)
def _shipped_holders() -> tuple[Mapping, ...]:
    """Return the sections of the shipped policy. They are cached, because no program changes the shipped policy."""
    holders: list[Mapping] = []
    for file in policy_files(shipped_policy()):
        source = read_source(file)
        assert isinstance(source, Source), "the shipped policy can be read"
        holders += sections_of(source, read_documents(source)[0], Problems(), whole=True)
    return tuple(holders)


def with_reason(diagnostics: Iterable[Diagnostic], taken: tuple[str, ...], file: Path) -> list[Diagnostic]:
    """Add a note to each diagnostic in the shipped policy that says why the shipped policy applies.

    Args:
        diagnostics: Diagnostics about the single file at `file`.
        taken: The names of the sections that the file takes from the shipped policy; if there are none, nothing
            changes.
        file: The path of the single file.
    """
    if not taken:
        return list(diagnostics)
    words, apply, missing = _TAKEN[taken]
    note = f"the shipped {words} {apply}, because `{legible(file.name)}` has {missing}"
    shipped = {holder.source.name for holder in _shipped_holders()}
    cited = "|".join(re.escape(Path(name).name) for name in shipped if Path(name).name != file.name)
    citation = re.compile(rf"(?<![\w.-])(?:{cited or '(?!)'}):\d")

    def is_shipped(diagnostic: Diagnostic) -> bool:
        texts = (diagnostic.message, diagnostic.help, *diagnostic.notes)
        return diagnostic.place.source.name in shipped or any(map(citation.search, texts))

    return [
        replace(found, notes=(*found.notes, note)) if note not in found.notes and is_shipped(found) else found
        for found in diagnostics
    ]
