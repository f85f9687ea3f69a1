"""Collects the problems of a policy, so that one run reports them all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from resolver.diagnostics import Diagnostic, Level, Place, closest, legible, listed
from resolver.yaml_text.nodes import Node, Scalar, kind_of

MOST_COMPARED = 100_000
"""Names that are compared to guess a name; more take over a second in a policy that is wrong everywhere."""


@dataclass(slots=True)
class Problems:
    """Collects diagnostics in `found`, and counts the name comparisons for suggestions in `compared`."""

    found: list[Diagnostic] = field(default_factory=list)
    compared: int = 0

    def add(self, code: str, message: str, where: Node | Place, help: str = "") -> None:
        """Report an error at a node or a place."""
        place = where.place if isinstance(where, Node) else where
        self.found.append(Diagnostic(code, legible(message), place, legible(help)))

    def warn(self, code: str, message: str, where: Node, help: str) -> None:
        """Report a warning at a node."""
        self.found.append(Diagnostic(code, legible(message), where.place, legible(help), Level.WARNING))

    def closest(self, name: str, known: Collection[str]) -> str | None:
        """Return the known name closest to `name`, None if none is close."""
        self.compared += len(known)
        return closest(name, known) if self.compared <= MOST_COMPARED else None

    def guess(self, name: str, known: Collection[str]) -> str:
        """Return "did you mean `x`?", or an empty text if none of the known names is close."""
        meant = self.closest(name, known)
        return "" if meant is None else f"did you mean `{meant}`?"

    def choice(self, name: str, known: Collection[str]) -> str:
        """Return a suggestion for `name`: the closest of the known names, or all of them."""
        return self.guess(name, known) or f"one of {listed(known)}"

    def twice(self, key: Node, name: str, first: Node, *, is_rule: bool = False) -> None:
        """Report that `name`, which is at `first`, is given again at `key`."""
        where = where_is(first.place, key.place)
        if is_rule:
            is_elsewhere = first.place.source is not key.place.source
            help = "give one of the two another name" + (", or remove one of the files if it is a copy" * is_elsewhere)
            self.add("duplicate-rule", f"the rule `{name}` is already in {where}", key, help)
        else:
            self.add("duplicate-key", f"`{name}` is already given in {where}", key, "remove one of the two")


def where_is(place: Place, seen_from: Place) -> str:
    """Return `line N` for a place in the same file as `seen_from`, and `file:N` for one in another file."""
    return f"line {place.line}" if place.source is seen_from.source else str(place)


def named_kind(node: Node) -> str:
    """Return the kind of `node`, with its text if it is one word: `` `3` is text ``, or `this is a list`."""
    named = isinstance(node, Scalar) and node.text
    return f"`{node.text}` is {kind_of(node)}" if named and isinstance(node, Scalar) else f"this is {kind_of(node)}"
