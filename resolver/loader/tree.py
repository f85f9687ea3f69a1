"""Merges the sections of several files into one tree, and converts that tree to plain data."""

from __future__ import annotations

from collections import abc
from collections.abc import Iterator

from resolver.loader.problems import Problems
from resolver.schema.shapes import allowed_keys
from resolver.yaml_text.nodes import Mapping, Node, Plain, Scalar, Sequence, is_merge, is_null, kind_of, resolved

MOST_NODES = 1_000_000
"""The largest number of nodes of a policy, with every alias expanded."""

_RULE_KEYS = frozenset(allowed_keys(("rulesets", "tier", "*")))
Spread = dict[str, "Spread"]
"""Mappings whose keys may be spread over several files; `*` is any key."""
SPREAD: Spread = {
    "model_tiers": {"tiers": {}, "providers": {}, "role_defaults": {}, "phase_overrides": {"*": {}}},
    "facts": {},
    "rulesets": {"*": {}},
}


def merged(
    parts: abc.Sequence[Mapping], spread: Spread, problems: Problems, *, override: bool = False, rules: bool = False
) -> Mapping:
    """Return the entries of all `parts` as one mapping. Keys in `spread` are merged; any other key may occur once.

    With `override`, an entry of an earlier part silently replaces that of a later one. `rules` is whether the entries
    are rules, which messages call by that word.
    """
    entries: dict[str, tuple[Node, Node]] = {}
    gathered: dict[str, list[Node]] = {}
    again: list[Node] = []
    for part in parts:
        own_names: dict[str, Node] = {}
        check_tag(part, problems)
        for raw, value in part.entries:
            key = resolved(raw)
            name = key.text if isinstance(key, Scalar) else f"\0{id(key)}"
            inner = spread.get(name, spread.get("*"))
            if name in own_names or (name in entries and inner is None and not override):
                if rules and name in _RULE_KEYS:
                    continue  # the shape check reports that the first one is no rule
                problems.twice(raw, name, own_names.get(name, entries[name][0]), is_rule=rules)
                if name == "escalation_state":
                    again.append(value)
                continue
            own_names[name] = raw
            if name not in entries:
                entries[name] = (raw, value)
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
    if again:  # so that entries which only a later section has are checked as well
        key, first = entries["escalation_state"]
        sections = [section for value in (first, *again) if isinstance(section := resolved(value), Mapping)]
        if isinstance(resolved(first), Mapping):
            entries["escalation_state"] = (key, merged(sections, {}, problems, override=True))
    return Mapping.of(parts[0], list(entries.values()))


def is_spread(path: abc.Sequence[int | str]) -> bool:
    """Return whether the mapping at `path` may be spread over several files."""
    spread: Spread | None = SPREAD
    for name in path:
        spread = None if spread is None else spread.get(str(name), spread.get("*"))
    return spread is not None


def respelled(part: Mapping, names: abc.Mapping[int, str]) -> Mapping:
    """Return `part` with other keys at some nodes; `names` has the texts of these keys by the identity of the node.

    A key stays as it is where the other one is given as well.
    """
    entries: list[tuple[Node, Node]] = []
    given = {key.text for key, _ in part.named()}
    for raw, value in part.entries:
        key = raw
        if (name := names.get(id(raw))) is not None and name not in given:
            key = Scalar(raw.source, raw.start, raw.end, raw.head, value=name, text=name)
        entries.append((key, respelled(value, names) if isinstance(value, Mapping) else value))
    return Mapping.of(part, entries)


def sound(part: Mapping, spread: Spread) -> Mapping:
    """Return `part` without the values that should be merged and are not mappings."""
    kept: list[tuple[Node, Node]] = []
    for raw, value in part.entries:
        key, inner_value = resolved(raw), resolved(value)
        inner = spread.get(key.text, spread.get("*")) if isinstance(key, Scalar) else None
        if inner is None:
            kept.append((raw, value))
        elif isinstance(inner_value, Mapping):
            kept.append((raw, sound(inner_value, inner)))
    return Mapping.of(part, kept)


def check_tag(node: Node, problems: Problems) -> None:
    """Report a tag as an error, because a policy is plain data."""
    if node.tag is not None:
        place = node.tag_place
        help = "remove it: a policy is plain text, numbers, lists and mappings"
        if isinstance(node, Scalar) and (not node.text or "(" in place.text) and not place.text.startswith("!!"):
            help = f"{help}; to negate, write `{{$neq: {{fact: value}}}}` or `{{$nex: {{fact: 1}}}}`"
        problems.add("tag", f"the tag `{place.text}` is not allowed", place, help)


