"""Completion of what is typed, and hover: what a word means, and what the policy makes of it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from lsprotocol import types

from resolver.author import (
    Analysis,
    Completion,
    complete,
    explanation_of,
    is_test_file_name,
    meaning_of,
    plain_text,
    snippet_text,
    word_at,
)
from resolver.diagnostics import ResolverError
from resolver.lsp.in_thread import in_thread
from resolver.lsp.positions import Lines
from resolver.lsp.server import PolicyServer

_BEGINNINGS = (" ", ":", "{", "[", ",", "$", '"', "'")
"""Characters after which an editor asks for completions."""
_SECONDS_TO_WAIT = 1.0
"""Seconds to wait for the proof of the newest texts; the last policy that was proven is explained after that."""
_SECONDS_TO_EXPLAIN = 1.5
"""Seconds after which what is not explained yet is left out."""


def add_completion_and_hover(server: PolicyServer) -> None:
    """Let a server complete what is typed, and explain the word under the mouse."""

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=_BEGINNINGS))
    async def completion(params: types.CompletionParams) -> types.CompletionList | None:
        if (found := server.place(params.text_document.uri, params.position)) is None:
            return None
        snapshot, path, lines, index = found
        try:
            completions = await in_thread(lambda: complete(snapshot.policy_texts, path, index))
        except ResolverError:  # a file has just been removed
            return None
        document = server.client_capabilities.text_document
        item = document.completion.completion_item if document is not None and document.completion is not None else None
        with_snippets = item is not None and item.snippet_support is True
        items = [_item(each, number, lines, with_snippets) for number, each in enumerate(completions.shown)]
        return types.CompletionList(not completions.is_whole, items)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        if (found := server.place(params.text_document.uri, params.position)) is None:
            return None
        snapshot, path, lines, index = found
        is_test = path != snapshot.policy and is_test_file_name(path.name)
        word = await in_thread(lambda: word_at(lines.text.lstrip("\ufeff"), index, is_test=is_test))
        shown = meaning_of(word) if word is not None else ""
        analysis = await _analysis(server, snapshot.policy) if word is not None and not shown else None
        if word is not None and analysis is not None and (policy := analysis.policy) is not None:
            end, table = time.monotonic() + _SECONDS_TO_EXPLAIN, analysis.table
            shown = await in_thread(lambda: explanation_of(word, policy, table, lambda: time.monotonic() > end))
        if word is None or not shown:
            return None
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, shown), lines.range(word.start, word.end))


def _item(completion: Completion, number: int, lines: Lines, with_snippets: bool) -> types.CompletionItem:
    text = (snippet_text if with_snippets else plain_text)(completion.text)
    return types.CompletionItem(
        label=completion.label,
        kind=types.CompletionItemKind[completion.sort],
        detail=completion.detail or None,
        documentation=completion.description or None,
        sort_text=f"{number:05}",
        filter_text=completion.typed,
        insert_text_format=types.InsertTextFormat["Snippet" if with_snippets else "PlainText"],
        insert_text_mode=types.InsertTextMode.AsIs,
        text_edit=types.TextEdit(lines.range(completion.start, completion.end), text),
    )


async def _analysis(server: PolicyServer, policy: Path) -> Analysis | None:
    """Return the analysis of a policy as it is now if it loads and is proven soon, else the last one without errors."""
    try:
        newest = await asyncio.wait_for(server.checker.newest(policy), _SECONDS_TO_WAIT)
    except TimeoutError:
        newest = None
    return newest if newest is not None and newest.policy is not None else server.checker.last_good(policy)
