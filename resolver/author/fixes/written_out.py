"""Candidates for a help that writes out what is meant, in place of what is written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from resolver.author.fixes.problem import Candidate, Problem, entry_of
from resolver.author.fixes.spots import Spot, end_of, in_its_quotes, instead_of, is_flow, text_of, written
from resolver.diagnostics import Source
from resolver.yaml_text.documents import read_documents
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence
from resolver.yaml_text.quoting import scalar
from resolver.yaml_text.splices import Splice

_WRITTEN = re.compile(
    r"(?:write|write the tier alone:|remove the quotes:|list them,|test it with|one pattern:|needs a dash:|inside it:"
    r"|the tier of the row:) `([^`]+)`(?!,? or\b|, (?:for example|one line)| if | for each|, with the provider)"
)
_ENTRY = re.compile(r"([\w$.\"-]+): (\S.*)")
_TOKEN = re.compile(r"[\w$.-]+")
_LEVELS = 4
"""Nodes around a place of which one may be what a help writes out."""


def written_out(problem: Problem) -> Iterator[list[Candidate]]:
    """Yield the candidates for each text that a help writes out, the smallest change first."""
    for text in dict.fromkeys(_WRITTEN.findall(problem.help)):
        if text.startswith("- "):
            yield [*_as_pattern(problem, text[2:])]
        elif text == "triad:role":
            yield [*_with_colon(problem)]
        elif (entry := _ENTRY.fullmatch(text)) is not None:
            yield [*_as_entry(problem, entry[1].strip('"'), entry[2], text)]
        else:
            yield [*_as_node(problem, text)]
    if "or `{}` for none" in problem.help and problem.spots and written(problem.spots[0].node) in ("[]", "none"):
        yield problem.here(instead_of(problem.spots[0], "{}"))
    if "without leading zeros" in problem.help or "one number, without brackets" in problem.help:
        yield [*_as_number(problem)]


def _with_colon(problem: Problem) -> Iterator[Candidate]:
    """Yield the candidate with a colon in place of the one mark in a subject's name."""
    node = problem.spots[0].node if problem.spots else None
    if isinstance(node, Scalar) and len(re.findall(r"[/|.@> ]+", node.text)) == 1:
        text = re.sub(r"[/|.@> ]+", ":", node.text)
        yield from problem.here(in_its_quotes(node, text))


def _as_number(problem: Problem) -> Iterator[Candidate]:
    """Yield the candidate with a number alone, without brackets and leading zeros."""
    node = problem.spots[0].node if problem.spots else None
    if isinstance(node, Sequence) and len(node.items) == 1:
        yield from problem.here(instead_of(problem.spots[0], text_of(node.items[0])))
    elif isinstance(node, Scalar) and re.fullmatch(r"0+[0-9]+", node.text):
        yield from problem.here(Splice(node.start, node.end, node.text.lstrip("0") or "0"))


def _as_node(problem: Problem, text: str) -> Iterator[Candidate]:
    """Yield candidates with `text` in place of a node at the place, of the mapping around it, and so on."""
    if "…" in text or text.endswith(":"):
        return
    node = problem.spots[0].node if problem.spots else None
    if isinstance(node, Scalar) and ":" in node.text and text[:1] not in "{[":  # a name in `triad:role`
        for word in [word for word in problem.words if word in node.text and word != node.text]:
            yield from problem.here(in_its_quotes(node, node.text.replace(word, text)))
    plain = text if text[:1] in "{[" or _is_plain(text) else scalar(text)
    outer = _LEVELS if text[:1] in "{[" else 1
    for number, spot in enumerate(problem.spots[:outer]):
        if number and _loses(problem.spots[:number], spot, text, is_own=number == 1):
            return
        if not (spot.is_key and text[:1] in "{["):
            yield from problem.here(instead_of(spot, plain))
    if (
        text[:1] in "{[" and problem.spots and problem.spots[0].is_key
    ):  # a key about whose value the help is, or an item of a list
        entry = problem.spots[0].entry
        assert entry is not None
        yield from problem.here(instead_of(Spot(entry[1], problem.spots[0].parent, problem.spots[0].index), plain))
    yield from _among_items(problem, text)


