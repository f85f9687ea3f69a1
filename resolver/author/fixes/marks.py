"""Candidates for what is missing between words: a space after a colon or a dash, a colon, quotes, a bracket."""

from __future__ import annotations

import re
from collections.abc import Iterator

from resolver.author.fixes.problem import Candidate, Problem
from resolver.yaml_text.nodes import Scalar
from resolver.yaml_text.quoting import quoted
from resolver.yaml_text.splices import Splice

_COLON = re.compile(r"a colon needs a space after it(?: in line (\d+))?: `(?:- )?\{?([^`]*?): ?[^`]*`")
_NO_COLON = re.compile(r"line (\d+) has no colon: write `([^`]+):`")
_NO_PAIR = re.compile(r"line (\d+) has no `key: value`: write `([^`]+): …`")
_WIDE_COLON = re.compile(r"line (\d+) has the character U\+([0-9A-F]{4,5}): write `:`")
_INNER_QUOTE = re.compile(r"in (?:double|single) quotes, write `([^`]+)` for a `([\"'])`")
_CLOSE = re.compile(r"close it with `([\]}])`")
_WORD = re.compile(r"[^\s,\[\]{}#]+")


def marks(problem: Problem) -> Iterator[list[Candidate]]:
    """Yield the candidates of a help about marks of YAML."""
    if (match := _COLON.search(problem.help)) is not None:
        line = int(match[1]) if match[1] else problem.diagnostic.place.line
        yield [*_spaced(problem, line, match[2])]
    if "a dash needs a space after it" in problem.help:
        line = problem.diagnostic.place.line
        yield [*_changed(problem, line, r"^([ \t]*)-(?=\S)", r"\1- ")]
    if (match := re.search(r"write a colon after `(\w+)`", problem.help)) is not None:
        line = problem.diagnostic.place.line
        yield [*_changed(problem, line, rf"\b{match[1]}[ \t]+", f"{match[1]}: ")]
    if (match := _NO_COLON.search(problem.help)) is not None:
        yield [*_changed(problem, int(match[1]), r"(?<=\w)[ \t]*=?[ \t]*$", ":")]
    if (match := _NO_PAIR.search(problem.help)) is not None:
        name = re.escape(match[2])
        yield [*_changed(problem, int(match[1]), rf"({name})[ \t]*(?:=>|->|:=|[=:])?[ \t]*(?=[^\s=:>-])", r"\1: ")]
    if (match := re.search(r"write `(\w+):` if lines below", problem.help)) is not None:
        yield [*_changed(problem, problem.diagnostic.place.line, rf"(?<=\b{match[1]})[ \t]*(?=$|#)", ":")]
    if problem.code == "syntax" and (match := re.search(r"write `(\{[^`]+\})`$", problem.help)) is not None:
        yield [*_condition(problem, match[1])]
    if problem.code == "syntax" and "to join conditions" in problem.help:
        joined = re.search(r"write `(\$\w+):", problem.help)
        yield (
            [*_changed(problem, problem.diagnostic.place.line, r"(?<=\{)(?:&&|\|\|)[ \t]*(?=:)", joined[1])]
            if joined
            else []
        )
    if problem.help.startswith("start it on a line of its own"):
        yield [*_on_its_own_line(problem)]
    if (match := _CLOSE.search(problem.help)) is not None:
        yield [*_closed(problem, match[1])]
    if re.search(r"\bin quotes\b|^add `['\"]` where", problem.help) and "starts with" not in problem.help:
        yield [*_quoted(problem)]


def signs(problem: Problem) -> Iterator[list[Candidate]]:
    """Yield the candidates of a help about a sign that means something else, or that needs an escape."""
    if (match := _WIDE_COLON.search(problem.help)) is not None:
        mark = re.escape(chr(int(match[2], 16)))
        yield [*_changed(problem, int(match[1]), rf"{mark}[ \t]*", ": ")]
    if (match := _INNER_QUOTE.search(problem.help)) is not None:
        yield [*_escaped(problem, match[1], match[2])]


def _spaced(problem: Problem, line: int, key: str) -> Iterator[Candidate]:
    """Yield candidates with a space after the first colon of a key, and then after each such colon of the block."""
    start, end = problem.source.bounds(line)
    name = re.escape(key.rpartition("{")[2] or key)
    found = [*re.finditer(rf"(?<![\w.-]){name}[ \t]*:(?=\S)", problem.text[start:end])]
    for match in found:
        yield from problem.here(Splice(start + match.end(), start + match.end(), " "))
    node = problem.spots[0].node if problem.spots else None
    if isinstance(node, Scalar) and node.start <= start + (found[0].start() if found else 0) < node.end:
        colons = [*re.finditer(r"(?<=\w):(?=[^\s/])", problem.text[node.start : node.end])]
        yield from problem.here(*(Splice(node.start + each.end(), node.start + each.end(), " ") for each in colons))


