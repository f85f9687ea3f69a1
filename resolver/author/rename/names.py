"""Finds the names in the files of a policy: every role, phase, tier, fact, triad and rule, with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from resolver.domain import Fact, Ladder, NameKind, RulesetName, Subject, Text, vocabulary
from resolver.frozen import frozen
from resolver.loader.tree import child, entries, items, text
from resolver.yaml_text.nodes import Mapping as MappingNode
from resolver.yaml_text.nodes import Node, Scalar, Sequence, resolved

_MARK = Ladder((" ",))
"""A ladder by which the facts that hold tiers are recognized."""


def _holds_tiers(fact: Fact) -> bool:
    return fact.domain == Text(_MARK.tiers)


_BUILT_IN: Mapping[str, NameKind | None] = {
    name: NameKind(name) if name in ("triad", "role", "phase") else NameKind.TIER if _holds_tiers(fact) else None
    for ruleset in RulesetName
    for name, fact in vocabulary(ruleset, _MARK, {}).items()
}
"""Every fact that all policies have, and the kind of names that it holds, if they are names."""
_TARGETS = ("tier", "escalate_to")


@frozen
class Occurrence:
    """One place at which a name is written.

    `node` is the scalar that holds it, which may be a whole key `triad:role`. `written` is the node at the place where
    the name is used: an alias, or `node` itself. `section` is the section of the policy around it, of `model_tiers` the
    key below, or `tests`. `ruleset` is the ruleset of a rule.
    """

    kind: NameKind
    name: str
    path: Path
    node: Scalar
    written: Node
    section: str
    ruleset: str = ""

    @property
    def of(self) -> tuple[NameKind, str, str]:
        """The kind, the name and the ruleset: what has this name."""
        return self.kind, self.name, self.ruleset

    @property
    def span(self) -> tuple[int, int]:
        """The start and the end (exclusive) of the name in the text; of the whole scalar if it has escapes."""
        start, end = self.node.start, self.node.end
        shown = self.node.source.text[start:end]
        if self.kind is NameKind.TRIAD and (at := shown.find(f"{self.name}:")) in (0, 1):
            return start + at, start + at + len(self.name)
        at = shown.rfind(self.name)
        return (start + at, start + at + len(self.name)) if at >= 0 else (start, end)

    @property
    def used(self) -> tuple[int, int]:
        """The start and the end (exclusive) of what is written where the name is used: the name, or an alias."""
        return self.span if self.written is self.node else (self.written.start, self.written.end)


class Names:
    """Collects the names in the sections of policies and in tests, each place once."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, NameKind, str], Occurrence] = {}
        self.tier_facts: frozenset[str] = frozenset()

    def __iter__(self) -> Iterator[Occurrence]:
        return iter(self._found.values())

    def find_tier_facts(self, holders: Iterable[Node]) -> None:
        """Note which of the policy's own facts hold tiers: those that rules run, or compare with a tier."""
        links: list[tuple[str, str]] = []
        for holder in holders:
            for _, rules in entries(child(holder, "rulesets")):
                for _, rule in entries(rules):
                    links += [("", name) for key in _TARGETS if (name := text(child(rule, "run", key, "$m")))]
                    links += _links(_condition_of(rule))
        holding = {"", *(name for name, kind in _BUILT_IN.items() if kind is NameKind.TIER)}
        while more := {name for link in links for name in link if holding.intersection(link)} - holding:
            holding |= more
        self.tier_facts = frozenset(holding.difference(_BUILT_IN, {""}))

    def add_sections(self, path: Path, holder: Node) -> None:
        """Add the names in a mapping that holds sections of a policy."""
        tiers = child(holder, "model_tiers")
        for section, kind in (("ladder", NameKind.TIER), ("phases", NameKind.PHASE), ("triads", NameKind.TRIAD)):
            _Finder(self, path, section).each(kind, child(tiers, section))
        _Finder(self, path, "tiers").keys(NameKind.TIER, child(tiers, "tiers"))
        _Finder(self, path, "role_defaults").rows(child(tiers, "role_defaults"))
        found = _Finder(self, path, "phase_overrides")
        found.keys(NameKind.PHASE, child(tiers, "phase_overrides"), found.rows)
        _Finder(self, path, "escalation_state").rows(child(tiers, "escalation_state"), of_subjects=True)
        found = _Finder(self, path, "facts")
        found.keys(NameKind.FACT, child(holder, "facts"))
        for key, fact in entries(child(holder, "facts")):
            if key.text in self.tier_facts:
                found.each(NameKind.TIER, child(fact, "values"))
        found = _Finder(self, path, "rulesets")
        for ruleset, rules in entries(child(holder, "rulesets")):
            for name, _ in _pairs(rules):
                found.add(NameKind.RULE, name, ruleset=ruleset.text)
            for _, rule in entries(rules):
                found.condition(_condition_of(rule))
                for target in _TARGETS:
                    found.operand(NameKind.TIER, _value_of(child(rule, "run"), target))

    def add_tests(self, path: Path, document: Node) -> None:
        """Add the names in a document of policy tests."""
        found = _Finder(self, path, "tests")
        for _, case in entries(child(document, "tests")):
            for kind in (NameKind.ROLE, NameKind.PHASE, NameKind.TRIAD):
                found.each(kind, _value_of(case, kind))
            found.each(NameKind.TIER, _value_of(case, "escalated_tier"))
            found.facts(child(case, "facts"))
            found.expected(_value_of(case, "expect"), RulesetName.TIER)
            for step in items(child(case, "history")):
                found.each(NameKind.PHASE, _value_of(step, "phase"))
                found.each(NameKind.TIER, _value_of(step, "ran_on"))
                found.facts(child(step, "facts"))
                found.expected(_value_of(step, "expect"), RulesetName.OUTCOME)

    def add(self, occurrence: Occurrence) -> None:
        """Add one place."""
        self._found.setdefault((id(occurrence.written), occurrence.kind, occurrence.ruleset), occurrence)