def _among_items(problem: Problem, text: str) -> Iterator[Candidate]:
    """Yield the candidate that writes the values of `{fact: [a, b]}` among the values of a list at the place."""
    match = re.fullmatch(r"\{[\w.-]+: \[(.+)\]\}", text)
    spot = problem.spots[0] if problem.spots else None
    if match and spot is not None and isinstance(spot.parent, Sequence) and is_flow(spot.parent):
        yield from problem.here(instead_of(spot, match[1]))


def _loses(inner: list[Spot], spot: Spot, text: str, *, is_own: bool) -> bool:
    """Return whether a node has words beside its inner nodes that `text` does not have."""
    if is_own and isinstance(spot.node, Mapping):  # the condition itself, which the help has understood
        return False
    node, place = spot.node, inner[-1].node
    whole, stop = node.source.text, end_of(node)
    beside = whole[node.start : place.start] + " " + whole[max(place.start, end_of(place)) : stop]
    beside = re.sub(r"#[^\r\n]*", "", beside)
    return not {word for word in _TOKEN.findall(beside) if word[0] != "$"} <= {*_TOKEN.findall(text), "-"}


def _is_plain(text: str) -> bool:
    documents, _ = read_documents(Source("", text))
    return len(documents) == 1 and isinstance(documents[0], Scalar) and documents[0].text == text


def _as_entry(problem: Problem, key: str, value: str, text: str) -> Iterator[Candidate]:
    """Yield candidates with the entry `key: value` in place of the entry with that key, or of the one at the place."""
    spot = problem.spots[0] if problem.spots else None
    old = spot.entry[1] if spot is not None and spot.is_key and spot.entry else None
    filled = value
    if "…" in value:
        if old is None or re.search(r"\[…\]|\{…\}", value):
            return
        filled = value.replace("…", _in_line(old))
    for around in problem.spots:
        if around.key == key and not around.is_key and "…" not in value:
            yield from problem.here(instead_of(around, filled))
        if around.key == key and around.is_key and around.entry and "…" not in value:
            yield from problem.here(instead_of(Spot(around.entry[1], around.parent, around.index), filled))
    if spot is not None and spot.entry is not None and spot.is_key and old is not None:
        end = max(end_of(old), spot.node.end)
        colon = problem.text.find(":", spot.node.end, end + 1)
        if "…" in value:
            yield from problem.here(Splice(spot.node.start, spot.node.end, key))
        if colon >= 0:
            yield from problem.here(Splice(spot.node.start, max(end, colon + 1), f"{key}: {filled}"))
    rule = problem.rule
    if rule is not None and "…" not in value and (entry := entry_of(rule.node, key)) is not None:
        yield from problem.here(instead_of(Spot(entry[1], rule.node, _number(rule.node, entry[0])), filled))


def _number(mapping: Node, key: Node) -> int:
    assert isinstance(mapping, Mapping)
    return next(number for number, (each, _) in enumerate(mapping.entries) if each is key)


def _in_line(node: Node) -> str:
    """Return a node in brackets on one line, as far as it is written so or has few parts."""
    if isinstance(node, Mapping) and not is_flow(node):
        return "{" + ", ".join(f"{written(key)}: {_in_line(value)}" for key, value in node.entries) + "}"
    if isinstance(node, Sequence) and not is_flow(node):
        return "[" + ", ".join(_in_line(item) for item in node.items) + "]"
    return written(node)


def _as_pattern(problem: Problem, text: str) -> Iterator[Candidate]:
    """Yield candidates with the one pattern of a rule, `m: condition`, in place of what `all` has."""
    if "…" in text:
        return
    around = next((spot for spot in problem.spots if spot.key == "all"), None)
    if around is None or around.entry is None:
        return
    key, value = around.entry
    spot = Spot(value, around.parent, around.index)
    items = value.items if isinstance(value, Sequence) else []
    if len(items) == 1 and (item := items[0]).start < end_of(item):
        is_braced = is_flow(item) or is_flow(value)
        yield from problem.here(Splice(item.start, end_of(item), f"{{{text}}}" if is_braced else text))
    if isinstance(value, Sequence) and items and not is_flow(value):
        yield from problem.here(Splice(items[0].head, end_of(value), text))
    elif isinstance(value, Mapping) and value.entries and not is_flow(value):
        yield from problem.here(Splice(value.start, end_of(value), f"- {text}"))
    if text_of(key):
        yield from problem.here(instead_of(spot, f"[{{{text}}}]"))
