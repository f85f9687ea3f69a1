"""Diagnostics in a real editor: those of the newest text of all files, each at its place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from lsprotocol import types
from lsprotocol.types import DiagnosticSeverity, PositionEncodingKind

from tests.lsp.editor import Editor, editor, path_of
from tests.lsp.slow_policy import slow_policy

WITH_FACT = "facts:\n  preset: {values: [solo, team]}\n"
RULE = "      preset_decides: {{pri: 2, all: [{{m: {{preset: {value}}}}}], run: {{tier: fast}}}}\n"


def in_editor(folder: Path, run: Callable[[Editor], Awaitable[None]], **options: object) -> None:
    """Run something in an editor."""

    async def started() -> None:
        async with editor(folder, **options) as shown:  # type: ignore[arg-type]
            await run(shown)

    asyncio.run(started())


def codes(shown: Editor, file: Path) -> list[object]:
    """The codes of the diagnostics that are shown for a file."""
    return [diagnostic.code for diagnostic in shown.shown[file].diagnostics] if file in shown.shown else []


def test_mistake_is_shown_and_goes(policies: Path) -> None:
    """A mistake that is typed is shown with its code, help and page, and goes with the mistake; no file changes."""
    file = policies / "model_tiers.yaml"
    good = file.read_text()

    async def run(shown: Editor) -> None:
        shown.open(file)
        assert await shown.diagnostics(file) == []
        shown.type(file, good.replace("critic: general", "critic: genral"))
        (diagnostic,) = await shown.diagnostics(file)
        assert diagnostic.code == "unknown-tier"
        assert diagnostic.severity == DiagnosticSeverity.Error
        assert diagnostic.message == "unknown tier `genral`\nhelp: did you mean `general`?"
        assert diagnostic.code_description is not None
        page = Path(diagnostic.code_description.href.removeprefix("file://"))
        assert page.read_text().startswith("# unknown-tier")
        line = good.splitlines()[diagnostic.range.start.line]
        assert line[diagnostic.range.start.character :].startswith("general")
        shown.type(file, good)
        assert await shown.diagnostics(file) == []

    in_editor(policies, run)
    assert file.read_text() == good


def test_two_unsaved_files_are_checked_together(policies: Path) -> None:
    """A fact that one unsaved file declares can be used in another; without it, the other file has the mistake."""
    facts, rules = policies / "facts.yaml", policies / "precedence.yaml"
    text = rules.read_text()
    head, mark, rest = text.partition("  tier:\n")
    assert mark

    async def run(shown: Editor) -> None:
        shown.open(rules, head + mark + RULE.format(value="solo")[2:] + rest)
        (diagnostic,) = await shown.diagnostics(rules)
        assert diagnostic.code == "unknown-fact"
        shown.open(facts, WITH_FACT)
        assert await shown.diagnostics(facts) == []
        await shown.until(lambda: "unknown-fact" not in codes(shown, rules))
        shown.type(rules, head + mark + RULE.format(value="slo")[2:] + rest)
        (diagnostic,) = await shown.diagnostics(rules)
        assert diagnostic.code == "unknown-value"
        shown.close(facts)
        await shown.until(lambda: codes(shown, rules) == ["unknown-fact"])

    in_editor(policies, run)


def test_failing_test_is_shown_at_what_it_expects(policies: Path) -> None:
    """A policy test that fails is shown in its file, and goes when the policy does as it says."""
    tests, tiers = policies / "policy_test.yaml", policies / "model_tiers.yaml"
    case = "tests:\n  the critic reasons:\n    role: critic\n    expect: reasoning\n"
    good = tiers.read_text()

    async def run(shown: Editor) -> None:
        shown.open(tests, case)
        await shown.until(lambda: codes(shown, tests) == ["policy-test"])
        (diagnostic,) = shown.shown[tests].diagnostics
        assert (diagnostic.range.start.line, diagnostic.range.start.character) == (3, 12)
        assert "expected tier reasoning, got general" in diagnostic.message
        assert "decided by `role_default` (precedence.yaml:" in diagnostic.message
        assert [path_of(each.location.uri) for each in diagnostic.related_information or ()] == [
            policies / "precedence.yaml",
            tiers,
        ]
        shown.open(tiers, good.replace("critic: general", "critic: reasoning"))
        await shown.until(lambda: codes(shown, tests) == [])

    in_editor(policies, run)


def test_witness_leads_to_rules_and_rows(policies: Path) -> None:
    """A problem that the prover finds has the rules and rows of its witness, in whatever file they are."""
    rules, tiers = policies / "three_strikes.yaml", policies / "model_tiers.yaml"
    text = rules.read_text()
    assert "escalate_to: {$m: raised_tier}" in text

    async def run(shown: Editor) -> None:
        shown.open(rules, text.replace("escalate_to: {$m: raised_tier}", "escalate_to: general"))
        await shown.until(lambda: "lowers" in codes(shown, rules))
        (lowers,) = [each for each in shown.shown[rules].diagnostics if each.code == "lowers"]
        related = {(path_of(each.location.uri), each.message) for each in lowers.related_information or ()}
        assert {path for path, _ in related} == {rules, policies / "precedence.yaml", tiers}
        rows = [each for each in lowers.related_information or () if path_of(each.location.uri) == tiers]
        lines = tiers.read_text().splitlines()
        assert all(row.message.split("`")[1] in lines[row.location.range.start.line] for row in rows)

    in_editor(policies, run)


def test_single_file_and_files_of_other_programs(tmp_path: Path, policies: Path) -> None:
    """An application's file is checked with the shipped rules; other YAML files have no diagnostics."""
    app, other = tmp_path / "config.yaml", tmp_path / "compose.yaml"

    async def run(shown: Editor) -> None:
        shown.open(other, "services: {db: {image: postgres}}\n")
        shown.open(app, "config:\n  model_tiers:\n    role_defaults: {critic: genral}\nother: [1, 2\n")
        assert [each.code for each in await shown.diagnostics(app)] == ["unknown-tier", "syntax"]
        shown.type(app, "config:\n  model_tiers:\n    role_defaults: {critic: genral}\nother: [1, 2]\n")
        assert [each.code for each in await shown.diagnostics(app)] == ["unknown-tier"]
        assert other not in shown.shown

    in_editor(tmp_path, run)


