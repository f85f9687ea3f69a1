"""Titles of fixes: an edit in a few words."""

from __future__ import annotations

import re

from resolver.author.fixes.problem import Candidate
from resolver.author.rename.policy_names import PolicyTexts
from resolver.diagnostics import legible

_LONGEST = 50
_BLANK = " \t\r\n"


def title(texts: PolicyTexts, candidate: Candidate) -> str:
    """Return changes in words.

    >>> from pathlib import Path
    >>> from resolver.yaml_text.splices import Splice
    >>> path = Path("policies/a.yaml")
    >>> title(PolicyTexts(Path("policies"), {path: "tier: fats"}), {path: [Splice(6, 10, "fast")]})
    'replace `fats` with `fast`'
    """
    changes = [
        (texts.texts[path][splice.start : splice.end], splice) for path, of in candidate.items() for splice in of
    ]
    if all(not old.strip(_BLANK) and not splice.text.strip(_BLANK) for old, splice in changes):
        if any("\n" in splice.text for _, splice in changes):
            return "start a new line"
        at_start = all(_begins_line(texts.texts[path], splice.start) for path, of in candidate.items() for splice in of)
        return "change the indentation" if at_start else "insert a space"
    if len(changes) > 1:
        news = {splice.text for _, splice in changes}
        return f"change {len(changes)} places" + (
            f" to {_shown(news.pop())}" if len(news) == 1 and "" not in news else ""
        )
    [(old, splice)] = changes
    if not splice.text.strip(_BLANK):
        return f"remove {_shown(old)}"
    if not old.strip(_BLANK):
        return f"insert {_shown(splice.text)}"
    if old.strip(_BLANK) == splice.text.strip(_BLANK):
        return "insert a space"
    return f"replace {_shown(old)} with {_shown(splice.text)}"


def _begins_line(text: str, index: int) -> bool:
    return index == 0 or text[index - 1] in "\r\n"


def _shown(text: str) -> str:
    line = legible(re.sub(r"[ \t\r\n]+", " ", text).strip(_BLANK))
    return f"`{line if len(line) <= _LONGEST else line[:_LONGEST] + '…'}`"
