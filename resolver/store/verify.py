"""Is a changed text the old one with one other entry? Asked before the file is replaced."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from resolver.diagnostics import ResolverError, Source
from resolver.loader.nodes import Alias, Mapping, Node, Scalar
from resolver.loader.nodes import Sequence as ListNode
from resolver.store.meaning import Meanings
from resolver.store.outline import Outline

LARGEST_FOR_RUAMEL = 256 * 2**10
"""Characters above which ruamel.yaml takes seconds, and libyaml alone is asked."""

_IMPLIED = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))


def verified(old: Outline, text: str, at: int, names: tuple[str, ...], tier: str | None) -> Outline:
    """Return the outline of `text`, which must be `old` with the entry at the end of `names` in document `at`.

    libyaml reads both; ruamel.yaml, which shares no code with it, does too unless they are large, or it refuses the old
    one. Raises ResolverError if one of them reads anything else than what is expected, or a comment is lost.
    """
    source = Source(old.source.name, text, old.source.path)
    try:
        new = Outline(source)
    except ResolverError as error:
        raise _differs(old.source, "it could not be read any more") from error
    if new.values != old.with_entry(at, names, tier) or len(new.roots) != max(1, len(old.roots)):
        raise _differs(old.source, "the file would mean something else")
    if len(text) <= LARGEST_FOR_RUAMEL:
        _verify_by_ruamel(old.source, source, at, names, tier)
    return new


def _verify_by_ruamel(old: Source, new: Source, at: int, names: tuple[str, ...], tier: str | None) -> None:
    before = _read(old.text)
    if before is None:
        return  # it refuses what the loader warns of, such as tabs, and cannot be a judge of that file
    after = _read(new.text)
    if after is None:
        raise _differs(old, "ruamel.yaml could not read it any more")
    meanings = Meanings()
    empty = all(document is None for document in before)
    expected = meanings.with_entry([] if empty and at == 0 else _as_nodes(before, old), at, names, tier)
    if expected != meanings.of(_as_nodes(after, new)):
        raise _differs(old, "to ruamel.yaml the file would mean something else")
    if not _kept(_comments(before), _comments(after), removed=tier is None):
        raise _differs(old, "a comment would be lost")


@lru_cache(maxsize=2)
def _read(text: str) -> tuple[Any, ...] | None:
    """Return the documents as ruamel.yaml's nodes, None if it refuses the text; what was written is read next."""
    from ruamel.yaml import YAML  # noqa: PLC0415  only a write needs it
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415  as above

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as of an anchor that is marked anew, which is no one's fault
        try:
            return tuple(YAML(pure=True).compose_all(text))
        except YAMLError:
            return None


def _as_nodes(documents: Sequence[Any], source: Source) -> list[Node]:
    return [_as_node(document, source, {}) for document in documents if document is not None]


def _as_node(theirs: Any, source: Source, known: dict[int, Node]) -> Node:
    """Return ruamel.yaml's node as one of ours, without places."""
    if id(theirs) in known:
        return Alias(source, 0, 0, 0, target=known[id(theirs)])
    ours: Node
    tag = None if str(theirs.tag) in _IMPLIED else str(theirs.tag)
    if isinstance(theirs.value, str):
        ours = Scalar(source, 0, 0, 0, tag, value=theirs.value, text=theirs.value)
    elif any(isinstance(item, tuple) for item in theirs.value) or str(theirs.tag).endswith(":map"):
        pairs = [(_as_node(key, source, known), _as_node(value, source, known)) for key, value in theirs.value]
        ours = Mapping(source, 0, 0, 0, tag, entries=pairs)
    else:
        items = [_as_node(item, source, known) for item in theirs.value]
        ours = ListNode(source, 0, 0, 0, tag, items=items)
    known[id(theirs)] = ours
    return ours


def _comments(documents: Sequence[Any]) -> list[str]:
    """Return the comments of a text in their order, without the space around them."""
    tokens: dict[int, Any] = {}
    for document in documents:
        for token in _comment_tokens(document, set()):
            tokens[id(token)] = token
    ordered = sorted(tokens.values(), key=lambda token: token.start_mark.index)
    lines = [line.strip() for token in ordered for line in token.value.splitlines()]
    return [line for line in lines if line.startswith("#")]


def _kept(before: list[str], after: list[str], *, removed: bool) -> bool:
    """Tell whether all comments are still there, in their order; one of an entry that was taken out may be gone.

    There may be more: ruamel.yaml drops a comment that it finds no place for, and may find one in the new text.
    """
    shorter = [before[:at] + before[at + 1 :] for at in range(len(before))] if removed else []
    return any(_within(comments, after) for comments in (before, *shorter))


def _within(some: list[str], all_: list[str]) -> bool:
    left = iter(all_)
    return all(comment in left for comment in some)


def _comment_tokens(node: Any, seen: set[int]) -> Iterator[Any]:
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    yield from _flattened(node.comment)
    if not isinstance(node.value, str):
        for item in node.value:
            for part in item if isinstance(item, tuple) else (item,):
                yield from _comment_tokens(part, seen)


def _flattened(comment: Any) -> Iterator[Any]:
    if isinstance(comment, list | tuple):
        for part in comment:
            yield from _flattened(part)
    elif comment is not None:
        yield comment


def _differs(source: Source, why: str) -> ResolverError:
    return ResolverError(f"`{source.name}` was not changed: with the entry {why}; write it by hand")
