"""Completion: keys, names, operators, effects and snippets for the word that is being typed."""

from __future__ import annotations

import asyncio

from lsprotocol import types

from resolver.author import Completion, Completions, SuggestionSort, complete, plain_text, snippet_text
from resolver.lsp.positions import Lines
from resolver.lsp.server import PolicyServer

_BEGINNINGS = (" ", ":", "{", "[", ",", "$", '"', "'")
"""Characters after which an editor asks for completions."""

_ICONS = {
    SuggestionSort.KEY: types.CompletionItemKind.Property,
    SuggestionSort.NAME: types.CompletionItemKind.Reference,
    SuggestionSort.VALUE: types.CompletionItemKind.EnumMember,
    SuggestionSort.FACT: types.CompletionItemKind.Variable,
    SuggestionSort.OPERATOR: types.CompletionItemKind.Operator,
    SuggestionSort.CODE: types.CompletionItemKind.Value,
    SuggestionSort.SNIPPET: types.CompletionItemKind.Snippet,
}


def add_completion(server: PolicyServer) -> None:
    """Let a server complete what is typed."""

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=list(_BEGINNINGS)))
    async def completion(params: types.CompletionParams) -> types.CompletionList | None:
        found = server.place(params.text_document.uri, params.position)
        if found is None:
            return None
        snapshot, path, lines, index = found
        completions = await asyncio.to_thread(lambda: complete(snapshot.policy_texts, path, index))
        return _listed(completions, lines, with_snippets=_has_snippets(server))


def _has_snippets(server: PolicyServer) -> bool:
    document = server.client_capabilities.text_document
    completion = document.completion if document is not None else None
    item = completion.completion_item if completion is not None else None
    return item is not None and bool(item.snippet_support)


def _listed(completions: Completions, lines: Lines, *, with_snippets: bool) -> types.CompletionList:
    items = [
        _item(completion, lines, number, with_snippets=with_snippets)
        for number, completion in enumerate(completions.shown)
    ]
    return types.CompletionList(is_incomplete=not completions.is_whole, items=items)


def _item(completion: Completion, lines: Lines, number: int, *, with_snippets: bool) -> types.CompletionItem:
    text = snippet_text(completion.text) if with_snippets else plain_text(completion.text)
    formats = types.InsertTextFormat
    return types.CompletionItem(
        label=completion.label,
        kind=_ICONS[completion.sort],
        detail=completion.detail or None,
        documentation=completion.description or None,
        sort_text=f"{number:05}",
        filter_text=completion.typed,
        insert_text_format=formats.Snippet if with_snippets else formats.PlainText,
        insert_text_mode=types.InsertTextMode.AsIs,
        text_edit=types.TextEdit(lines.range(completion.start, completion.end), text),
    )
