"""Finds what people did to the entries of the policy file, by comparing them with the entries noticed last."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from resolver.domain import Event, Ladder, Subject
from resolver.state.journal_rows import Edit, NoticedEntry
from resolver.state.origin import now, process_name

_log = logging.getLogger("resolver")
_NOTHING = NoticedEntry(None, None)
_MOST_SAID = 10
"""Entries of one edit that are logged one by one."""


def edits_of(
    known: Mapping[Subject, NoticedEntry],
    entries: Mapping[Subject, str],
    ladder: Ladder,
    *,
    revision: str,
    is_first: bool,
) -> list[Edit]:
    """Return what people did between the `known` entries of a file and its `entries` now.

    When a file is read for the first time, its entries were there before, and are no events.
    """
    edits = []
    for subject in sorted(subject for subject in known.keys() | entries.keys()):
        before, tier = known.get(subject, _NOTHING), entries.get(subject)
        if before.tier == tier:
            continue
        owed = before.owed or before.tier
        is_lower = owed is not None and (tier is None or _is_below(tier, owed, ladder))
        event = None
        if not (is_first and subject not in known):
            what = "removed" if tier is None else "edited"
            event = Event(what, subject, now(), before.tier, tier, revision=revision, process=process_name())
        edits.append(Edit(subject, tier, owed if is_lower else None, event))
    return edits


def say(edits: Sequence[Edit], file: Path) -> None:
    """Log which entries people have removed or lowered, and how to bring each back."""
    lowered = [edit for edit in edits if edit.owed is not None and edit.event is not None]
    for edit in lowered[:_MOST_SAID]:
        did = "was removed from" if edit.tier is None else f"was lowered to {edit.tier} in"
        command = shlex.join(["resolver", "state", "restore", edit.subject.triad, edit.subject.role])
        message = "the escalation of `%s` to %s %s %s; `%s` brings it back"
        _log.warning(message, edit.subject, edit.owed, did, file, command)
    if (more := len(lowered) - _MOST_SAID) > 0:
        message = "%s more escalations were removed from %s or lowered; `resolver state` shows them"
        _log.warning(message, f"{more:,}", file)


def _is_below(tier: str, owed: str, ladder: Ladder) -> bool:
    return tier in ladder.tiers and owed in ladder.tiers and ladder.rank(tier) < ladder.rank(owed)
