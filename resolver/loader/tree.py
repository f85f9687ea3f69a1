"""Several files' sections as one tree, and that tree as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Several
from dataclasses import dataclass, field

from resolver.diagnostics import Diagnostic, Place
from resolver.loader.nodes import Alias, Mapping, Node, Plain, Scalar, Sequence, is_null, resolved

MOST_NODES = 1_000_000
"""Nodes of a policy with every alias written out."""

Spread = dict[str, "Spread"]
"""The mappings whose keys may stand in several files; `*` is any key."""
SPREAD: Spread = {
    "model_tiers": {"tiers": {}, "role_defaults": {}, "phase_overrides": {"*": {}}},
    "facts": {},
    "rulesets": {"*": {}},
}

_KINDS = {str: "text", bool: "a boolean", int: "an integer", float: "a number with a fraction", type(None): "nothing"}


@dataclass(slots=True)
class Problems:
    """Collects what is wrong, so that one run tells an author everything."""

    found: list[Diagnostic] = field(default_factory=list)

    def add(self, code: str, message: str, where: Node | Place, help: str = "") -> None:
        """Note an error at a node or a place."""
        place = where.place if isinstance(where, Node) else where
        self.found.append(Diagnostic(code, message, place, help))


def kind_of(node: Node) -> str:
    """Return what `node` is, in an author's words."""
    node = resolved(node)
    if isinstance(node, Scalar):
        return _KINDS[type(node.value)]
    return "a mapping" if isinstance(node, Mapping) else "a list"


def merged(
    parts: Several[Mapping], spread: Spread, problems: Problems, *, override: bool = False, rules: bool = False
) -> Mapping:
    """Return the entries of all `parts` as one mapping; keys in `spread` are merged, any other may be given once.

    With `override` an entry of an earlier part silently replaces that of a later one. `rules` says that the entries are
    rules, whose names an author knows as such.
    """
    entries: dict[str, tuple[Node, Node]] = {}
    gathered: dict[str, list[Node]] = {}
    for part in parts:
        seen: dict[str, Node] = {}
        check_tag(part, problems)
        for key, value in part.entries:
            name = key.text if isinstance(key, Scalar) else f"\0{id(key)}"
            inner = spread.get(name, spread.get("*"))
            if name in seen or (name in entries and inner is None and not override):
                first = seen.get(name, entries[name][0])
                _twice(key, first, problems, rules)
                continue
            seen[name] = key
            if name not in entries:
                entries[name] = (key, value)
            if inner is not None:
                gathered.setdefault(name, []).append(value)
    for name, values in gathered.items():
        mappings = [m for value in values if isinstance(m := resolved(value), Mapping)]
        odd = [value for value in values if not is_null(value) and not isinstance(resolved(value), Mapping)]
        if odd or mappings:
            inner = spread.get(name, spread.get("*")) or {}
            are_rules = spread is SPREAD["rulesets"]
            whole = odd[0] if odd else merged(mappings, inner, problems, override=override, rules=are_rules)
            entries[name] = (entries[name][0], whole)
    return Mapping.of(parts[0], list(entries.values()))


def _twice(key: Node, first: Node, problems: Problems, rules: bool) -> None:
    name = key.text if isinstance(key, Scalar) else "?"
    where = f"line {first.place.line}" if first.source is key.source else str(first.place)
    if rules:
        problems.add(
            "duplicate-rule", f"the rule `{name}` is already in {where}", key, "give one of the two another name"
        )
    else:
        problems.add("duplicate-key", f"`{name}` is already given in {where}", key, "remove one of the two")


def check_tag(node: Node, problems: Problems) -> None:
    """Refuse a tag: a policy is plain data."""
    if node.tag is not None:
        start = node.source.text.rfind("!", 0, node.start)
        place = Place(node.source, *node.source.position(max(start, 0)), length=1) if start != -1 else node.place
        shown = node.tag.replace("tag:yaml.org,2002:", "!!")
        problems.add(
            "tag",
            f"the tag `{shown}` is not allowed",
            place,
            "remove it: a policy is plain text, numbers, lists and mappings",
        )


def plain(node: Node, problems: Problems) -> Plain:
    """Return `node` as plain data; an alias is the very object that its anchor is."""
    if node.weight > MOST_NODES:
        problems.add(
            "alias-bomb",
            f"with its aliases written out, this is more than {MOST_NODES:,} values",
            node,
            "write fewer aliases",
        )
        return None
    return _plain(node, problems, {})


def _plain(node: Node, problems: Problems, known: dict[int, Plain]) -> Plain:
    if isinstance(node, Alias):
        if id(node.target) not in known:
            known[id(node.target)] = _plain(node.target, problems, known)
        return known[id(node.target)]
    check_tag(node, problems)
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [_plain(item, problems, known) for item in node.items]
    assert isinstance(node, Mapping)
    content: dict[str, Plain] = {}
    seen: dict[str, Node] = {}
    for raw, value in node.entries:
        key = resolved(raw)
        if not isinstance(key, Scalar):
            problems.add("type", f"a key is text, not {kind_of(key)}", raw, "write a name")
            continue
        if key.text == "<<" and isinstance(resolved(value), Mapping | Sequence):
            problems.add("merge-key", "`<<` merges mappings in YAML 1.1 only", raw, "write the entries out")
            continue
        if not isinstance(key.value, str):
            problems.add(
                "type", f"the key `{key.text}` is {kind_of(key)}, not text", raw, f'write "{key.text}", in quotes'
            )
        if key.text in seen:
            _twice(key, seen[key.text], problems, rules=False)
            continue
        seen[key.text] = key
        content[key.text] = _plain(value, problems, known)
    return content


def entries(node: Node | None) -> Iterator[tuple[Scalar, Node]]:
    """Yield the entries of a mapping that are named by text, aliases followed; nothing of any other node."""
    mapping = resolved(node) if node is not None else None
    if isinstance(mapping, Mapping):
        for raw, value in mapping.entries:
            key = resolved(raw)
            if isinstance(key, Scalar) and isinstance(key.value, str):
                yield key, resolved(value)


def child(node: Node | None, *names: str) -> Node | None:
    """Return the value at the end of `names`, or None if it is missing or null."""
    for name in names:
        node = next((value for key, value in entries(node) if key.value == name), None)
    return None if node is None or is_null(node) else node


def items(node: Node | None) -> list[Node]:
    """Return the items of a list, aliases followed; none of any other node."""
    return [resolved(item) for item in node.items] if isinstance(node, Sequence) else []


def text(node: Node | None) -> str | None:
    """Return the text that `node` is, or None if it is anything else."""
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None
