"""Completes the word at a cursor: what an editor shows, and what it writes instead of the word."""

from __future__ import annotations

import re
from pathlib import Path

from resolver.author.completion.cursor import Cursor, cursor_at
from resolver.author.completion.suggestions import Suggestion, SuggestionSort, suggestions_at
from resolver.author.completion.templates import Template, indented
from resolver.author.completion.vocabulary import vocabulary_of
from resolver.author.rename.policy_names import PolicyTexts
from resolver.diagnostics import Source, visible
from resolver.frozen import frozen
from resolver.yaml_text.quoting import quoted, scalar
from resolver.yaml_text.scalars import plain_value

_MOST = 500
"""Completions that are shown; more are of no use to people."""
_PLAIN = re.compile(r"\$?[^\W\d](?:[\w.-]| (?=\w))*\Z")
_OLD_BOOLEANS = frozenset(("y", "n", "yes", "no", "on", "off"))


@frozen
class Completion:
    """One way to complete a word.

    Args:
        label: What people see.
        sort: Its sort, by which editors show an icon.
        detail: What it is, in a few words.
        description: What it means.
        start: The index at which the text to replace begins.
        end: The index behind the text to replace.
        text: The new text, with blanks to fill in.
        typed: What an author may have typed for it.
    """

    label: str
    sort: SuggestionSort
    detail: str
    description: str
    start: int
    end: int
    text: Template
    typed: str


@frozen
class Completions:
    """The completions at a cursor; `is_whole` is whether these are all."""

    shown: tuple[Completion, ...] = ()
    is_whole: bool = True


def complete(texts: PolicyTexts, path: Path, index: int) -> Completions:
    """Return the completions at an index of the text of a file, as it is now.

    Args:
        texts: The texts of the policy.
        path: The path of the file.
        index: The index of the cursor.
    """
    text = texts.texts.get(path)
    cursor = cursor_at(text, index) if text is not None else None
    if text is None or cursor is None:
        return Completions()
    vocabulary = vocabulary_of(texts, path, (cursor.start, cursor.end))
    distinct = {
        (suggestion.text, suggestion.sort): suggestion
        for suggestion in suggestions_at(cursor, vocabulary, is_test=texts.is_test(path))
        if not (cursor.quote and suggestion.code)
    }
    found = [*distinct.values()]
    if len(found) > _MOST:
        begun = cursor.begun.casefold()
        fitting = [suggestion for suggestion in found if begun in suggestion.text.casefold()][:_MOST]
        return Completions(tuple(_completion(text, cursor, suggestion) for suggestion in fitting), is_whole=False)
    return Completions(tuple(_completion(text, cursor, suggestion) for suggestion in found))


def _completion(text: str, cursor: Cursor, suggestion: Suggestion) -> Completion:
    written = _written(suggestion.text, cursor.quote)
    new: Template = suggestion.code or (written,)
    if suggestion.code:
        newline = "\r\n" if "\r\n" in text else "\n"
        new = indented(new, Source("", text).position(cursor.start)[1] - 1, newline)
    elif suggestion.is_key and not cursor.has_colon:
        new = (*new, ":" if suggestion.opens and not cursor.is_flow else ": ")
    return Completion(
        visible(suggestion.text),
        suggestion.sort,
        visible(suggestion.detail),
        visible(suggestion.description),
        cursor.start,
        cursor.end,
        (" ", *new) if cursor.needs_blank else new,
        written if cursor.quote else suggestion.text.lstrip("[{") if suggestion.code else suggestion.text,
    )


def _written(name: str, quote: str) -> str:
    """Return a name as YAML has it: in the quotes that have been begun, else in quotes only if it needs them."""
    if quote == "'" and name.isprintable():
        return "'" + name.replace("'", "''") + "'"
    if quote:
        return quoted(name)
    is_plain = _PLAIN.match(name) and isinstance(plain_value(name), str) and name.lower() not in _OLD_BOOLEANS
    return name if is_plain and name.isprintable() else scalar(name)
