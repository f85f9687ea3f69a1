"""Quick fixes in a real editor: a mistake is typed and shown, its fix is applied, and it is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from lsprotocol import types

from resolver.lsp.positions import Lines
from resolver.yaml_text.splices import Splice, spliced
from tests.lsp.editor import Editor, editor, path_of

ANYWHERE = types.Range(types.Position(0, 0), types.Position(10_000, 0))


async def actions(
    shown: Editor, file: Path, at: types.Range = ANYWHERE, only: Sequence[str] | None = None
) -> list[types.CodeAction]:
    """The actions that the server offers at a place."""
    context = types.CodeActionContext([], only=None if only is None else [*only])
    params = types.CodeActionParams(types.TextDocumentIdentifier(file.as_uri()), at, context)
    found = await shown.client.text_document_code_action_async(params)
    return [action for action in found or [] if isinstance(action, types.CodeAction)]


def applied(action: types.CodeAction, texts: dict[Path, str]) -> dict[Path, str]:
    """The texts after an action, with its edits made as an editor makes them."""
    assert action.edit is not None
    changes = {path_of(uri): [*of] for uri, of in (action.edit.changes or {}).items()}
    for document in action.edit.document_changes or []:
        assert isinstance(document, types.TextDocumentEdit)
        changes[path_of(document.text_document.uri)] = [e for e in document.edits if isinstance(e, types.TextEdit)]
    after = dict(texts)
    for path, edits in changes.items():
        lines, marks = Lines(texts[path]), len(texts[path]) - len(texts[path].lstrip("\ufeff"))
        splices = [Splice(lines.index(each.range.start), lines.index(each.range.end), each.new_text) for each in edits]
        after[path] = texts[path][:marks] + spliced(texts[path][marks:], splices)
    return after


MISTAKES = [
    ("model_tiers.yaml", "critic: general", "critic: genral"),
    ("model_tiers.yaml", "critic: general", "critic: genral # 🙂𝄞"),
    ("three_strikes.yaml", "m: {$and: [{result: failure}, {$gte: {", "m: {and: [{result: failure}, {$gte: {"),
    ("model_tiers.yaml", "description: Most work.", "description: 🙂 Most: work."),
    ("three_strikes.yaml", "{$gte: {strikes: 3}}]}", "{strikes: '>= 3'}]}"),
    ("precedence.yaml", "      pri: 30\n", "      pri: 20\n"),
]  # fmt: skip


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_each_mistake_is_fixed_as_it_is_shown(policies: Path, ends: str) -> None:
    """The fix belongs to the diagnostic, is preferred, and leaves none; nothing is written to the disk."""

    async def run() -> None:
        async with editor(policies) as shown:
            for name, good, bad in MISTAKES:
                file = policies / name
                before = file.read_text()
                assert good in before
                text = "\ufeff" + before.replace(good, bad, 1).replace("\n", ends)
                shown.open(file, text)
                [diagnostic] = await shown.diagnostics(file)
                [action] = await actions(shown, file, diagnostic.range)
                assert action.kind == types.CodeActionKind.QuickFix
                assert action.is_preferred
                assert list(action.diagnostics or ()) == [diagnostic]
                after = applied(action, {file: text})[file]
                shown.type(file, after)
                assert await shown.diagnostics(file) == []
                assert after.startswith("\ufeff")
                assert after.count(ends) == text.count("\n")
                shown.close(file)
                assert file.read_text() == before

    asyncio.run(run())


def test_actions_elsewhere_are_none(policies: Path) -> None:
    """A place without a diagnostic, a file that is no policy, and a position outside have no fixes."""

    async def run() -> None:
        file, other = policies / "model_tiers.yaml", policies.parent / "notes.yaml"
        other.write_text("a: 1\n")
        async with editor(policies) as shown:
            shown.open(file, file.read_text().replace("critic: general", "critic: genral", 1))
            shown.open(other)
            assert len(await actions(shown, file)) == 1
            assert await actions(shown, file, types.Range(types.Position(0, 0), types.Position(0, 4))) == []
            assert await actions(shown, file, types.Range(types.Position(9_999, 9), types.Position(9_999, 9))) == []
            assert await actions(shown, other) == []
            assert await actions(shown, policies / "not_open.yaml") == []
            assert await actions(shown, file, only=["refactor"]) == []

    asyncio.run(run())


def test_all_safe_fixes_at_once(policies: Path) -> None:
    """Two unsaved files are fixed by one action; what may change a decision is left."""

    async def run() -> None:
        tiers, strikes = policies / "model_tiers.yaml", policies / "three_strikes.yaml"
        texts = {
            tiers: tiers.read_text().replace("critic: general", "critic: genral", 1),
            strikes: strikes.read_text().replace("run: ignore", "run: Ignore", 1),
        }
        async with editor(policies) as shown:
            for file, text in texts.items():
                shown.open(file, text)
            [action] = await actions(shown, tiers, only=["source"])
            assert action.kind == types.CodeActionKind.SourceFixAll
            after = applied(action, texts)
            assert after == {file: file.read_text() for file in texts}
            for file, text in after.items():
                shown.type(file, text)
            for file in after:
                assert await shown.diagnostics(file) == []
            assert await actions(shown, tiers, only=["source.fixAll"]) == []
            shown.type(tiers, tiers.read_text().replace("worker_b: fast", "worker_bb: fast", 1))
            await shown.until(lambda: len(shown.shown[tiers].diagnostics) == 1)
            [diagnostic] = shown.shown[tiers].diagnostics
            [unsafe] = await actions(shown, tiers, diagnostic.range)
            assert not unsafe.is_preferred
            assert await actions(shown, tiers, only=["source.fixAll"]) == []

    asyncio.run(run())


def test_mistake_in_a_test_is_fixed(policies: Path) -> None:
    """A file of tests gets fixes as a file of the policy does."""

    async def run() -> None:
        file = policies / "policy_test.yaml"
        text = file.read_text().replace("rule: role_default}", "rul: role_default}", 1)
        async with editor(policies) as shown:
            shown.open(file, text)
            [diagnostic] = await shown.diagnostics(file)
            [action] = await actions(shown, file, diagnostic.range)
            assert applied(action, {file: text})[file] == file.read_text()
            [all_at_once] = await actions(shown, file, only=["source.fixAll"])
            assert applied(all_at_once, {file: text})[file] == file.read_text()

    asyncio.run(run())
