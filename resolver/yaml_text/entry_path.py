"""The path through a file to the entries of `escalation_state`: the document, the keys, and obstacles.

The loader warns if an entry can never be written, and the store refuses to write one there. Both use this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from resolver.diagnostics import Diagnostic, Level
from resolver.frozen import frozen
from resolver.schema.names import ROOT, SECTIONS
from resolver.yaml_text.nodes import Alias, Mapping, Node, Scalar, is_null, kind_of, resolved

STATE = "escalation_state"
HOLDER = "model_tiers"


@frozen
class Way:
    """The index of the document that holds the entries, or would, and the keys that lead to them."""

    document: int
    names: tuple[str, ...]


@frozen
class Obstacle:
    """An obstacle that keeps every new entry out: the node, the problem, and what to do about it."""

    node: Node
    why: str
    help: str


def way_to_entries(documents: Sequence[Node]) -> Way:
    """Return the path to the entries of a file with these documents; it need not exist yet."""
    for names in _candidates():
        for index, document in enumerate(documents):
            if follow(document, names) is not None:
                root = (ROOT,) if names[0] == ROOT else ()
                return Way(index, (*root, HOLDER, STATE))
    for fits in (lambda node: isinstance(node, Mapping), is_null):
        for index, document in enumerate(documents):
            if fits(document):
                return Way(index, (HOLDER, STATE))
    return Way(0, (HOLDER, STATE))


def _candidates() -> Iterator[tuple[str, ...]]:
    """Yield the keys that show where a file keeps its sections, the surest first."""
    for root in ((), (ROOT,)):
        yield (*root, HOLDER, STATE)
    for section in (HOLDER, *SECTIONS):
        for root in ((), (ROOT,)):
            yield (*root, section)
    yield (ROOT,)


def obstacle(documents: Sequence[Node], way: Way) -> Obstacle | None:
    """Return the obstacle that keeps every new entry out of a file with these documents, None if there is none."""
    if not documents:
        return None
    node = documents[way.document]
    for name in way.names:
        entries = named(node, name)
        if not isinstance(node, Mapping):
            break
        if len(entries) > 1:
            return Obstacle(entries[1][0], f"gives `{name}` a second time", "join the two")
        if not entries:
            return None
        node = entries[0][1]
    if isinstance(node, Alias):
        return Obstacle(node, "is an alias", "write the mapping out")
    if isinstance(node, Mapping) or is_null(node):
        return None
    return Obstacle(node, f"is {kind_of(node)}, not a mapping", "keep the policy in a file of its own")


def cannot_learn(documents: Sequence[Node]) -> list[Diagnostic]:
    """Return a warning if no escalation can be written into a file with these documents, or an empty list."""
    problem = obstacle(documents, way_to_entries(documents))
    if problem is None:
        return []
    message = f"no escalation can be written into this file, because this {problem.why}"
    return [Diagnostic("cannot-learn", message, problem.node.place, problem.help, Level.WARNING)]


def follow(node: Node, names: Sequence[str]) -> Node | None:
    """Return the node at the end of the path `names`, following aliases, or None if there is none."""
    for name in names:
        entries = named(resolved(node), name)
        if not entries:
            return None
        node = entries[0][1]
    return node


def named(node: Node, name: str) -> list[tuple[Node, Node]]:
    """Return the entries of a mapping whose key is `name`; an alias as a key stays an alias."""
    if not isinstance(node, Mapping):
        return []
    quick = getattr(
        node.entries, "named", None
    )  # the mappings of `outline` have an index, which matters for 10,000 entries
    if quick is not None:
        return list(quick(name))
    return [entry for entry in node.entries if isinstance(key := resolved(entry[0]), Scalar) and key.value == name]
