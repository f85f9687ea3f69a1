"""Hover in a real editor."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lsprotocol import types

from tests.lsp.editor import Editor, editor


async def hovered(shown: Editor, path: Path, text: str, word: str) -> tuple[str, types.Range] | None:
    """Return what is shown over the first place of a word, and its range; None if nothing is."""
    before = text[: text.index(word) + 1].split("\n")
    position = types.Position(len(before) - 1, len(before[-1].encode("utf-16-le")) // 2)
    params = types.HoverParams(types.TextDocumentIdentifier(path.as_uri()), position)
    answer = await asyncio.wait_for(shown.client.text_document_hover_async(params), 30)
    if answer is None:
        return None
    assert isinstance(answer.contents, types.MarkupContent)
    assert answer.range is not None
    return answer.contents.value, answer.range


def test_unsaved_texts_are_explained(policies: Path) -> None:
    """A role shows what it runs on in the texts as they are now, and in the last good ones while they do not load."""

    async def run() -> None:
        file = policies / "model_tiers.yaml"
        good = file.read_text().replace("critic: general", "🙂critic: fast")
        async with editor(policies) as shown:
            shown.open(file, good)
            first = await hovered(shown, file, good, "🙂critic")
            assert first is not None
            assert first[0].startswith("role `🙂critic` runs on")
            assert "| any | no | fast | `role_default` |" in first[0]
            assert first[1].end.character - first[1].start.character == len("critic") + 2
            shown.type(file, bad := good.replace("ladder: [", "ladder: {"))
            assert await hovered(shown, file, bad, "🙂critic") == first
            assert await hovered(shown, file, bad, "# The tiers") is None
            operator = await hovered(shown, file, bad, "role_defaults:")
            assert operator is not None
            assert operator[0] == "`role_defaults`: Role to tier: the fact `role_default`."

    asyncio.run(run())