@pytest.mark.parametrize(
    "encoding", [PositionEncodingKind.Utf16, PositionEncodingKind.Utf8, PositionEncodingKind.Utf32]
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_places_are_in_the_units_of_the_client(line_end: str, encoding: PositionEncodingKind, policies: Path) -> None:
    """Wide characters, other line ends and byte order marks before a mistake move its place as the client counts."""
    file = policies / "more.yaml"
    before = "🙂\u2028é"
    line = f"  phase_overrides: {{'{before}': {{critic: genral}}}}"
    text = line_end.join(["\ufeff# 🙂", "model_tiers:", line, ""])
    sizes = {"utf-8": len(before.encode()), "utf-16": len(before.encode("utf-16-le")) // 2, "utf-32": len(before)}

    async def run(shown: Editor) -> None:
        shown.open(file, text)
        (diagnostic,) = await shown.diagnostics(file)
        start = line.index("genral") - len(before) + sizes[encoding.value]
        assert diagnostic.code == "unknown-tier"
        assert (diagnostic.range.start.line, diagnostic.range.start.character) == (2, start)
        assert diagnostic.range.end.character == start + 6

    in_editor(policies, run, encodings=[encoding])


def test_half_of_a_surrogate_pair_is_a_diagnostic(policies: Path) -> None:
    """A text that no file can hold is reported, and the server continues."""
    file = policies / "model_tiers.yaml"

    async def run(shown: Editor) -> None:
        shown.open(file, "model_tiers: {role_defaults: {'\ud83d': fast}}\n")
        assert [each.code for each in await shown.diagnostics(file)] == ["encoding"]
        shown.type(file, file.read_text())
        assert await shown.diagnostics(file) == []

    in_editor(policies, run)


@pytest.mark.slow
def test_fast_edits_end_in_the_newest_text(policies: Path) -> None:
    """After 1,000 edits in a row the diagnostics are those of the last text; none of an older text came after it."""
    file = policies / "model_tiers.yaml"
    good = file.read_text()

    async def run(shown: Editor) -> None:
        shown.open(file)
        await shown.diagnostics(file)
        for number in range(1_000):
            shown.type(file, good.replace("critic: general", f"critic: tier_{number}"))
            if number % 50 == 0:
                await asyncio.sleep(0.05)
        (last,) = await shown.diagnostics(file)
        assert last.message.startswith("unknown tier `tier_999`")
        published = [each for each in shown.history if each.uri == file.as_uri() and each.version != 1]
        assert [each.version for each in published] == sorted({each.version or 0 for each in published})
        for each in published:
            assert each.version is not None
            assert f"`tier_{each.version - 2}`" in each.diagnostics[0].message

    in_editor(policies, run)


@pytest.mark.slow
def test_what_takes_long_to_prove_is_shown_later(tmp_path: Path) -> None:
    """Problems of the text are shown while the proof runs, and a change ends the proof of the text before."""
    folder = tmp_path / "policies"
    folder.mkdir()
    file = folder / "all.yaml"
    text = slow_policy()
    file.write_text(text)

    async def run(shown: Editor) -> None:
        shown.open(file, text.replace("role_0", "yes"))
        assert [each.code for each in await shown.diagnostics(file)] == ["ambiguous"]
        shown.type(file, text.replace("role_0: general", "role_0: genral"))
        assert [each.code for each in await shown.diagnostics(file)] == ["unknown-tier"]
        shown.type(file, text.replace("role_0", "no"))
        assert [each.code for each in await shown.diagnostics(file)] == ["ambiguous"]
        await shown.until(lambda: "redundant" in codes(shown, file))
        proven = [each.version for each in shown.history if "redundant" in {found.code for found in each.diagnostics}]
        assert proven == [3]

    in_editor(folder, run)


def test_killed_server_has_written_nothing(tmp_path: Path) -> None:
    """A server that is killed while it proves leaves the files as they are, and adds none."""
    folder = tmp_path / "policies"
    folder.mkdir()
    file = folder / "all.yaml"
    file.write_text("model_tiers: {}\n")
    before = {path: path.read_bytes() for path in folder.rglob("*")}

    async def killed() -> None:
        shown = Editor()
        await shown.start(folder)
        shown.open(file, slow_policy(9).replace("role_0", "yes"))
        assert [each.code for each in await shown.diagnostics(file)] == ["ambiguous"]
        shown.kill()
        process = shown.client._server
        assert process is not None
        assert await asyncio.wait_for(process.wait(), 30) != 0

    asyncio.run(killed())
    assert {path: path.read_bytes() for path in folder.rglob("*")} == before


def test_many_mistakes_are_shown_in_part(tmp_path: Path) -> None:
    """The first 1,000 of a file are shown, errors before warnings, and how many more there are."""
    folder = tmp_path / "policies"
    folder.mkdir()
    file = folder / "all.yaml"
    rows = "".join(f"    role_{number}: genral\n" for number in range(1_500))
    text = "model_tiers:\n  tiers:\n    general: {providers: {groq: a}}\n  ladder: [general]\n  role_defaults:\n" + rows

    async def run(shown: Editor) -> None:
        shown.open(file, text)
        found = await shown.diagnostics(file)
        assert len(found) == 1_001
        assert "more problems of this file are not shown" in found[0].message
        assert {each.severity for each in found[1:]} == {DiagnosticSeverity.Error}

    in_editor(folder, run)


def test_file_becomes_an_application_of_its_own(tmp_path: Path) -> None:
    """A new file leaves the policy of its directory when keys of another program are typed into it."""
    file, text = tmp_path / "app.yaml", "model_tiers:\n  role_defaults: {critic: genral}\n"

    async def run(shown: Editor) -> None:
        shown.open(file, text)
        await shown.until(lambda: file in shown.shown)
        shown.type(file, f"name: app\n{text}")
        assert [each.code for each in await shown.diagnostics(file)] == ["unknown-tier"]

    in_editor(tmp_path, run)


def test_closed_file_keeps_no_diagnostics_under_its_own_uri(policies: Path) -> None:
    """An editor may write a URI in another way than the server; what is shown there goes with the file."""
    tiers, rules = policies / "model_tiers.yaml", policies / "precedence.yaml"
    uri = tiers.as_uri().replace("model_tiers", "model%5Ftiers")

    async def run(shown: Editor) -> None:
        shown.open(rules)
        text = tiers.read_text().replace("critic: general", "critic: genral")
        shown.client.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "yaml", 1, text))
        )
        await shown.until(lambda: any(each.uri == uri and each.diagnostics for each in shown.history))
        shown.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
        await shown.until(lambda: not [each for each in shown.history if each.uri == uri][-1].diagnostics)

    in_editor(policies, run)