def _changed(problem: Problem, line: int, pattern: str, text: str) -> Iterator[Candidate]:
    """Yield the candidate with the first match of a pattern in a line replaced."""
    start, end = problem.source.bounds(line)
    if (match := re.search(pattern, problem.text[start:end])) is not None:
        yield from problem.here(Splice(start + match.start(), start + match.end(), match.expand(text)))


def _closed(problem: Problem, bracket: str) -> Iterator[Candidate]:
    """Yield candidates with a bracket where the error is, and at the end of a line before it."""
    line = problem.diagnostic.place.line
    if problem.text[problem.start : problem.start + 1] in ("]", "}"):
        yield from problem.here(Splice(problem.start, problem.start, bracket))
    for number in range(line, max(0, line - 3), -1):
        start, end = problem.source.bounds(number)
        stop = start + len(re.sub(r"(?:^|[ \t]+)#.*|[ \t]+$", "", problem.text[start:end]))
        if stop > start and (number < line or stop > problem.start):
            yield from problem.here(Splice(stop, stop, bracket))


def _escaped(problem: Problem, written: str, quote: str) -> Iterator[Candidate]:
    """Yield the candidate with an escape for each quote inside of the quotes of a line."""
    start, end = problem.source.bounds(problem.diagnostic.place.line)
    match = re.search(rf"{quote}(.*){quote}(?=[\s\]}},]*(?:#.*)?$)", problem.text[start:end])
    if match is not None:
        places = [start + match.start(1) + inner.start() for inner in re.finditer(rf"(?<!\\){quote}", match[1])]
        yield from problem.here(*(Splice(place, place + 1, written) for place in places))


def _condition(problem: Problem, text: str) -> Iterator[Candidate]:
    """Yield candidates with a condition in place of the brackets around the place, and of all that follows `m:`."""
    start, end = problem.source.bounds(problem.diagnostic.place.line)
    first, last = problem.text.rfind("{", start, problem.start), problem.text.find("}", problem.start, end)
    if first >= 0 and last >= 0:
        yield from problem.here(Splice(first, last + 1, text))
    line = problem.text[start:end]
    if re.fullmatch(r"[ \t]*[\w.]+:[ \t]*[<>=!].*", line):
        yield from problem.here(Splice(start + len(line) - len(line.lstrip()), end, text))
    if (match := re.search(r"\bm:[ \t]+(.*?)[ \t]*(?=$|[ \t]#)", problem.text[start:end])) is not None:
        yield from problem.here(Splice(start + match.start(1), start + match.end(1), text))


def _on_its_own_line(problem: Problem) -> Iterator[Candidate]:
    """Yield the candidate that moves an item of a list to a line below its key."""
    start, _ = problem.source.bounds(problem.diagnostic.place.line)
    before = problem.text[start : problem.start]
    depth = len(before) - len(before.lstrip())
    yield from problem.here(Splice(start + len(before.rstrip()), problem.start, "\n" + " " * (depth + 2)))


def _quoted(problem: Problem) -> Iterator[Candidate]:
    """Yield candidates with quotes around the scalar at the place, the word there, or all up to the end of the line."""
    node = problem.spots[0].node if problem.spots else None
    source, start = problem.source, problem.start
    end = source.bounds(problem.diagnostic.place.line)[1]
    if isinstance(node, Scalar) and node.start == start and problem.text[start] not in "\"'":
        yield from problem.here(Splice(node.start, node.end, quoted(problem.text[node.start : node.end])))
        return
    if problem.code not in ("syntax", "tag"):
        return
    rest = re.sub(r"[ \t]+#.*|[ \t]+$", "", problem.text[start:end])
    word = _WORD.match(problem.text, start, end)
    stops = dict.fromkeys([*([word.end()] if word else []), start + len(rest)])
    if rest and rest[0] in "\"'":  # a quote that is not closed
        yield from (candidate for stop in stops for candidate in problem.here(Splice(stop, stop, rest[0])))
    elif rest and rest[0] != ":":
        for stop in stops:
            yield from problem.here(Splice(start, stop, quoted(problem.text[start:stop])))
    elif rest:
        yield from _with_colons(problem)


def _with_colons(problem: Problem) -> Iterator[Candidate]:
    """Yield the candidate with quotes around a text that has a colon, up to the end of its line."""
    start, end = problem.source.bounds(problem.diagnostic.place.line)
    match = re.match(r"([ \t]*(?:- )*[\w.-]+:[ \t]+)([^\s\"'\[{#&*!|>].*?)[ \t]*(?:$|[ \t]#)", problem.text[start:end])
    if match is not None and start + match.start(2) < problem.start:
        yield from problem.here(Splice(start + match.start(2), start + match.end(2), quoted(match[2])))
