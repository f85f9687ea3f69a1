"""Reads the section `facts`: a policy's own facts."""

from __future__ import annotations

from resolver.domain import Fact, Integer, Text
from resolver.domain.facts import BUILT_IN
from resolver.loader.problems import Problems
from resolver.loader.tree import child, entries, items, text
from resolver.schema import OPERATORS, RESERVED
from resolver.yaml_text.nodes import Mapping, Node, Scalar

_KEYS = ("values", "integer", "description")


def read_facts(root: Node, problems: Problems) -> dict[str, Fact]:
    """Return the facts that the policy `root` declares; a fact with unknown values has none."""
    facts = {}
    hashes = {_fnv1a(name): name for name in (*sorted(BUILT_IN), *RESERVED, *OPERATORS, "$m", "$s")}
    for key, node in entries(child(root, "facts")):
        name = key.text
        domain = _read_domain(key, node, problems)
        if name in BUILT_IN:
            problems.add("fact-name", f"`{name}` is a fact that every policy has", key, "give yours another name")
            continue
        if name in RESERVED or "." in name or "$" in name:
            help = "names have no `.` or `$`; `k`, `id` and `sid` are taken"
            problems.add("fact-name", f"a fact cannot be named `{name}`", key, help)
        elif (twin := hashes.setdefault(_fnv1a(name), name)) != name:
            message = f"the rules engine cannot tell `{name}` from `{twin}`: both names have the same hash"
            problems.add("fact-name", message, key, "rename it")
        facts[name] = Fact(
            name, domain or Text(()), description=text(child(node, "description")) or "", place=key.place
        )
    return facts


def _read_domain(key: Scalar, node: Node, problems: Problems) -> Text | Integer | None:
    values, integer = child(node, "values"), child(node, "integer")
    is_integer = isinstance(integer, Scalar) and integer.value is True
    if is_integer == (values is not None):
        unclear = integer is not None and not (isinstance(integer, Scalar) and isinstance(integer.value, bool))
        misspelt = any(other.text not in _KEYS for other, _ in entries(node))
        if isinstance(node, Mapping) and not unclear and not misspelt:  # otherwise the shape check reported it
            help = "`values: [a, b]` for text, `integer: true` for numbers"
            problems.add("fact-type", f"the fact `{key.text}` needs either `values` or `integer: true`", key, help)
        return None
    if is_integer:
        return Integer()
    names = [(item, name) for item in items(values) if (name := text(item))]
    listed_names = set()
    for item, name in names:
        if name in listed_names:
            problems.add("duplicate-value", f"`{name}` is listed twice", item, "remove one of the two")
        listed_names.add(name)
    return Text(tuple(dict.fromkeys(name for _, name in names)))


def _fnv1a(name: str) -> int:
    """Return the 32-bit FNV-1a hash by which the rules engine compares names."""
    value = 2_166_136_261
    for byte in name.encode("utf-8", "replace"):
        value = (value ^ byte) * 16_777_619 % 2**32
    return value