def test_changes_on_the_disk_are_checked(policies: Path) -> None:
    """The server asks the editor to watch YAML files, and what another program writes is checked at once."""
    tiers, rules = policies / "model_tiers.yaml", policies / "precedence.yaml"

    async def run(shown: Editor) -> None:
        await shown.until(lambda: shown.registered == [types.WORKSPACE_DID_CHANGE_WATCHED_FILES])
        shown.open(rules)
        assert await shown.diagnostics(rules) == []
        tiers.write_text(tiers.read_text().replace("critic: general", "critic: genral"))
        change = types.FileEvent(tiers.as_uri(), types.FileChangeType.Changed)
        shown.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
        await shown.until(lambda: codes(shown, tiers) == ["unknown-tier"])

    in_editor(policies, run)


def test_mistake_in_a_test_waits_for_no_proof(tmp_path: Path) -> None:
    """What a file of tests has wrong is shown while the policy is still being proven."""
    folder = tmp_path / "policies"
    folder.mkdir()
    rules, tests = folder / "all.yaml", folder / "all_test.yaml"
    rules.write_text(slow_policy(9))

    async def run(shown: Editor) -> None:
        shown.open(rules)
        shown.open(tests, "tests:\n  one: {rol: role_0, expect: general}\n")
        await shown.until(lambda: codes(shown, tests) != [])
        assert "did you mean `role`" in shown.shown[tests].diagnostics[0].message
        assert "redundant" not in codes(shown, rules)

    in_editor(folder, run)