def check_weight(root: Node, problems: Problems) -> bool:
    """Return whether `root` can be read in reasonable time, which a few lines of aliases can prevent."""
    heavy = root
    while part := next((part for part in _parts(heavy) if part.weight > MOST_NODES), None):
        heavy = resolved(part)
    if heavy.weight > MOST_NODES:
        message = f"with its aliases written out, this is more than {MOST_NODES:,} values"
        problems.add("alias-bomb", message, heavy, "write fewer aliases")
    return heavy.weight <= MOST_NODES


def _parts(node: Node) -> Iterator[Node]:
    if isinstance(node, Sequence):
        yield from node.items
    elif isinstance(node, Mapping):
        for entry in node.entries:
            yield from entry


def plain(node: Node, problems: Problems) -> Plain:
    """Return `node` as plain data; an alias is the same object as its anchor."""
    return _plain(node, problems, {})


def _plain(node: Node, problems: Problems, known: dict[int, Plain]) -> Plain:
    node = resolved(node)
    if id(node) in known:
        return known[id(node)]
    check_tag(node, problems)
    if isinstance(node, Scalar):
        return node.value
    content: Plain
    if isinstance(node, Sequence):
        content = [_plain(item, problems, known) for item in node.items]
    else:
        assert isinstance(node, Mapping)
        content = _plain_mapping(node, problems, known)
    known[id(node)] = content
    return content


def _plain_mapping(node: Mapping, problems: Problems, known: dict[int, Plain]) -> dict[str, Plain]:
    content: dict[str, Plain] = {}
    keys: dict[str, Node] = {}
    for raw, value in node.entries:
        if (
            type(raw) is Scalar
            and type(value) is Scalar
            and type(raw.value) is str
            and raw.tag is value.tag is None
            and raw.text not in keys
        ):  # most entries
            keys[raw.text], content[raw.text] = raw, value.value
            continue
        key = resolved(raw)
        if not isinstance(key, Scalar):
            problems.add("type", f"a key is text, not {kind_of(key)}", raw, _key_help(key))
            continue
        if is_merge(key, value):
            problems.add("merge-key", "`<<` merges mappings in YAML 1.1 only", raw, "write the entries out")
            continue
        check_tag(key, problems)
        if not isinstance(key.value, str):
            message = f"the key `{key.text}` is {kind_of(key)}, not text" if key.text else "a key is empty"
            help = "write a name" if is_null(key) else f'write "{key.text}", in quotes'
            problems.add("type", message, raw, help)
        if key.text in keys:
            problems.twice(raw, key.text, keys[key.text])
            continue
        keys[key.text] = raw
        content[key.text] = _plain(value, problems, known)
    return content


def _key_help(key: Node) -> str:
    """Return the help for a key that is a list or a mapping."""
    if isinstance(key, Sequence):
        return "write a name: an entry has one name, so several names take several lines"
    if key.source.text[max(0, key.start - 1) : key.start] == "{":
        return "write the value out: templates such as `{{ name }}` are not filled in"
    return "put several mappings in brackets, with commas between them: `[{…}, {…}]`"


def entries(node: Node | None) -> Iterator[tuple[Scalar, Node]]:
    """Yield the entries of a mapping whose keys are text, with aliases resolved; nothing of any other node."""
    mapping = resolved(node) if node is not None else None
    if isinstance(mapping, Mapping):
        for raw, value in mapping.entries:
            key = raw if type(raw) is Scalar else resolved(raw)
            if isinstance(key, Scalar) and isinstance(key.value, str):
                yield key, (value if type(value) is Scalar else resolved(value))


def entry(node: Node | None, name: str) -> tuple[Scalar, Node] | None:
    """Return the entry of a mapping with the key `name`, or None if there is none."""
    return next((pair for pair in entries(node) if pair[0].value == name), None)


def child(node: Node | None, *names: str) -> Node | None:
    """Return the value at the end of the path `names`, or None if the value is missing or null."""
    for name in names:
        pair = entry(node, name)
        node = pair[1] if pair else None
    return None if node is None or is_null(node) else node


def items(node: Node | None) -> list[Node]:
    """Return the items of a list, with aliases resolved; nothing of any other node."""
    return [resolved(item) for item in node.items] if isinstance(node, Sequence) else []


def text(node: Node | None) -> str | None:
    """Return the text in `node`, None if it is anything else or has a tag, whose meaning is unknown."""
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) and node.tag is None else None


def number(node: Node | None) -> int | float | None:
    """Return the number in `node`, None if it is anything else."""
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
