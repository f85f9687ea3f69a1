"""The check that an edit fixes a diagnostic: it is gone, and no diagnostic has come in its place."""

from __future__ import annotations

import re

from resolver.author.fixes.findings import Findings, has_errors, key_of
from resolver.author.rename.policy_names import PolicyTexts
from resolver.author.rename.rename_edits import Edits
from resolver.diagnostics import Diagnostic
from resolver.frozen import frozen

_HIDDEN_BY_MISTAKES = frozenset(("odd-name", "unlisted", "wildcard", "unused-provider"))
"""Codes of warnings that are looked for only in a policy that loads."""
_HIDDEN_BY_PROOF = frozenset(("shadowed", "vacuous", "redundant", "no-effect", "held-down", "unlisted"))
"""Codes of warnings that the prover looks for only if it finds no error."""
_COMMENT = re.compile(r"(?:^|\s)#")


@frozen
class Changed:
    """The changes of texts.

    Args:
        edits: The changes, as indexes of the texts before.
        after: The texts afterwards.
    """

    edits: Edits
    after: PolicyTexts

    def has(self, diagnostic: Diagnostic) -> bool:
        """Return whether a diagnostic of the texts afterwards is in a line that has changed."""
        source, shift = diagnostic.place.source, 0
        for splice in self.edits.get(source.path, ()) if source.path is not None else ():
            start, text = splice.start + shift, splice.text.strip("\r\n")
            start += splice.text.find(text) if text else 0
            first, last = source.position(start)[0], source.position(start + len(text))[0]
            if first <= diagnostic.place.line <= last:
                return True
            shift += len(splice.text) - (splice.end - splice.start)
        return False


def is_fixed(diagnostic: Diagnostic, before: Findings, after: Findings, changed: Changed) -> bool:
    """Return whether a diagnostic is gone, and no other one has come.

    A warning has not come if only an error kept the program from looking for it, and no changed line has it.
    """
    old, new = before.keys, after.keys
    key = key_of(diagnostic)
    if new[key] >= old[key] or (before.revision is not None and after.revision is None):
        return False
    came = [each for each in after.diagnostics if new[key_of(each)] > old[key_of(each)]]
    if not came or not has_errors(before) or has_errors(after):
        return not came
    hidden = _HIDDEN_BY_PROOF if before.policy is not None else _HIDDEN_BY_MISTAKES
    return all(each.code in hidden and not changed.has(each) for each in came)


def loses_comments(text: str, start: int, end: int, new: str) -> bool:
    """Return whether a comment is in a part of a text that is replaced by `new`."""
    return bool(new) and len(_COMMENT.findall(text[start:end])) > len(_COMMENT.findall(new))
