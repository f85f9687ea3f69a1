"""Fixes of a policy's diagnostics, each of which is applied and checked before it is offered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from resolver.author.fixes.findings import Findings, findings, findings_in_tests
from resolver.author.fixes.indentation import indentation, lines_around
from resolver.author.fixes.marks import marks, signs
from resolver.author.fixes.misspellings import misspellings
from resolver.author.fixes.no_new_finding import Changed, is_fixed, loses_comments
from resolver.author.fixes.problem import Candidate, Problem
from resolver.author.fixes.removals import removals
from resolver.author.fixes.rule_edits import rule_edits
from resolver.author.fixes.spots import line_end
from resolver.author.fixes.title import title
from resolver.author.fixes.written_out import written_out
from resolver.author.rename.policy_names import PolicyTexts
from resolver.author.rename.rename_edits import Edits, renamed_texts
from resolver.diagnostics import Diagnostic, Level, Source
from resolver.frozen import frozen
from resolver.table.budget import check_stopped
from resolver.yaml_text.splices import Splice, trimmed

LARGEST_TEXTS = 1_000_000
"""The largest size of all texts of a policy together, in characters, for which fixes are looked for."""
_MOST_TRIED = 16
"""Candidates of one diagnostic that are applied and checked."""
_KINDS: tuple[Callable[[Problem], Iterator[list[Candidate]]], ...] = (
    misspellings,
    written_out,
    marks,
    signs,
    indentation,
    rule_edits,
    removals,
    lines_around,
)
"""The kinds of candidates; the last one is tried only if the others lead to no fix."""
_LINE_END = re.compile(r"\r\n?|\n")
_OTHER_CHOICE = re.compile(r"[,;] or\b(?! `\w+: value`)|^remove it, or")
_SAME = re.compile(r"^indent what belongs to")
"""A help whose two ways lead to the same."""


@frozen
class Fix:
    """An edit after which a diagnostic is gone, and no other has come.

    Args:
        diagnostic: The diagnostic.
        edits: The changes of each file that has some.
        title: The edit in words.
        is_safe: Whether no policy that loads can change its meaning by it: the policy does not load before, or has the
            same revision afterwards.
        is_only: Whether the author has no other choice.
    """

    diagnostic: Diagnostic
    edits: Edits
    title: str
    is_safe: bool
    is_only: bool


def fixes_of(texts: PolicyTexts, diagnostic: Diagnostic, before: Findings) -> list[Fix]:
    """Return the fixes of a diagnostic; more than one means that the author must choose.

    Args:
        texts: The policy's texts, and those of its tests.
        diagnostic: One of the diagnostics of these texts.
        before: What `findings` returned for these texts.

    Raises:
        StoppedError: The work was stopped, see `resolver.table.budget.stoppable`.

    Example:
        >>> path = Path("policies/a.yaml")
        >>> texts = PolicyTexts(Path("policies"), {path: "facts: {size: {valuse: [s, l]}}"})
        >>> before = findings(texts)
        >>> fixes = [fix for diagnostic in before.diagnostics for fix in fixes_of(texts, diagnostic, before)]
        >>> [(fix.title, fix.is_safe) for fix in fixes]
        [('replace `valuse` with `values`', True)]
    """
    path = diagnostic.place.source.path
    if path is None or texts.texts.get(path) != diagnostic.place.source.text:
        return []
    if sum(map(len, texts.texts.values())) > LARGEST_TEXTS:
        return []
    is_only = not leaves_choice(diagnostic)
    problem = Problem(texts, diagnostic, path)
    fixes: dict[str, Fix] = {}
    tried = 0
    for kind in _KINDS:
        for group in kind(problem) if kind is not lines_around or not fixes else ():
            for candidate in group:
                check_stopped()
                tried += 1
                if tried > _MOST_TRIED:
                    return _marked([*fixes.values()])
                edits, words = _smallest(texts, candidate), title(texts, candidate)
                if (is_safe := _verified(texts, diagnostic, before, edits)) is not None:
                    fixes.setdefault(str(edits), Fix(diagnostic, edits, words, is_safe, is_only))
                    break
    return _marked([*fixes.values()])


def leaves_choice(diagnostic: Diagnostic) -> bool:
    """Return whether the help of a diagnostic names several ways, of which the author must choose one."""
    return _SAME.search(diagnostic.help) is None and _OTHER_CHOICE.search(diagnostic.help) is not None


def _marked(fixes: list[Fix]) -> list[Fix]:
    """Return fixes, of which none is the only one if there are several."""
    if len(fixes) < 2:
        return fixes
    return [Fix(fix.diagnostic, fix.edits, fix.title, fix.is_safe, is_only=False) for fix in fixes]


def _smallest(texts: PolicyTexts, candidate: Candidate) -> Mapping[Path, Sequence[Splice]]:
    """Return changes without the characters that stay, and with lines that end as those of their file do."""
    return {path: [_smallest_of(texts.texts[path], splice) for splice in of] for path, of in candidate.items()}


def _smallest_of(text: str, splice: Splice) -> Splice:
    return trimmed(text, Splice(splice.start, splice.end, _LINE_END.sub(line_end(text), splice.text)))


def _verified(texts: PolicyTexts, diagnostic: Diagnostic, before: Findings, edits: Edits) -> bool | None:
    """Return whether changes are safe, None if they are no fix: the diagnostic stays, or another one comes."""
    if _shows_secrets(diagnostic.place.source, edits) or any(
        loses_comments(texts.texts[path], splice.start, splice.end, splice.text)
        for path, of in edits.items()
        for splice in of
    ):
        return None
    after = renamed_texts(texts, edits)
    changed = Changed(edits, after)
    path = diagnostic.place.source.path
    if path is not None and texts.is_test(path):
        if before.policy is None:
            return None
        old, new = (findings_in_tests(each, path, before.policy) for each in (texts, after))
        return True if is_fixed(diagnostic, Findings(old, None, False), Findings(new, None, False), changed) else None
    found = findings(after, is_proven=before.policy is not None, is_strict=before.is_strict)
    if not is_fixed(diagnostic, before, found, changed):
        return None
    if before.revision is None:
        return diagnostic.level is Level.ERROR
    return before.meaning == found.meaning


def _shows_secrets(source: Source, edits: Edits) -> bool:
    """Return whether a changed line has a part that messages hide: no title and no diff may show it."""
    for splice in edits.get(source.path, ()) if source.path else ():
        start = source.bounds(source.position(splice.start)[0])[0]
        end = source.bounds(source.position(splice.end)[0])[1]
        if source.visible(start, end) != source.text[start:end]:
            return True
    return False
