"""The highest entries in the policy files of many hosts, for the move from files to a database."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from resolver.diagnostics import ResolverError, as_lines, did_you_mean
from resolver.domain import Ladder, Subject
from resolver.frozen import frozen
from resolver.loader import load_policy

_MOST_SHOWN = 10


@frozen
class FileEntry:
    """The entry of a subject, and the file that has it."""

    tier: str
    file: str


def highest_entries(files: Iterable[Path], ladder: Ladder) -> dict[Subject, FileEntry]:
    """Return the highest entry of each subject in any of `files`, by subject.

    Args:
        files: Policy directories, or files with the section `model_tiers`.
        ladder: The ladder that decides which entry is higher.

    Raises:
        ResolverError: A file cannot be read or is wrong, or an entry is not a tier of `ladder`.
    """
    highest: dict[Subject, FileEntry] = {}
    unknown: list[str] = []
    for path in files:
        model_tiers = load_policy(path).model_tiers
        for subject, tier in model_tiers.escalation_state.items():
            place = model_tiers.places.get(("escalation_state", str(subject)))
            if tier not in ladder.tiers:
                unknown.append(f"{place or path}: the entry of `{subject}` is `{tier}`")
                hint = did_you_mean(tier, ladder.tiers)
                unknown[-1] += f"; {hint}" if hint else ""
                continue
            before = highest.get(subject)
            if before is None or ladder.rank(tier) > ladder.rank(before.tier):
                highest[subject] = FileEntry(tier, place.source.name if place else str(path))
    if unknown:
        raise ResolverError(_unknown(unknown, ladder))
    return dict(sorted(highest.items()))


def _unknown(entries: list[str], ladder: Ladder) -> str:
    """Return the message for entries off the ladder."""
    more = len(entries) - _MOST_SHOWN
    lines = [*entries[:_MOST_SHOWN], *([f"and {more:,} more"] if more > 0 else [])]
    tiers = ", ".join(f"`{tier}`" for tier in ladder.tiers)
    return as_lines(*[f"nothing was imported, since entries are no tiers of the policy ({tiers}):", *lines])
