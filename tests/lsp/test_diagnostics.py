"""Diagnostics in a real editor: those of the newest text of all files, each at its place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
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
        (diagnostic,) = await shown.diagnostics(tests)
        assert diagnostic.code == "policy-test"
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
    text = line_end.join(["\ufeff# \u0085 \x0c 🙂", "model_tiers:", line, ""])
    sizes = {"utf-8": len(before.encode()), "utf-16": len(before.encode("utf-16-le")) // 2, "utf-32": len(before)}

    async def run(shown: Editor) -> None:
        shown.open(file, text)
        (diagnostic,) = await shown.diagnostics(file)
        start = line.index("genral") - len(before) + sizes[encoding.value]
        assert diagnostic.code == "unknown-tier"
        assert (diagnostic.range.start.line, diagnostic.range.start.character) == (2, start)
        assert diagnostic.range.end.character == start + 6

    text = text.replace("\x0c ", "").replace("\u0085 ", "")
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


def test_killed_server_has_written_nothing(policies: Path) -> None:
    """A server that is killed while it checks leaves the files as they are."""
    before = {path: path.read_bytes() for path in policies.rglob("*") if path.is_file()}

    async def killed() -> None:
        shown = Editor()
        await shown.start(policies)
        file = policies / "model_tiers.yaml"
        shown.open(file, "model_tiers: {}\n")
        shown.kill()
        await asyncio.sleep(0.2)

    asyncio.run(killed())
    assert {path: path.read_bytes() for path in policies.rglob("*") if path.is_file()} == before
