"""Candidates for a help that says to remove something: an entry, an item, a tag, a comment or a character."""

from __future__ import annotations

import re
from collections.abc import Iterator

from resolver.author.fixes.problem import Candidate, Problem
from resolver.author.fixes.spots import Spot, is_flow, without, written
from resolver.yaml_text.nodes import Mapping, Sequence
from resolver.yaml_text.splices import Splice

_REMOVE = re.compile(r"(?:^|or |\A)remove (?:it\b|the (?:override|entry|row)\b)|take the line out")
_OTHERWISE = re.compile(r"remove it, and move|remove it, or put|write something, or remove")


def removals(problem: Problem) -> Iterator[list[Candidate]]:
    """Yield the candidates of a help that says to remove something, and nothing else that needs a choice."""
    if problem.code == "needless-ignore":
        if "remove it" in problem.help:
            yield [*_without_comment(problem)]
    elif problem.help == "remove one of the two":
        yield [*_without_second(problem)]
    elif problem.help.startswith("remove the line"):
        start, end = problem.source.bounds(problem.diagnostic.place.line)
        yield problem.here(Splice(start, _after_line(problem.text, end), ""))
    elif problem.code == "secret":  # a key is moved by its author, and no title shows it
        return
    elif problem.code == "syntax" and problem.message.startswith("the character "):
        yield problem.here(Splice(problem.start, problem.start + 1, ""))
    elif problem.help.startswith("remove the dashes"):
        yield [*_without_dashes(problem)]
    elif "a policy is plain text" in problem.help or "in double quotes it can be written" in problem.help:
        length = max(1, problem.diagnostic.place.length)
        blank = re.compile(r"[ \t]*").match(problem.text, problem.start + length)
        yield problem.here(Splice(problem.start, blank.end() if blank and length > 1 else problem.start + length, ""))
    elif _REMOVE.search(problem.help) and not _OTHERWISE.search(problem.help):
        yield [*_without_entry(problem)]


def _without_entry(problem: Problem) -> Iterator[Candidate]:
    """Yield candidates without the entry or the item at the place, and then without the entry around it."""
    for spot in [*problem.spots[:1], *(spot for spot in problem.spots[1:] if _has_one_part(spot))][:2]:
        yield from problem.here(without(spot))


def _has_one_part(spot: Spot) -> bool:
    node = spot.node
    parts = node.entries if isinstance(node, Mapping) else node.items if isinstance(node, Sequence) else ()
    return len(parts) == 1


def _without_second(problem: Problem) -> Iterator[Candidate]:
    """Yield the candidate without something that says again what is said before, in the same words."""
    spot = problem.spots[0] if problem.spots else None
    if spot is None:
        return
    if isinstance(spot.parent, Sequence):
        yield from problem.here(without(spot))
    elif spot.entry is not None and isinstance(spot.parent, Mapping):
        key, value = (written(part) for part in spot.entry)
        before = spot.parent.entries[: spot.index]
        if any((written(first), written(second)) == (key, value) for first, second in before):
            yield from problem.here(without(spot))


def _without_dashes(problem: Problem) -> Iterator[Candidate]:
    """Yield the candidate with a space in place of each dash of a list."""
    node = next((spot.node for spot in problem.spots if isinstance(spot.node, Sequence)), None)
    if node is not None and not is_flow(node):
        dashes = [problem.text.rfind("-", 0, item.head) for item in node.items]
        yield from problem.here(*(Splice(dash, dash + 1, " ") for dash in dashes))


def _without_comment(problem: Problem) -> Iterator[Candidate]:
    """Yield candidates without a code in a comment, and then without the comment."""
    start, end = problem.source.bounds(problem.diagnostic.place.line)
    line, column = problem.text[start:end], problem.start - start
    comments = re.finditer(r"[ \t]*#[ \t]*resolver\b[^#]*", line, re.IGNORECASE)
    comment = next((match for match in comments if match.start() <= column < match.end()), None)
    if comment is None:
        return
    codes = re.compile(r"\[([^\]]*)\]").search(line, comment.start(), comment.end())
    if codes is not None and len(re.findall(r"[^\s,]+", codes[1])) > 1:
        stop = problem.start + problem.diagnostic.place.length
        after = re.compile(r"[\s,]+(?=[^\s\]])").match(problem.text, stop, start + codes.end(1))
        before = re.compile(r"[\s,]+\Z").search(problem.text[start + codes.start(1) : problem.start])
        back = 0 if after or before is None else len(before[0])
        yield from problem.here(Splice(problem.start - back, after.end() if after else stop, ""))
    elif line[: comment.start()].strip():
        yield from problem.here(Splice(start + comment.start(), start + comment.end(), ""))
    else:
        yield from problem.here(Splice(start, _after_line(problem.text, end), ""))


def _after_line(text: str, end: int) -> int:
    """Return the start of the line after one that ends at `end`."""
    return end + len(text[end : end + 2]) if text[end : end + 2] == "\r\n" else min(len(text), end + 1)
