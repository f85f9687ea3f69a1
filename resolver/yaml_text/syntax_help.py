"""Help for common mistakes in YAML: a colon without a space, a line at another column, an operator of a language."""

from __future__ import annotations

import re

from resolver.diagnostics import Source

_JOINED = re.compile(r"(?P<key>[\w$.*-]{1,60}):(?P<value>[^\s:/\\]\S{0,60})")
_WHOLE = re.compile(rf"\s*(?:- +)?{_JOINED.pattern}\s*(?:#.*)?\Z")
_BRACKET = re.compile(r"(?:^|[\s{\[,-])(?P<key>[\w$.-]{1,60}):(?P<bracket>[{\[\"'])")
_IN_BRACES = re.compile(rf"[{{,]\s*{_JOINED.pattern}")
_COMPARED = re.compile(r"(?P<fact>\w{1,60})\s*:\s*(?P<sign>>=|<=|>|<)\s*(?P<number>\d{1,18})\b")
_OTHER_SIGN = re.compile(
    r"\s*(?:- +)?(?P<key>[\w$.-]{1,60})\s*(?:=>|->|:=|=|\s:|\s)\s*(?P<value>[\w$.-]{1,60})\s*(?:#.*)?\Z"
)
_NEGATION = re.compile(r"!(?:[\w.]+\s*[(}\])]|\()")
"""A negation, and not a tag, which has a value after it."""
_ALONE = re.compile(r"\s*(?P<key>[\w$.-]{1,60})\s*=?\s*(?:#.*)?\Z")
"""A line with one word and nothing else."""
CONFLICT = re.compile(r"(?:\A|(?<=[\r\n]))(?:<{7}|>{7}) [^\r\n]*")
"""The lines around the two sides of a merge conflict, as git writes them."""
_UNSEEN = re.compile("[\u00a0\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\uff1a]")
"""A blank that YAML takes for a letter, a character without width, or a wide colon."""
_OTHER_COMMENT = re.compile(r"(?:^|\s)(?://|/\*)(?:\s|$)")
_SIGNS = {">=": "$gte", "<=": "$lte", ">": "$gt", "<": "$lt"}
_STARTS = {
    "&&": "to join conditions, write `$and: [{…}, {…}]`; put it in quotes if it is meant as text",
    "||": "to join conditions, write `$or: [{…}, {…}]`; put it in quotes if it is meant as text",
    "!": "remove it, or put it in quotes; to negate, write `{$neq: {fact: value}}` or `{$nex: {fact: 1}}`",
    "*": "names have no wildcards: list them; put it in quotes if it is meant as text",
}
"""Help for text that starts with an operator, by the operator."""
_LINES_BACK = 3
"""Lines before a problem in which its cause is looked for."""


def help_for(problem: str, source: Source, index: int, context_start: int) -> str | None:
    """Return help for a YAML error, None if no common mistake is recognized.

    Args:
        problem: The problem and its context, in the words of libyaml.
        source: The file.
        index: The place of the problem.
        context_start: The place where the context of the problem starts.

    """
    line, column = source.position(index)
    text = source.line(line)
    if (help := _character_help(source, index, line)) is not None:
        return help
    if match := _COMPARED.search(text):
        return f"write `{{{_SIGNS[match['sign']]}: {{{match['fact']}: {match['number']}}}}}`"
    if "cannot start any token" in problem or "alias" in problem or "anchor" in problem or "tag" in problem:
        start = next((sign for sign in _STARTS if source.text.startswith(sign, index)), "")
        if start and (start != "!" or _NEGATION.match(source.text, index)):
            return _STARTS[start]
    if (
        "mapping values" in problem
        or "simple key" in problem
        or any(words in problem for words in ("expected key", "expected ','", "plain scalar"))
    ):
        for number in range(line, max(0, line - _LINES_BACK), -1):
            if (entry := _colon_help(source.line(number))) is not None:
                where = "" if number == line else f" in line {number}"
                return f"a colon needs a space after it{where}: {entry}"
    if "simple key" in problem and (alone := _ALONE.match(text)) is not None:
        return f"write `{alone['key']}:` if lines below belong to it, or `{alone['key']}: value`"
    if "mapping values" in problem and (help := _sign_help(source, line)) is not None:
        return help
    if (help := _bracket_help(problem, source, index)) is not None:
        return help
    return _column_help(problem, source, line, column, context_start)


