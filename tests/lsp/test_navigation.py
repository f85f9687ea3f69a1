"""Definitions, uses, renaming and outlines in a real editor, over files that are open, unsaved or closed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from resolver.loader import load_policy
from tests.lsp.editor import Editor, editor, path_of

FACTS = "# 🙂\r\nfacts:\r\n  preset: {values: [🙂, 'team']} # 🙂\r\n"
RULE = """\
rulesets:
  tier:
    "🙂 first": {pri: 5, all: [{m: {preset: team}}], run: {tier: fast}, because: 🙂}
"""
TESTS = "tests:\n  🙂: {role: critic, facts: {preset: team}, expect: {tier: fast, rule: 🙂 first}}\n"


def in_editor(folder: Path, run: Callable[[Editor], Awaitable[None]], *, with_versions: bool = True) -> None:
    """Run something in an editor."""

    async def started() -> None:
        async with editor(folder, with_versions=with_versions) as shown:
            await run(shown)

    asyncio.run(started())


class Pointing:
    """Asks for the name at a place of a text: before the last word of `until`, where that first is in the text."""

    def __init__(self, shown: Editor, texts: dict[Path, str]) -> None:
        self.shown = shown
        self.texts = texts

    def at(self, file: Path, until: str) -> dict[str, Any]:
        before = self.texts[file][: self.texts[file].index(until) + len(until)]
        line = before.replace("\r\n", "\n").split("\n")
        position = types.Position(len(line) - 1, len(line[-1].encode("utf-16-le")) // 2)
        return {"text_document": types.TextDocumentIdentifier(file.as_uri()), "position": position}

    def shown_at(self, location: types.Location | types.DocumentHighlight, file: Path | None = None) -> str:
        """Return `file:line text` of what a location covers."""
        file = path_of(location.uri) if isinstance(location, types.Location) else file
        assert file is not None
        text = self.texts.get(file) or file.read_text()
        line = text.replace("\r\n", "\n").split("\n")[location.range.start.line].encode("utf-16-le")
        covered = line[2 * location.range.start.character : 2 * location.range.end.character].decode("utf-16-le")
        return f"{file.name}:{location.range.start.line + 1} {covered}"

    async def definition(self, file: Path, until: str) -> list[str]:
        params = types.DefinitionParams(**self.at(file, until))
        found = await self.shown.client.text_document_definition_async(params)
        assert isinstance(found, list)
        return [self.shown_at(each) for each in found if isinstance(each, types.Location)]

    async def references(self, file: Path, until: str, *, with_definition: bool = True) -> list[str]:
        context = types.ReferenceContext(include_declaration=with_definition)
        params = types.ReferenceParams(context=context, **self.at(file, until))
        found = await self.shown.client.text_document_references_async(params)
        return [self.shown_at(each) for each in found or []]

    async def highlights(self, file: Path, until: str) -> list[str]:
        params = types.DocumentHighlightParams(**self.at(file, until))
        found = await self.shown.client.text_document_document_highlight_async(params)
        return [self.shown_at(each, file) for each in found or []]

    async def prepared(self, file: Path, until: str) -> str | None:
        params = types.PrepareRenameParams(**self.at(file, until))
        found = await self.shown.client.text_document_prepare_rename_async(params)
        assert found is None or isinstance(found, types.PrepareRenamePlaceholder)
        return found.placeholder if found else None

    async def rename(self, file: Path, until: str, new: str) -> dict[Path, int | None]:
        """Rename, apply the changes to the texts, and return the version of each file that changed."""
        params = types.RenameParams(new_name=new, **self.at(file, until))
        edit = await self.shown.client.text_document_rename_async(params)
        versions: dict[Path, int | None] = {}
        for document in (edit.document_changes if edit else None) or ():
            assert isinstance(document, types.TextDocumentEdit)
            path = path_of(document.text_document.uri)
            text = self.texts.get(path) or path.read_text()
            self.texts[path] = applied(text, document.edits)
            versions[path] = document.text_document.version
        for uri, changes in ((edit.changes if edit else None) or {}).items():
            path = path_of(uri)
            self.texts[path] = applied(self.texts.get(path) or path.read_text(), changes)
        return versions


def applied(text: str, edits: Any) -> str:
    """Return a text with the changes of an editor, the last one first."""
    lines = text.split("\n")
    for edit in sorted(edits, key=lambda each: (each.range.start.line, each.range.start.character), reverse=True):
        start, end = edit.range.start, edit.range.end
        assert start.line == end.line
        line = lines[start.line].encode("utf-16-le")
        new = line[: 2 * start.character] + edit.new_text.encode("utf-16-le") + line[2 * end.character :]
        lines[start.line] = new.decode("utf-16-le")
    return "\n".join(lines)


def test_names_lead_to_their_definitions_and_uses(policies: Path) -> None:
    """Across files and tests; of unsaved texts, with CRLF, quotes and wide characters, as well."""
    tiers, cases = policies / "model_tiers.yaml", policies / "policy_test.yaml"
    facts, rule, tests = policies / "facts.yaml", policies / "first.yaml", policies / "first_test.yaml"
    texts = {tiers: tiers.read_text(), cases: cases.read_text(), facts: FACTS, rule: RULE, tests: TESTS}

    async def run(shown: Editor) -> None:
        for file, text in texts.items():
            shown.open(file, text)
        names = Pointing(shown, texts)
        assert await names.definition(tiers, "critic: gen") == ["model_tiers.yaml:20 general"]
        assert await names.definition(cases, "escalated_tier: rea") == ["model_tiers.yaml:13 reasoning"]
        assert await names.definition(cases, "role: [orch") == ["model_tiers.yaml:39 orchestrator"]
        assert await names.definition(cases, '["", deliberation, exec') == ["model_tiers.yaml:54 execution"]
        assert await names.definition(cases, "rule: three") == ["three_strikes.yaml:33 three_strikes"]
        assert await names.definition(rule, "{preset") == ["facts.yaml:3 preset"]
        assert await names.definition(tests, "rule: 🙂 fi") == ["first.yaml:3 🙂 first"]
        assert await names.references(facts, "pre") == [
            "facts.yaml:3 preset", "first.yaml:3 preset", "first_test.yaml:2 preset",
        ]  # fmt: skip
        assert await names.references(rule, "🙂 f", with_definition=False) == ["first_test.yaml:2 🙂 first"]
        assert await names.highlights(tiers, "synthesiz") == ["model_tiers.yaml:45 synthesizer"]
        assert len(await names.highlights(cases, "escalated_tier: rea")) > 5
        assert await names.definition(rule, "because") == await names.references(rule, "because") == []

    in_editor(policies, run)


def test_rename_changes_open_and_closed_files(policies: Path) -> None:
    """It is the renaming of `resolver rename`; open files are named with their versions, and the policy loads."""
    tiers, cases = policies / "model_tiers.yaml", policies / "policy_test.yaml"
    texts = {tiers: tiers.read_text().replace("critic: general", "critic: 'general'").replace("\n", "\r\n")}

    async def run(shown: Editor) -> None:
        shown.open(tiers, tiers.read_text())
        shown.type(tiers, texts[tiers])
        names = Pointing(shown, texts)
        assert await names.prepared(tiers, "critic: 'gen") == "general"
        changed = await names.rename(tiers, "critic: 'gen", "🙂")
        assert changed == {tiers: 2, cases: None, policies / "precedence.yaml": None}
        assert "critic: '🙂'\r\n" in texts[tiers]
        assert 'expect: {tier: "🙂", rule: role_default}' in texts[cases]
        assert await names.rename(tiers, "  # hier", "x") == {}

    in_editor(policies, run)
    for file, text in texts.items():
        file.write_text(text, newline="")
    assert load_policy(policies).model_tiers.ladder.tiers == ("fast", "🙂", "reasoning")


def test_rename_in_an_editor_without_versions(policies: Path) -> None:
    """An editor that knows no versioned changes gets plain ones."""
    tiers = policies / "model_tiers.yaml"
    texts = {tiers: tiers.read_text()}

    async def run(shown: Editor) -> None:
        shown.open(tiers)
        assert await Pointing(shown, texts).rename(tiers, "critic", "judge") == {}

    in_editor(policies, run, with_versions=False)
    assert texts[tiers] == tiers.read_text().replace("critic", "judge")
    assert "[proposer, judge, peer_1" in texts[policies / "policy_test.yaml"]


def test_rename_that_cannot_be_done_says_why(policies: Path) -> None:
    """A name that is taken, another rule's name, a file that is no text; a rule of the other ruleset is not touched."""
    tiers, strikes = policies / "model_tiers.yaml", policies / "three_strikes.yaml"
    texts = {tiers: tiers.read_text(), strikes: strikes.read_text()}

    async def run(shown: Editor) -> None:
        shown.open(tiers)
        shown.open(strikes)
        names = Pointing(shown, texts)
        with pytest.raises(JsonRpcException, match="the role `proposer` is there already"):
            await names.rename(tiers, "critic", "proposer")
        with pytest.raises(JsonRpcException, match="the rule `failure` is there already") as refused:
            await names.rename(strikes, "    three_str", "failure")
        assert refused.value.code == types.LSPErrorCodes.RequestFailed
        assert await names.rename(strikes, "    three_str", "escalation") != {}
        (policies / "odd.yaml").write_bytes(b"facts: {}\n# \xff\n")
        with pytest.raises(JsonRpcException, match=r"odd\.yaml` is not UTF-8"):
            await names.rename(tiers, "critic", "judge")

    in_editor(policies, run)


