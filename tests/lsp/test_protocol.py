"""Requests that the server cannot read."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from tests.lsp.editor import SECONDS, editor


def test_request_that_cannot_be_read_has_an_answer(policies: Path) -> None:
    """A request with a position before the start of the text is answered with an error, and the server continues."""
    file = policies / "model_tiers.yaml"

    async def run() -> None:
        async with editor(policies) as shown:
            process = shown.client._server
            assert process is not None
            assert process.stdin is not None
            answer = asyncio.get_running_loop().create_future()
            shown.client.protocol._request_futures["odd"] = answer  # type: ignore[assignment]
            position = {"textDocument": {"uri": file.as_uri()}, "position": {"line": -1, "character": 0}}
            request = {"jsonrpc": "2.0", "id": "odd", "method": "textDocument/hover", "params": position}
            body = json.dumps(request).encode()
            process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            await asyncio.wait([answer], timeout=SECONDS)
            assert getattr(answer.exception(), "code", 0) == -32602
            shown.open(file)
            assert await shown.diagnostics(file) == []

    asyncio.run(run())