class _Finder:
    """Adds the names in a section of one file to `names`."""

    def __init__(self, names: Names, path: Path, section: str) -> None:
        self.names = names
        self.path = path
        self.section = section

    def add(
        self, kind: NameKind, written: Node | None, name: Callable[[str], str | None] = str, ruleset: str = ""
    ) -> None:
        node = resolved(written) if written is not None else None
        if written is None or not isinstance(node, Scalar) or not isinstance(node.value, str):
            return
        if (found := name(node.value)) is not None:
            self.names.add(Occurrence(kind, found, self.path, node, written, self.section, ruleset))

    def each(self, kind: NameKind, written: Node | None) -> None:
        node = resolved(written) if written is not None else None
        for item in node.items if isinstance(node, Sequence) else [written]:
            self.add(kind, item)

    def keys(self, kind: NameKind, node: Node | None, inside: Callable[[Node], None] | None = None) -> None:
        for key, value in _pairs(node):
            self.add(kind, key)
            if inside is not None:
                inside(value)

    def rows(self, node: Node | None, *, of_subjects: bool = False) -> None:
        for key, value in _pairs(node):
            if of_subjects:
                self.add(NameKind.TRIAD, key, lambda text: subject.triad if (subject := Subject.parse(text)) else None)
                self.add(NameKind.ROLE, key, lambda text: subject.role if (subject := Subject.parse(text)) else None)
            else:
                self.add(NameKind.ROLE, key)
            self.add(NameKind.TIER, value)

    def condition(self, node: Node | None) -> None:
        for key, value in _pairs(node):
            name = _text(key)
            if name in ("$and", "$or"):
                for part in items(resolved(value)):
                    self.condition(part)
            elif name is not None and name.startswith("$"):
                for fact, operand in _pairs(value):
                    self.fact(fact, operand)
            else:
                self.fact(key, value)

    def fact(self, key: Node, operand: Node) -> None:
        name = _text(key)
        self.add(NameKind.FACT, key)
        self.operand(NameKind.TIER if name in self.names.tier_facts else _BUILT_IN.get(name or ""), operand)

    def operand(self, kind: NameKind | None, written: Node | None) -> None:
        if isinstance(resolved(written) if written is not None else None, MappingNode):
            reference = _value_of(written, "$m")
            if reference is not None:
                self.add(NameKind.FACT, reference)
        elif kind is not None:
            self.each(kind, written)

    def facts(self, node: Node | None) -> None:
        self.keys(NameKind.FACT, node)
        for key, value in _pairs(node):
            if _text(key) in self.names.tier_facts:
                self.add(NameKind.TIER, value)

    def expected(self, written: Node | None, ruleset: RulesetName) -> None:
        if isinstance(resolved(written) if written is not None else None, MappingNode):
            for key in ("tier", "to"):
                self.add(NameKind.TIER, _value_of(written, key))
            self.add(NameKind.RULE, _value_of(written, "rule"), ruleset=str(ruleset))
        elif ruleset is RulesetName.TIER:
            self.add(NameKind.TIER, written)


def _condition_of(rule: Node) -> Node | None:
    patterns = items(child(rule, "all"))
    return child(patterns[0], "m") if patterns else None


def _links(condition: Node | None) -> list[tuple[str, str]]:
    """Return the pairs of facts that a condition compares with each other."""
    links: list[tuple[str, str]] = []
    for key, value in entries(condition):
        if key.text in ("$and", "$or"):
            links += [link for part in items(value) for link in _links(part)]
        elif key.text.startswith("$"):
            links += _links(value)
        elif (other := text(child(value, "$m"))) is not None:
            links.append((key.text, other))
    return links


def _pairs(node: Node | None) -> Iterator[tuple[Node, Node]]:
    """Yield the entries of a mapping as they are written, aliases included."""
    mapping = resolved(node) if node is not None else None
    if isinstance(mapping, MappingNode):
        yield from mapping.entries


def _value_of(node: Node | None, name: str) -> Node | None:
    """Return the value of a key as it is written."""
    return next((value for key, value in _pairs(node) if _text(key) == name), None)


def _text(node: Node) -> str | None:
    return text(resolved(node))
