"""Files that could not be read as they are, and the problems that would not exist if they could."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from resolver.diagnostics import Diagnostic, Source
from resolver.loader.tree import child
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence

_LARGEST = 2_000_000
"""Characters of a file whose words are looked at; a longer file may hold any name."""
_WORD = re.compile(r"[^\s,:\[\]{}\"'#&*!|>]+")
_COMMENT = re.compile(r"""(?:\A|(?<=[\r\n]))([^\r\n'"#]*)(?<!\S)#[^\r\n]*""")
"""A comment, and the text before it; after a quotation mark, `#` may be text."""
_ODD = {0: None, 0xFFFD: " ", 0xFEFF: " "}
"""Characters in a text of another encoding."""
_BEGUN = re.compile(r"that starts in line (\d+)")
_QUOTED = re.compile(r"`([^`]*)`")

_OF_A_VALUE = frozenset(
    (
        *("unknown-tier", "unknown-value", "unknown-fact", "unknown-key", "operator", "range", "duplicate-key"),
        *("duplicate-rule", "duplicate-tier", "duplicate-value", "same-pri", "name", "colon", "fact-name", "secret"),
        *("url", "wrong-effect", "subject", "suffix"),
    )
)
"""Problems of one key or value, which no mistake further below in the same file can cause."""
_ABOUT_TIERS = frozenset(("unknown-tier", "off-ladder"))
_FIRST_NAME, _SECOND_NAME, _LAST_NAME, _ANY_NAME = slice(0, 1), slice(1, 2), slice(-1, None), slice(None)
_NAME_IN_MESSAGE = {
    "missing-section": _FIRST_NAME,
    "unknown-tier": _FIRST_NAME,
    "off-ladder": _FIRST_NAME,
    "unused-provider": _SECOND_NAME,
    "unknown-fact": _LAST_NAME,
    "unknown-value": _LAST_NAME,
    "text-order": _LAST_NAME,
    "reference": _ANY_NAME,
}
"""Problems that may not exist if a file that could not be read has a name: which of the names in the message."""


class Unread:
    """The broken files of a policy. It is false if there are none."""

    def __init__(self) -> None:
        self._words: Counter[str] = Counter()
        self._first_error: dict[str, int] = {}
        self._is_unknown = False

    def __bool__(self) -> bool:
        return bool(self._first_error)

    def add(self, source: Source, error: Diagnostic, recovered: Iterable[Node]) -> None:
        """Note that the file `source` has `error`, and that only the documents `recovered` could be read."""
        begun = _BEGUN.search(error.message)  # a wrong indentation is found at the end of a mapping
        line = int(begun[1]) if begun else error.place.line
        self._first_error[source.name] = min(line, self._first_error.get(source.name, line))
        if not source.text or len(source.text) > _LARGEST:
            self._is_unknown = True
            return
        self._words.update(_WORD.findall(_COMMENT.sub(r"\1", source.text).translate(_ODD)))
        for text in map(_escaped, recovered):
            self._words.update(text)

    def without_consequences(
        self, found: Iterable[Diagnostic], root: Mapping, sources: Iterable[Source]
    ) -> list[Diagnostic]:
        """Return the problems that exist whatever the broken files hold.

        Args:
            found: The problems of the sections that could be read.
            root: All these sections.
            sources: The files of the policy. Problems elsewhere come from the shipped policy, which may not apply.
        """
        if not self:
            return list(found)
        own = {source.name for source in sources}
        is_ladder_lost = bool(self._words["ladder"]) and child(root, "model_tiers", "ladder") is None
        return [
            problem
            for problem in found
            if problem.place.source.name in own
            and not (is_ladder_lost and problem.code in _ABOUT_TIERS)
            and self._is_certain(problem)
        ]

    def _is_certain(self, problem: Diagnostic) -> bool:
        own_line = self._first_error.get(problem.place.source.name) if problem.code != "missing-section" else None
        if own_line is not None:
            last = own_line - (problem.code == "unknown-key")  # the key above may be in the wrong column
            if problem.place.line >= last or problem.code not in _OF_A_VALUE:
                return False
        if any(line <= int(cited) for cited, line in self._cited(problem.message)):
            return False
        names = _QUOTED.findall(problem.message)
        if problem.code == "missing-key":  # of a rule, it can only be in the same file
            which = names[:1] if problem.message.startswith("the ruleset") else names[-1:] * (names[0] == "model_tiers")
        elif problem.code in _NAME_IN_MESSAGE:
            which = names[_NAME_IN_MESSAGE[problem.code]]
        else:
            return True
        return not which or not (self._is_unknown or any(self._may_have(name, own_line) for name in which))

    def _cited(self, message: str) -> Iterator[tuple[str, int]]:
        """Yield the line and the first error of each broken file that a message names."""
        for name, line in self._first_error.items():
            for cited in re.findall(rf"(?<!\S){re.escape(name)}:(\d+)", message):
                yield cited, line

    def _may_have(self, name: str, own_line: int | None) -> bool:
        """Return whether a broken file has `name` elsewhere than at the place of the problem."""
        words = _WORD.findall(name.removesuffix("…"))
        return all(self._words[word] > (own_line is not None) for word in words)


def _escaped(node: Node) -> list[str]:
    """Return the words of texts with escapes, which are not in the file as they are."""
    words: list[str] = []
    left = [node]
    while left:
        part = left.pop()
        if isinstance(part, Scalar):
            if "\\" in part.source.text[part.start : part.end]:
                words += _WORD.findall(part.text)
        elif isinstance(part, Sequence):
            left += part.items
        elif isinstance(part, Mapping):
            left += [inner for entry in part.entries for inner in entry]
    return words
