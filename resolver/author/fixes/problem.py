"""A diagnostic with the texts that it is about, from which candidates for a fix are made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from resolver.author.fixes.spots import Entry, Spot, documents_of, index_of, spots_at, text_of
from resolver.author.rename.policy_names import PolicyTexts
from resolver.diagnostics import Diagnostic, Source
from resolver.yaml_text.nodes import Mapping, Node, resolved
from resolver.yaml_text.recovery import recovered_documents
from resolver.yaml_text.splices import Splice

Candidate = dict[Path, list[Splice]]
"""The changes of each file that might fix a diagnostic, in order."""


class Problem:
    """A diagnostic, and what is at its place.

    Args:
        texts: The policy's texts, and those of its tests.
        diagnostic: A diagnostic of them.
        path: The file that it is in, one of `texts`.
    """

    def __init__(self, texts: PolicyTexts, diagnostic: Diagnostic, path: Path) -> None:
        self.texts = texts
        self.diagnostic = diagnostic
        self.path = path
        self.source = Source(diagnostic.place.source.name, texts.texts[path], path)
        self.text = self.source.text
        self.code, self.help, self.message = diagnostic.code, diagnostic.help, diagnostic.message
        self.start = index_of(diagnostic.place)

    @cached_property
    def documents(self) -> list[Node]:
        """The documents of the file, as far as they can be read."""
        return documents_of(self.source) or recovered_documents(self.source)

    @cached_property
    def spots(self) -> list[Spot]:
        """The nodes around the place, the innermost first."""
        return spots_at(self.documents, self.start)

    @cached_property
    def rule(self) -> Spot | None:
        """The value of the rule that the place is in, None if it is in none."""
        spot = next((self.spots[number] for number in range(len(self.spots)) if self._is_rule(number)), None)
        return Spot(spot.entry[1], spot.parent, spot.index) if spot is not None and spot.entry is not None else None

    @property
    def ruleset(self) -> str:
        """The name of the ruleset that the place is in, empty if it is in none."""
        return next((spot.key for spot, around in pairwise(self.spots) if around.key == "rulesets"), "")

    def _is_rule(self, number: int) -> bool:
        above = [spot for spot in self.spots[number:] if spot.parent is not None]
        return len(above) >= 3 and above[2].key == "rulesets" and above[0].entry is not None

    @property
    def words(self) -> list[str]:
        """The author's words in the message."""
        return re.findall(r"`([^`]+)`", self.message)

    def here(self, *splices: Splice | None) -> list[Candidate]:
        """Return a candidate that changes the file of the diagnostic, none if one of the changes is not there."""
        found = [splice for splice in splices if splice is not None]
        ordered = sorted(found, key=lambda splice: (splice.start, splice.end))
        if len(found) < len(splices) or not found:
            return []
        if any(first.end > second.start for first, second in pairwise(ordered)):
            return []
        return [{self.path: ordered}]


def entry_of(node: Node | None, key: str) -> Entry | None:
    """Return the entry of a mapping with this key, None if there is none."""
    mapping = resolved(node) if node is not None else None
    entries: Sequence[Entry] = mapping.entries if isinstance(mapping, Mapping) else ()
    return next((entry for entry in entries if text_of(entry[0]) == key), None)
