"""Repair of a policy's texts: the fixes of all diagnostics that have one, applied one after another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from resolver.author.fixes.findings import findings, findings_in_tests
from resolver.author.fixes.fix import Fix, fixes_of, leaves_choice
from resolver.author.rename.policy_names import PolicyTexts
from resolver.author.rename.rename_edits import Edits, renamed_texts
from resolver.diagnostics import Level
from resolver.frozen import frozen
from resolver.table.budget import StoppedError, check_stopped, stoppable
from resolver.yaml_text.splices import Splice, joined, trimmed

MOST_FIXES = 200
"""Fixes that one repair applies."""


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
        >>> path = Path("policies/a.yaml")
        >>> fixed = repair(PolicyTexts(Path("policies"), {path: "facts: {size: {valuse: [s, l], descritpion: x}}"}))
        >>> fixed.texts.texts[path]
        'facts: {size: {values: [s, l], description: x}}'
    """
    now, fixes = texts, list[Fix]()
    edits: dict[Path, list[Splice]] = {}
    left_out = 0
    try:
        with stoppable(is_stopped):
            while len(fixes) < MOST_FIXES:
                fix, left_out = _next(now, is_unsafe=is_unsafe, is_strict=is_strict, in_tests=in_tests)
                if fix is None:
                    break
                now = renamed_texts(now, fix.edits)
                fixes.append(fix)
                for path, splices in fix.edits.items():
                    edits[path] = joined(edits.get(path, []), splices)
    except StoppedError:
        pass
    smallest = {path: [trimmed(texts.texts[path], splice) for splice in of] for path, of in edits.items()}
    changed = {path: of for path, of in smallest.items() if now.texts[path] != texts.texts[path]}
    return Repair(now, tuple(fixes), changed, left_out)


def _next(texts: PolicyTexts, *, is_unsafe: bool, is_strict: bool, in_tests: bool) -> tuple[Fix | None, int]:
    """Return the next fix to apply, errors first, and how many others are left out."""
    found = findings(texts, is_strict=is_strict)
    left_out = 0
    diagnostics = sorted(found.diagnostics, key=lambda each: each.level is not Level.ERROR)
    if in_tests and (policy := found.policy) is not None:
        for file in filter(texts.is_test, texts.texts):
            diagnostics += findings_in_tests(texts, file, policy)
    for diagnostic in diagnostics:
        check_stopped()
        fixes = [] if leaves_choice(diagnostic) else fixes_of(texts, diagnostic, found)
        fixes = [fix for fix in fixes if fix.is_only]
        if fixes and (is_unsafe or fixes[0].is_safe):
            return fixes[0], 0
        left_out += bool(fixes)
    return None, left_out
