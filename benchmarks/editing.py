"""The time of keystrokes in an editor, from a change to the diagnostics of the changed text, beside a full check."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from benchmarks.prompt import seconds_of
from resolver.loader import load_policy

Line = tuple[str, str, str, str]


def editor_lines(policies: dict[str, tuple[Path, str]], *, quick: bool) -> Iterator[Line]:
    """Yield a line for each policy: how soon 95 % of the keystrokes are answered.

    Args:
        policies: The name of each policy, with its path and what to reach.
        quick: Whether a look will do.
    """
    for name, (path, reach) in policies.items():
        file = load_policy(path).state_file
        times = asyncio.run(_keystrokes(file, 20 if quick else 200))
        check = min(seconds_of(["-m", "resolver", "check", str(path)]) for _ in range(3 if quick else 7))
        p95 = quantiles(times, n=20)[-1]
        beside = f"{p95 / check:.2f} × `resolver check` ({check * 1000:.0f} ms of CPU)"
        yield f"a keystroke in {name}, 95 %", f"{p95 * 1000:.0f} ms", beside, reach


async def _keystrokes(file: Path, number: int) -> list[float]:
    """Return the seconds from each keystroke to the complete diagnostics; each waits for the one before."""
    client = LanguageClient("benchmarks", "1")
    shown: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
    client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(_putting(shown))
    await client.start_io(sys.executable, "-m", "resolver", "lsp")
    await client.initialize_async(types.InitializeParams(types.ClientCapabilities(), root_uri=file.parent.as_uri()))
    client.initialized(types.InitializedParams())
    text, uri = file.read_text(encoding="utf-8"), file.absolute().as_uri()
    client.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "yaml", 1, text)))
    await _answer(shown, uri, 1)
    times = []
    for version in range(2, number + 2):
        document = types.VersionedTextDocumentIdentifier(version, uri)
        typed = (text.replace("general", "genral", 1) if version % 2 else text) + f"\n# {'x' * (version % 40)}"
        change = types.TextDocumentContentChangeWholeDocument(typed)
        started = perf_counter()
        client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))
        await _answer(shown, uri, version)
        times.append(perf_counter() - started)
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()  # type: ignore[no-untyped-call]
    return times


def _putting(
    shown: asyncio.Queue[types.PublishDiagnosticsParams],
) -> Callable[[types.PublishDiagnosticsParams], None]:
    def put(params: types.PublishDiagnosticsParams) -> None:
        shown.put_nowait(params)

    return put


async def _answer(shown: asyncio.Queue[types.PublishDiagnosticsParams], uri: str, version: int) -> None:
    while True:
        params = await asyncio.wait_for(shown.get(), 60)
        if params.uri == uri and params.version == version:
            return
