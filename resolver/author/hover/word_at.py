"""Finds the word at an index of a text, and what it is."""

from __future__ import annotations

from resolver.author.completion.cursor import LONGEST_TEXT, section_around
from resolver.author.completion.name_places import NamePlace, in_sections, place_of
from resolver.author.completion.open_frames import KeyPath, Word
from resolver.author.completion.tolerant_outline import TolerantOutline
from resolver.frozen import frozen


@frozen
class WordAt:
    """A word of a text.

    Args:
        path: The path of the value inside of the sections; of a key, the path of its mapping.
        text: What the word says.
        start: The index at which it begins, with its quote.
        end: The index behind it, with its quote.
        is_key: Whether it is a key.
        is_test: Whether the file has tests.
        place: What the name is, None for a word that is not a name of the policy.
    """

    path: KeyPath
    text: str
    start: int
    end: int
    is_key: bool
    is_test: bool
    place: NamePlace | None


def word_at(text: str, index: int, *, is_test: bool) -> WordAt | None:
    r"""Return the word at an index, or just before it; None if there is none.

    >>> word = word_at("model_tiers:\n  role_defaults: {critic: fast}", 40, is_test=False)
    >>> word.text, word.place.sort.value
    ('fast', 'tier')
    """
    if len(text) > LONGEST_TEXT or not 0 <= index <= len(text):
        return None
    first, last = section_around(text, index)
    at = index - first
    word: Word | None = None
    for each in TolerantOutline(text[first:last]).words:
        if each.start > at:
            break
        if at <= each.end and each.start < each.end:
            word = each
    if word is None:
        return None
    path = in_sections(word.path)
    place = place_of(path, is_key=word.is_key, is_test=is_test)
    return WordAt(path, word.text, first + word.start, first + word.end, word.is_key, is_test, place)
