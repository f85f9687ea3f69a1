"""Repair of a policy's texts: the fixes of all diagnostics that have one, applied one after another."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import SequenceMatcher

from resolver.author.fixes.findings import findings, findings_in_tests
from resolver.author.fixes.fix import Fix, fixes_of, leaves_choice
from resolver.author.rename.policy_names import PolicyTexts
from resolver.author.rename.rename_edits import Edits, renamed_texts
from resolver.diagnostics import Level
from resolver.frozen import frozen
from resolver.table.budget import StoppedError, stoppable
from resolver.yaml_text.splices import Splice

MOST_FIXES = 200
"""Fixes that one repair applies."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+\Z")


@frozen
class Repair:
    """Texts with fixes.

    Args:
        texts: The texts afterwards.
        fixes: The fixes, in the order in which they were applied; each is about the texts after those before it.
        edits: The changes of the texts before, by file.
        left_out: How many diagnostics have a fix that is left out, since it may change the meaning of the policy.
    """

    texts: PolicyTexts
    fixes: tuple[Fix, ...]
    edits: Edits
    left_out: int


def repair(
    texts: PolicyTexts,
    *,
    is_unsafe: bool = False,
    is_strict: bool = False,
    in_tests: bool = False,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Repair:
    """Return a policy's texts after every fix that leaves the author no choice, until none is left.

    Args:
        texts: The policy's texts, and those of its tests.
        is_unsafe: Whether to apply fixes that may change the meaning of a policy that loads.
        is_strict: Whether to fix lints, too.
        in_tests: Whether to fix tests, too, once the policy loads.
        is_stopped: Whether to end now, with the fixes that are applied already.

    Example:
        >>> from pathlib import Path
        >>> path = Path("policies/a.yaml")
        >>> fixed = repair(PolicyTexts(Path("policies"), {path: "facts: {size: {valuse: [s, l], descritpion: x}}"}))
        >>> fixed.texts.texts[path]
        'facts: {size: {values: [s, l], description: x}}'
    """
    now, fixes = texts, list[Fix]()
    left_out = 0
    try:
        with stoppable(is_stopped):
            while len(fixes) < MOST_FIXES:
                fix, left_out = _next(now, is_unsafe, is_strict, in_tests, is_stopped)
                if fix is None:
                    break
                now = renamed_texts(now, fix.edits)
                fixes.append(fix)
    except StoppedError:
        pass
    changed = {path: text for path, text in now.texts.items() if text != texts.texts[path]}
    return Repair(
        now, tuple(fixes), {path: edits_between(texts.texts[path], text) for path, text in changed.items()}, left_out
    )


def _next(
    texts: PolicyTexts, is_unsafe: bool, is_strict: bool, in_tests: bool, is_stopped: Callable[[], bool]
) -> tuple[Fix | None, int]:
    """Return the next fix to apply, errors first, and how many others are left out."""
    found = findings(texts, is_strict=is_strict)
    left_out = 0
    diagnostics = sorted(found.diagnostics, key=lambda each: each.level is not Level.ERROR)
    if in_tests and (policy := found.policy) is not None:
        for file in filter(texts.is_test, texts.texts):
            diagnostics += findings_in_tests(texts, file, policy)
    for diagnostic in diagnostics:
        if is_stopped():
            raise StoppedError
        fixes = [] if leaves_choice(diagnostic) else fixes_of(texts, diagnostic, found)
        fixes = [fix for fix in fixes if fix.is_only]
        if fixes and (is_unsafe or fixes[0].is_safe):
            return fixes[0], 0
        left_out += bool(fixes)
    return None, left_out


def edits_between(old: str, new: str) -> list[Splice]:
    r"""Return the changes that make the text `new` of `old`, line by line.

    >>> edits_between("a: 1\nb: 2\nc: 3\n", "a: 1\nb: 4\nc: 3\nd: 5\n")
    [Splice(start=8, end=9, text='4'), Splice(start=14, end=14, text='\nd: 5')]
    """
    olds, news = _LINE.findall(old), _LINE.findall(new)
    starts = [0]
    for line in olds:
        starts.append(starts[-1] + len(line))
    splices = []
    for tag, first, last, begin, end in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        if tag != "equal":
            back = int(first > 0 and first - 1 < last)  # the line before takes the end of an added line
            start, stop = starts[first - back], starts[last]
            text = "".join([*olds[first - back : first], *news[begin:end]])
            splices.append(_trimmed(old, Splice(start, stop, text)))
    return splices


def _trimmed(text: str, splice: Splice) -> Splice:
    start, end, new = splice.start, splice.end, splice.text
    while start < end and new and text[end - 1] == new[-1]:
        end, new = end - 1, new[:-1]
    while start < end and new and text[start] == new[0]:
        start, new = start + 1, new[1:]
    return Splice(start, end, new)