def _character_help(source: Source, index: int, line: int) -> str | None:
    """Return the help for a character that looks like another one, a template, or a comment of another language."""
    for number in range(line, max(0, line - 2), -1):
        if unseen := _UNSEEN.search(source.line(number)):
            plain = "`:` and a space" if unseen[0] == "\uff1a" else "a plain space"
            return f"line {number} has the character U+{ord(unseen[0]):04X}: write {plain} instead"
    if source.text[max(0, index - 1) : index + 1] in ("{%", "{{", "{#"):
        return "write the text out: templates are not filled in"
    return "a comment starts with `#`" if _OTHER_COMMENT.search(source.line(line)) else None


def _bracket_help(problem: str, source: Source, index: int) -> str | None:
    """Return the help for a bracket too many, or for items without a comma between them."""
    character = source.text[index : index + 1]
    if "expected key" in problem and character and character in "}]":
        return f"remove this `{character}`: it closes nothing"
    closing = next((sign for sign in "]}" if f"expected ',' or '{sign}'" in problem), None)
    if closing is None or not character:
        return None
    if character in "]}":
        return f"close it with `{closing}` before this `{character}`, or remove the `{character}`"
    return f"put a comma{' or a colon' if closing == '}' else ''} before it" if character in "{[\"'" else None


def _colon_help(text: str) -> str | None:
    """Return the entry with a space after its colon, if a line has one without; its value may be a secret."""
    if match := _BRACKET.search(text):
        return f"`{match['key']}: {match['bracket']}…`"
    if match := _WHOLE.match(text) or _IN_BRACES.search(text):
        return f"`{match['key']}: …`" if match["value"].rstrip("},]") else None
    return None


def _sign_help(source: Source, line: int) -> str | None:
    """Return the help for an entry before line `line` that is written with another sign than `: `."""
    number = _before(source, line)
    if number and (alone := _ALONE.match(source.line(number))) is not None:
        return f"line {number} has no colon: write `{alone['key']}:`"
    match = _OTHER_SIGN.match(source.line(number)) if number else None
    if match is None or match["key"].endswith(":"):
        return None
    return f"line {number} has no `key: value`: write `{match['key']}: …`"


def _column_help(problem: str, source: Source, line: int, column: int, context_start: int) -> str | None:
    """Return the column of the neighbours of a line that is indented differently."""
    own = _indentation(source, line)
    if "mapping values" in problem:
        before = _before(source, line)
        if not before:
            return None
        neighbour = _indentation(source, before)
        if own > neighbour and ": " in source.line(before):
            return f"line {before} starts in column {neighbour}, and this one in column {own}: indent both alike"
        return None
    if column != own:
        return None  # the problem is not at the start of the line
    if "'-' indicator" in problem and own == source.position(context_start)[1]:
        return "the items of a list start with `- `, and the entries of a mapping do not"
    if "expected key" in problem or "'-' indicator" in problem:
        columns = _columns_before(source, line)
        below = [column for column in columns if column < own][:1]
        above = [column for column in columns if column > own][-1:]
        if own not in columns and (below or above):
            places = " or ".join(f"{column} (line {columns[column]})" for column in (*below, *above))
            return f"the lines around start in column {places}, and this one in column {own}"
    first = next((n for n in range(1, line) if _before(source, n + 1) == n), 0) if "document start" in problem else 0
    if first and own == 1 and _indentation(source, first) > 1:
        return (
            f"line {first} starts in column {_indentation(source, first)}, and this one in column 1: indent both alike"
        )
    if "document start" in problem and (before := _before(source, line)):
        neighbour = _indentation(source, before)
        if own != neighbour:
            return f"line {before} starts in column {neighbour}, and this one in column {own}: indent both alike"
    return None


def _columns_before(source: Source, line: int) -> dict[int, int]:
    """Return the columns in which the blocks that are open before `line` start, the deepest first, with a line each."""
    columns: dict[int, int] = {}
    while line := _before(source, line):
        column = _indentation(source, line)
        if column < min(columns, default=column + 1):
            columns[column] = line
        if column == 1:
            break
    return columns


def _indentation(source: Source, line: int) -> int:
    """Return the column in which a line starts."""
    text = source.line(line)
    return len(text) - len(text.lstrip(" ")) + 1


def _before(source: Source, line: int) -> int:
    """Return the number of the last line before `line` that is not empty and no comment, 0 if there is none."""
    for number in range(line - 1, max(0, line - 50), -1):
        if source.line(number).strip() and not source.line(number).lstrip().startswith("#"):
            return number
    return 0
