"""Slow work of the server ends with its client, and a long line is measured once."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from lsprotocol import types

from resolver.lsp.positions import Lines
from tests.lsp.editor import SECONDS, Editor
from tests.lsp.slow_policy import slow_policy


def slow_file(folder: Path) -> Path:
    """A new policy that takes seconds to prove."""
    folder.mkdir()
    (folder / "all.yaml").write_text(slow_policy(8))
    return folder / "all.yaml"


@pytest.mark.slow
@pytest.mark.parametrize(("how", "code"), [("shutdown", 0), ("exit", 1), ("end of input", 1)])
def test_server_ends_with_its_client(how: str, code: int, tmp_path: Path) -> None:
    """It ends at once, whatever it proves and searches; with code 1 if it was not asked to shut down before."""
    file = slow_file(tmp_path / "policies")

    async def run() -> None:
        shown = Editor()
        await shown.start(tmp_path)
        shown.open(file)
        await shown.diagnostics(file)
        document, everything = (
            types.TextDocumentIdentifier(file.as_uri()),
            types.Range(types.Position(0, 0), types.Position(99, 0)),
        )
        actions = types.CodeActionParams(document, everything, types.CodeActionContext([]))
        asking = asyncio.ensure_future(shown.client.text_document_code_action_async(actions))
        process = shown.client._server
        assert process is not None
        assert process.stdin is not None
        started = time.monotonic()
        if how == "shutdown":
            await asyncio.wait_for(shown.client.shutdown_async(None), SECONDS)
        if how == "end of input":
            process.stdin.close()
        else:
            shown.client.exit(None)
        assert await asyncio.wait_for(process.wait(), SECONDS) == code
        assert time.monotonic() - started < 3
        asking.cancel()
        await shown.client.stop()  # type: ignore[no-untyped-call]

    asyncio.run(run())


@pytest.mark.parametrize("character", ["a", "🙂"])
def test_a_line_is_measured_once_for_all_its_positions(character: str) -> None:
    """The characters before a position are not counted again for each position, whose cost grew with the line's."""
    lines = Lines(f"b: {character * 5_000}")
    positions = [lines.position(index) for index in range(3, 5_003)]
    assert positions[-1].character == 3 + 4_999 * len(character.encode("utf-16-le")) // 2
    assert [lines.index(position) for position in positions] == [*range(3, 5_003)]
    assert lines._offsets(0) is lines._offsets(0)
