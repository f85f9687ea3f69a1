"""Messages for text that is not YAML: libyaml's errors in an author's words."""

from __future__ import annotations

import yaml

from resolver.diagnostics import Source
from resolver.yaml_text.syntax_help import CONFLICT, help_for

Words = tuple[str, str]

_QUOTES = "put it in quotes if it is meant as text"
_TAB = ("a tab cannot indent a line", "use spaces")
_NOT_CLOSED = ("this quote is not closed", "add {found} where the text ends")
_TAG = ("this tag is not allowed", "remove it: a policy is plain text, numbers, lists and mappings")
_DIRECTIVE = ("this is not a directive", "remove the line, or put text that starts with `%` in quotes")
_BLOCK = ("expected the end of the line after `|` or `>`", f"start the text in the next line, or {_QUOTES}")

_AT_PROBLEM: dict[str, Words] = {
    "mapping values are not allowed in this context": (
        "a `:` is not allowed here",
        "put text that contains `: ` in quotes; an earlier `key:` needs a space after its colon",
    ),
    "found unexpected ':'": ("a `:` is not allowed here", "put text that contains a `:` in quotes"),
    "block sequence entries are not allowed in this context": (
        "a list item is not allowed here",
        "start it on a line of its own; put text that starts with `- ` in quotes",
    ),
    "mapping keys are not allowed in this context": ("a `?` is not allowed here", _QUOTES),
    "did not find expected node content": ("expected a value, not {found}", _QUOTES),
    "did not find expected <document start>": (
        "expected the end of the document",
        "indent this like what it belongs to; `---` starts another document",
    ),
    "found character that cannot start any token": ("text cannot start with {found}", _QUOTES),
    "found a tab character that violates indentation": _TAB,
    "found a tab character where an indentation space is expected": _TAB,
    "found unknown escape character": (
        "`\\{next}` is not an escape in double quotes",
        "write `\\\\` for a backslash, or use single quotes",
    ),
    "did not find expected hexdecimal number": (
        "this escape needs more digits",
        "`\\x` takes two of them, `\\u` four and `\\U` eight; write `\\\\` for a backslash",
    ),
    "found invalid Unicode character escape code": ("this escape names no character", "write the character itself"),
    "found undefined tag handle": _TAG,
    "found incompatible YAML document": ("this version of YAML cannot be read", "remove the line"),
    "found duplicate %YAML directive": ("this directive is already given", "remove the line"),
    "found duplicate %TAG directive": ("this directive is already given", "remove the line"),
    "did not find expected key": (
        "expected a key of the mapping that starts in line {line}",
        "indent it like the other keys; text after a closing quote or bracket is not allowed",
    ),
    "did not find expected '-' indicator": (
        "expected a `-` of the list that starts in line {line}",
        "indent it like the other items",
    ),
    "did not find expected ',' or '}'": (
        "expected `,` or `}}` in the mapping that starts in line {line}",
        "close it with `}}`; put text that contains `, ` or brackets in quotes",
    ),
    "did not find expected ',' or ']'": (
        "expected `,` or `]` in the list that starts in line {line}",
        "close it with `]`; put text that contains `, ` or brackets in quotes",
    ),
}
"""Message and help by the problem of libyaml's error, at the place of the problem."""

_AT_CONTEXT: dict[str, Words] = {
    "while scanning a quoted scalar": _NOT_CLOSED,
    "while scanning a simple key": (
        "expected `:` after this key",
        "write `key: value`, or indent text that continues on another line",
    ),
    "while scanning an alias": ("text cannot start with `*`", _QUOTES),
    "while scanning an anchor": ("text cannot start with `&`", _QUOTES),
    "while scanning a tag": _TAG,
    "while parsing a tag": _TAG,
    "while scanning a directive": _DIRECTIVE,
    "while scanning a %YAML directive": _DIRECTIVE,
    "while scanning a tag directive": _DIRECTIVE,
    "while parsing a tag directive": _DIRECTIVE,
    "while scanning a block scalar": _BLOCK,
}
"""Message and help by the context of libyaml's error, at the start of that context."""


def in_our_words(error: yaml.MarkedYAMLError, source: Source) -> tuple[str, int, int, str]:
    """Return message, start, end and help for an error of libyaml."""
    if (mark := CONFLICT.search(source.text)) is not None:
        help = "keep one of the two sides, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`"
        return "this line is a mark of a merge conflict", mark.start(), mark.end(), help
    problem, context = error.problem or "this is not YAML", error.context or ""
    index, begun = _index(error.problem_mark, source), _index(error.context_mark, source)
    character, following = source.text[index : index + 1], source.text[index + 1 : index + 2]
    words = _AT_PROBLEM.get(problem)
    if words is None and context in _AT_CONTEXT:
        words, index = _AT_CONTEXT[context], begun
        character = source.text[index : index + 1]
    if words is None:
        return f"{problem.replace('did not find expected', 'expected')} {context}".rstrip(), index, index + 1, _QUOTES
    message, help = _TAB if character == "\t" and "cannot start" in problem else words
    if (quote := source.text[index - 1 : index]) in ("'", '"') and character.isalnum():
        help = "in single quotes, write `''` for a `'`" if quote == "'" else 'in double quotes, write `\\"` for a `"`'
    better = help_for(f"{problem} {context}", source, index, begun)
    named = {"": "the end of the file", "`": "a backtick"}.get(character, f"`{character}`")
    parts = {"found": named, "next": following, "line": source.position(begun)[0]}
    return message.format(**parts), index, index + 1, better or help.format(**parts)


def _index(mark: yaml.Mark | None, source: Source) -> int:
    return min(mark.index, len(source.text)) if mark else 0