def test_single_file_leads_into_the_shipped_policy(tmp_path: Path) -> None:
    """A rule that its tests expect is there; its own rows are its own."""
    app, tests = tmp_path / "app.yaml", tmp_path / "app_test.yaml"
    texts = {
        app: "name: x\nconfig:\n  model_tiers:\n    role_defaults: {x: fast}\n",
        tests: "tests: {works: {role: x, expect: {tier: fast, rule: role_default}}}\n",
    }

    async def run(shown: Editor) -> None:
        for file, text in texts.items():
            file.write_text(text)
            shown.open(file)
        names = Pointing(shown, texts)
        assert await names.definition(tests, "rule: role_d") == ["precedence.yaml:25 role_default"]
        assert await names.definition(tests, "role: x") == ["app.yaml:4 x"]
        with pytest.raises(JsonRpcException, match="the rule `role_default` is in the shipped policy, too"):
            await names.rename(tests, "rule: role_d", "y")

    in_editor(tmp_path, run)


def test_outline_stays_while_a_text_has_a_mistake(policies: Path) -> None:
    """The other features answer nothing then, and rename nothing."""
    tiers, other = policies / "model_tiers.yaml", policies.parent / "other.yaml"
    texts = {tiers: tiers.read_text().replace("critic: general", "critic: ["), other: "a: critic\n"}

    async def outline(shown: Editor, file: Path) -> list[types.DocumentSymbol]:
        params = types.DocumentSymbolParams(types.TextDocumentIdentifier(file.as_uri()))
        found = await shown.client.text_document_document_symbol_async(params)
        return [each for each in found or [] if isinstance(each, types.DocumentSymbol)]

    async def run(shown: Editor) -> None:
        shown.open(tiers)
        [before] = await outline(shown, tiers)
        shown.type(tiers, texts[tiers])
        shown.open(other, texts[other])
        [after] = await outline(shown, tiers)
        names = [each.name for each in before.children or []]
        assert names == [each.name for each in after.children or []]
        assert {"tiers", "role_defaults", "phase_overrides"} <= set(names)
        assert await outline(shown, other) == []
        pointing = Pointing(shown, texts)
        for file in texts:
            assert await pointing.definition(file, "critic") == await pointing.highlights(file, "critic") == []
            assert await pointing.prepared(file, "critic") is None
            assert await pointing.rename(file, "critic", "judge") == {}
        shown.type(tiers, "a: \ud800 critic\n")
        assert await outline(shown, tiers) == []
        nowhere = types.Position(1_000_000, 1_000_000)
        params = types.DefinitionParams(types.TextDocumentIdentifier(tiers.as_uri()), nowhere)
        assert await shown.client.text_document_definition_async(params) == []

    in_editor(policies, run)
