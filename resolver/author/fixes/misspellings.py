"""Candidates for a help that asks "did you mean": the name that is meant, in place of the name that is written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from resolver.author.fixes.indentation import moved_under
from resolver.author.fixes.problem import Candidate, Problem, entry_of
from resolver.author.fixes.spots import in_its_quotes, scalars_in, text_of, without, written
from resolver.yaml_text.nodes import Scalar

_MEANT = re.compile(r"did you mean `([^`]+)`")


def misspellings(problem: Problem) -> Iterator[list[Candidate]]:
    """Yield the candidates of a help that guesses a name, the smallest change first."""
    match = _MEANT.search(problem.help)
    if match is None:
        return
    meant = match[1]
    if "it is given already" in problem.help:
        yield _without_twin(problem, meant)
        return
    wider = sorted([*_around(problem, meant), *_at_definition(problem, meant)], key=_places)
    found = [*_at_place(problem, meant), *wider]
    if "it belongs under" in problem.help:
        found = [candidate for part in found for candidate in moved_under(problem, part)]
    yield found


def _at_place(problem: Problem, meant: str) -> Iterator[Candidate]:
    node = problem.spots[0].node if problem.spots else None
    if isinstance(node, Scalar):
        yield from problem.here(in_its_quotes(node, _renamed(node.text, problem.words, meant)))
    elif node is not None and len(texts := [*scalars_in(node)]) == 1:
        yield from problem.here(in_its_quotes(texts[0], meant))


def _around(problem: Problem, meant: str) -> Iterator[Candidate]:
    """Yield candidates that change the name in the whole entry of a rule or a row, and then in the whole file."""
    here = text_of(problem.spots[0].node) if problem.spots else ""
    at_place = {word for word in problem.words if word in (here, *here.rpartition(":")[::2])}
    if problem.rule is not None and problem.rule.key == here:  # the name of a rule, which is not what is misspelled
        at_place = set()
    words = at_place or {word for word in problem.words if word not in (meant, here)}
    entry = problem.spots[0].entry if problem.spots else None
    for nodes in ([*entry] if entry else [], problem.documents if at_place else []):
        found = [text for node in nodes for text in scalars_in(node) if _renamed(text.text, words, meant) != text.text]
        wrong = [text for text in found if text.text in words or _in_subject(text.text, words)]
        yield from problem.here(*(in_its_quotes(text, _renamed(text.text, words, meant)) for text in wrong))


def _at_definition(problem: Problem, meant: str) -> Iterator[Candidate]:
    """Yield the candidate for a name that is misspelled where it is defined, and not where it is used."""
    here = text_of(problem.spots[0].node) if problem.spots else ""
    if here and here in problem.words:
        wrong = [text for node in problem.documents for text in scalars_in(node) if text.text == meant]
        yield from problem.here(*(in_its_quotes(text, here) for text in wrong))


def _places(candidate: Candidate) -> int:
    return sum(map(len, candidate.values()))


def _in_subject(text: str, words: set[str]) -> bool:
    return bool({*text.rpartition(":")[::2]} & words)


def _renamed(text: str, words: list[str] | set[str], meant: str) -> str:
    """Return a scalar's text with the name that is meant: all of it, or its part of `triad:role`."""
    triad, colon, role = text.rpartition(":")
    if colon and text not in words:
        if role in words:
            return f"{triad}:{meant}"
        if triad in words:
            return f"{meant}:{role}"
    return meant


def _without_twin(problem: Problem, meant: str) -> list[Candidate]:
    """Return the candidate that removes a key which says again what the key that is meant says already."""
    spot = next((spot for spot in problem.spots if spot.is_key), None)
    if spot is None or spot.entry is None:
        return []
    twin = entry_of(spot.parent, meant)
    if twin is None or written(twin[1]) != written(spot.entry[1]) or text_of(twin[0]) == text_of(spot.node):
        return []
    return problem.here(without(spot))
