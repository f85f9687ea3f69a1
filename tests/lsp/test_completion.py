"""Completion in a real editor."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from lsprotocol import types

from tests.lsp.editor import Editor, editor


async def completed(shown: Editor, path: Path, marked: str) -> types.CompletionList | None:
    """Type a text, in which `|` marks the cursor, and ask for completions there."""
    before, _, after = marked.rpartition("|")
    shown.type(path, before + after)
    lines = before.split("\n")
    position = types.Position(len(lines) - 1, len(lines[-1].encode("utf-16-le")) // 2)
    params = types.CompletionParams(types.TextDocumentIdentifier(path.as_uri()), position)
    answer = await asyncio.wait_for(shown.client.text_document_completion_async(params), 30)
    assert answer is None or isinstance(answer, types.CompletionList)
    return answer


def test_names_of_unsaved_files(policies: Path) -> None:
    """The names of all files are offered as they are typed, at positions in UTF-16, in texts that do not parse."""

    async def run() -> None:
        tiers, rules = policies / "model_tiers.yaml", policies / "precedence.yaml"
        async with editor(policies) as shown:
            shown.open(tiers, tiers.read_text().replace("fast:\n", "brisk:\n"))
            shown.open(rules)
            answer = await completed(shown, rules, 'rulesets:\n  tier:\n    "🙂": {run: {tier: re|')
            assert answer is not None
            found = {item.label: item for item in answer.items}
            assert {"brisk", "reasoning"} <= set(found)
            edit = found["brisk"].text_edit
            assert isinstance(edit, types.TextEdit)
            assert edit.range == types.Range(types.Position(2, 23), types.Position(2, 25))
            assert edit.new_text == "brisk"
            nothing = await completed(shown, rules, "# |")
            assert nothing is not None
            assert not nothing.items

    asyncio.run(run())


def test_snippets(policies: Path) -> None:
    """An editor without snippets gets plain text; other files get nothing."""

    async def run() -> None:
        rules, other = policies / "precedence.yaml", policies / "notes.txt"
        async with editor(policies) as shown:
            shown.open(rules)
            answer = await completed(shown, rules, "rulesets:\n  tier:\n    |")
            assert answer is not None
            (rule,) = [item for item in answer.items if item.label == "a rule"]
            assert rule.insert_text_format is types.InsertTextFormat.PlainText
            assert isinstance(rule.text_edit, types.TextEdit)
            assert rule.text_edit.new_text.startswith("name_of_the_rule:\n      pri: ")
            shown.open(other, "rulesets:\n")
            assert await completed(shown, other, "rulesets: |") is None
            outside = types.CompletionParams(types.TextDocumentIdentifier(rules.as_uri()), types.Position(999, 999))
            assert await asyncio.wait_for(shown.client.text_document_completion_async(outside), 30) is not None

    asyncio.run(run())


def test_editor_with_snippets(policies: Path) -> None:
    """An editor that says so gets blanks to fill in, and names in which no dollar sign begins one."""

    async def run() -> None:
        rules = policies / "precedence.yaml"
        shown = Editor()
        await shown.client.start_io(sys.executable, "-m", "resolver", "lsp")
        item = types.ClientCompletionItemOptions(snippet_support=True)
        document = types.TextDocumentClientCapabilities(
            completion=types.CompletionClientCapabilities(completion_item=item)
        )
        params = types.InitializeParams(types.ClientCapabilities(text_document=document), root_uri=policies.as_uri())
        await asyncio.wait_for(shown.client.initialize_async(params), 30)
        shown.client.initialized(types.InitializedParams())
        shown.open(rules)
        texts = []
        for marked in ("rulesets:\n  tier:\n    |", "rulesets:\n  tier:\n    a: {all: [{m: {|"):
            answer = await completed(shown, rules, marked)
            assert answer is not None
            for found in answer.items:
                assert found.insert_text_format is types.InsertTextFormat.Snippet
                assert isinstance(found.text_edit, types.TextEdit)
                texts.append(found.text_edit.new_text)
        assert any(text.startswith("${1:name_of_the_rule}:\n      pri: ${2:") for text in texts)
        assert "\\$and: " in texts
        await asyncio.wait_for(shown.client.shutdown_async(None), 30)
        shown.client.exit(None)
        await shown.client.stop()  # type: ignore[no-untyped-call]

    asyncio.run(run())
