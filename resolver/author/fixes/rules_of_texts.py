"""The rules in a policy's texts as they are written, to find a free `pri` or a place for another rule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from resolver.author.fixes.problem import entry_of
from resolver.author.fixes.spots import Spot, documents_of, end_of, is_flow, text_of
from resolver.author.free_pris import STEP, free_after, free_before
from resolver.author.rename.policy_names import PolicyTexts
from resolver.diagnostics import Source
from resolver.frozen import frozen
from resolver.schema.names import HIGHEST_PRI, ROOT
from resolver.yaml_text.nodes import Mapping, Scalar, resolved
from resolver.yaml_text.splices import Splice


@frozen
class WrittenRule:
    """A rule in a text.

    Args:
        path: Its file.
        name: Its name.
        spot: Its value.
    """

    path: Path
    name: str
    spot: Spot

    @property
    def pri_node(self) -> Scalar | None:
        """The number of its `pri`, None if it has none."""
        entry = entry_of(self.spot.node, "pri")
        node = resolved(entry[1]) if entry else None
        return node if isinstance(node, Scalar) and type(node.value) is int else None

    @property
    def pri(self) -> int | None:
        """Its `pri`, None if it has none."""
        node = self.pri_node
        return node.value if node is not None and isinstance(node.value, int) else None


def rules_of(texts: PolicyTexts, ruleset: str) -> list[WrittenRule]:
    """Return the rules of a ruleset in all files, those without a `pri` last."""
    found = [rule for path in texts.texts if not texts.is_test(path) for rule in _in_file(texts, path, ruleset)]
    return sorted(found, key=lambda rule: HIGHEST_PRI + 1 if rule.pri is None else rule.pri)


def _in_file(texts: PolicyTexts, path: Path, ruleset: str) -> Iterator[WrittenRule]:
    for document in documents_of(Source(str(path), texts.texts[path], path)):
        inner = entry_of(document, ROOT)
        for root in (document, *(inner[1:] if inner and not texts.is_directory else ())):
            rulesets = entry_of(root, "rulesets")
            rules = entry_of(rulesets[1], ruleset) if rulesets else None
            mapping = resolved(rules[1]) if rules else None
            if isinstance(mapping, Mapping):
                for number, (key, value) in enumerate(mapping.entries):
                    yield WrittenRule(path, text_of(key), Spot(value, mapping, number))


def free_pri(rules: list[WrittenRule], after: int) -> int | None:
    """Return the next number after `after` that no rule has, None if there is none."""
    return free_after(_taken(rules), after)


def free_pri_before(rules: list[WrittenRule], before: int) -> int | None:
    """Return the largest number before `before` that no rule has, None if there is none."""
    return free_before(_taken(rules), before)


def last_pri(rules: list[WrittenRule]) -> int | None:
    """Return a number after those of all rules, None if there is none."""
    highest = max(_taken(rules), default=0)
    return highest + STEP if highest + STEP <= HIGHEST_PRI else free_pri(rules, highest)


def _taken(rules: list[WrittenRule]) -> set[int]:
    return {rule.pri for rule in rules if rule.pri is not None}


def another_rule(beside: WrittenRule, name: str, pri: int, condition: str, effect: str) -> Splice:
    """Return the change that adds a rule behind `beside`, written as that rule is."""
    mapping, value = beside.spot.parent, beside.spot.node
    assert isinstance(mapping, Mapping)
    text, end = value.source.text, end_of(value)
    in_line = f"{name}: {{pri: {pri}, all: [{{m: {condition}}}], run: {effect}}}"
    if is_flow(mapping):
        return Splice(end, end, f", {in_line}")
    key = mapping.entries[beside.spot.index][0]
    stop = min([index for mark in "\r\n" if (index := text.find(mark, end)) >= 0], default=len(text))
    outer = " " * (value.source.position(key.head)[1] - 1)
    if is_flow(value) or not isinstance(value, Mapping) or not value.entries:
        return Splice(stop, stop, f"\n{outer}{in_line}")
    inner = " " * (value.source.position(value.entries[0][0].head)[1] - 1)
    items = entry_of(value, "all")
    dash = inner + "  "
    if items is not None and not is_flow(items[1]) and (head := items[1].head) > items[0].end:
        dash = " " * (value.source.position(head)[1] - 1)
    lines = [
        f"{outer}{name}:",
        f"{inner}pri: {pri}",
        f"{inner}all:",
        f"{dash}- m: {condition}",
        f"{inner}run: {effect}",
    ]
    return Splice(stop, stop, "".join(f"\n{line}" for line in lines))
