"""The outline of a policy file or a file of tests: its sections, and the names below them, each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum

from resolver.diagnostics import Level, Source, legible
from resolver.frozen import frozen
from resolver.loader.tree import child, text
from resolver.schema.names import ROOT, SECTIONS
from resolver.yaml_text.documents import read_documents
from resolver.yaml_text.nodes import Alias, Mapping, Node, Scalar, Sequence, resolved

_MOST_MISTAKES = 8
"""Lines that are left out of a text, one after the other, until the rest of it can be parsed."""
_MOST_LINES_IN_BRACKETS = 50
_LONGEST_DETAIL = 200
_SURROGATE = re.compile("[\ud800-\udfff]")


class HeadingKind(StrEnum):
    """The kinds of parts that an outline shows."""

    SECTION = "section"
    TIER = "tier"
    ROLE = "role"
    PHASE = "phase"
    ENTRY = "entry"
    FACT = "fact"
    RULESET = "ruleset"
    RULE = "rule"
    TEST = "test"


@frozen
class Heading:
    """A part of a file.

    Args:
        kind: The kind of the part.
        name: Its name.
        detail: A few words about it, such as the `because` of a rule.
        span: The start and the end (exclusive) of the part, as indexes of the text.
        name_span: The start and the end of the name, within the part.
        below: The parts of the part.
    """

    kind: HeadingKind
    name: str
    detail: str
    span: tuple[int, int]
    name_span: tuple[int, int]
    below: tuple[Heading, ...] = ()


def outline(source: Source, *, is_test: bool = False) -> list[Heading]:
    """Return the parts of a file, and of a text with mistakes those that can be read.

    Args:
        source: The file.
        is_test: Whether it is a file of tests.

    Example:
        >>> [section] = outline(Source("a.yaml", "model_tiers: {role_defaults: {critic: fast}}"))
        >>> section.name, section.below[0].name, section.below[0].below[0].name
        ('model_tiers', 'role_defaults', 'critic')
    """
    return [heading for root in _readable(source) for heading in _sections(root, is_test=is_test)]


def _readable(source: Source) -> list[Node]:
    """Return the documents of a text; lines that cannot be parsed are taken for empty ones."""
    rest = Source(source.name, _SURROGATE.sub("\ufffd", source.text))
    for _ in range(_MOST_MISTAKES):
        documents, diagnostics = read_documents(rest)
        place = next((found.place for found in diagnostics if found.level is Level.ERROR), None)
        if documents or place is None:
            return documents
        start, end = rest.bounds(_line_of_mistake(rest, place.line))
        if not rest.text[start:end].strip():
            break
        rest = Source(source.name, rest.text[:start] + " " * (end - start) + rest.text[end:])
    return []


def _line_of_mistake(source: Source, line: int) -> int:
    """Return the line to leave out: the nearest one with a bracket that is not closed before `line`, or `line`."""
    depth = 0
    for above in range(line - 1, max(0, line - _MOST_LINES_IN_BRACKETS), -1):
        text = source.line(above)
        depth += len(re.findall(r"[]}]", text)) - len(re.findall(r"[\[{]", text))
        if depth < 0:
            return above
    return line


def _sections(root: Node, *, is_test: bool) -> Iterator[Heading]:
    for key, value in _pairs(root):
        name = _name(key)
        if is_test and name == "tests":
            yield _heading(HeadingKind.SECTION, key, value, below=_each(HeadingKind.TEST, value, _test))
        elif not is_test and name == ROOT:
            yield from _sections(value, is_test=False)
        elif not is_test and name in SECTIONS:
            yield _heading(HeadingKind.SECTION, key, value, below=_INSIDE[name](value))


def _inside_tiers(section: Node) -> Iterator[Heading]:
    for key, value in _pairs(section):
        match _name(key):
            case "tiers":
                below = _each(HeadingKind.TIER, value, lambda tier: _words(tier, "description"))
            case "role_defaults":
                below = _each(HeadingKind.ROLE, value, _value)
            case "phase_overrides":
                below = _each(HeadingKind.PHASE, value, below=lambda rows: _each(HeadingKind.ROLE, rows, _value))
            case "escalation_state":
                below = _each(HeadingKind.ENTRY, value, _value)
            case _:
                below = iter(())
        yield _heading(HeadingKind.SECTION, key, value, _value(value), below)


def _inside_facts(section: Node) -> Iterator[Heading]:
    return _each(HeadingKind.FACT, section, lambda fact: _words(fact, "description") or _value(child(fact, "values")))


def _inside_rulesets(section: Node) -> Iterator[Heading]:
    def rules(ruleset: Node) -> Iterator[Heading]:
        return _each(HeadingKind.RULE, ruleset, lambda rule: _words(rule, "because"))

    return _each(HeadingKind.RULESET, section, below=rules)


_INSIDE: dict[str, Callable[[Node], Iterator[Heading]]] = {
    "model_tiers": _inside_tiers,
    "facts": _inside_facts,
    "rulesets": _inside_rulesets,
}


def _each(
    kind: HeadingKind,
    node: Node,
    detail: Callable[[Node], str] = lambda _: "",
    below: Callable[[Node], Iterable[Heading]] = lambda _: (),
) -> Iterator[Heading]:
    for key, value in _pairs(node):
        yield _heading(kind, key, value, detail(resolved(value)), below(value))


def _heading(kind: HeadingKind, key: Node, value: Node, detail: str = "", below: Iterable[Heading] = ()) -> Heading:
    name = legible(_name(key)) or '""'
    span = (key.start, max(key.end, _end(value)))
    shown = legible(" ".join(detail.split()))[:_LONGEST_DETAIL]
    return Heading(kind, name, shown, span, (key.start, key.end), tuple(below))


def _test(case: Node) -> str:
    """Return the role and the phase of a case."""
    return " in ".join(filter(None, (_value(child(case, "role")), _value(child(case, "phase")))))


def _words(node: Node, key: str) -> str:
    return text(child(node, key)) or ""


def _value(node: Node | None) -> str:
    """Return a text, or the texts of a list."""
    node = resolved(node) if node is not None else None
    if isinstance(node, Sequence):
        return ", ".join(filter(None, (text(resolved(item)) for item in node.items)))
    return text(node) or ""


def _pairs(node: Node) -> Iterator[tuple[Node, Node]]:
    """Yield the entries of a mapping that is written here; what an alias stands for has its place elsewhere."""
    if isinstance(node, Mapping):
        yield from ((key, value) for key, value in node.entries if isinstance(resolved(key), Scalar))


def _name(key: Node) -> str:
    scalar = resolved(key)
    return scalar.text if isinstance(scalar, Scalar) else ""


def _end(node: Node) -> int:
    """Return the end of a value; that of a block is the end of its last part, without the comments behind it."""
    while not isinstance(node, Scalar | Alias) and node.source.text[node.start : node.start + 1] not in ("{", "["):
        parts = [node.entries[-1][1]] if isinstance(node, Mapping) and node.entries else []
        parts = node.items[-1:] if isinstance(node, Sequence) else parts
        if not parts:
            return node.start
        node = parts[0]
    return node.start + len(node.source.text[node.start : node.end].rstrip())
