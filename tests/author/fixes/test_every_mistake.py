"""Every mistake that messages are tested with: which fixes are offered, and that each one fixes it.

`every_mistake.txt` has the fixes of each diagnostic, and `without_fix.txt` the helps that seem to say what to write,
and have no fix. `UPDATE_GOLDEN=1` makes the tests write both: read what changed before you commit it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from resolver.author import Fix, PolicyTexts, renamed_texts
from resolver.diagnostics import Diagnostic, Level
from resolver.yaml_text.splices import spliced
from tests.author.fixes.mistakes import all_mistakes, offered, told

HERE = Path(__file__).parent
IN_NAMES = {"odd-name", "unlisted", "wildcard", "unused-provider"}
SHOWN_LATER = {*IN_NAMES, "shadowed", "vacuous", "redundant", "no-effect", "held-down"}
"""Warnings that are looked for only in a policy without errors."""
Offered = list[tuple[str, PolicyTexts, Diagnostic, list[Fix]]]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Offered:
    """Return each diagnostic of each policy with a mistake, with its fixes."""
    folder = tmp_path_factory.mktemp("shipped")
    return [(name, texts, *found) for name, texts in all_mistakes(folder) for found in offered(texts)]


def compare(name: str, lines: Iterator[str]) -> None:
    """Compare lines with those of a golden file."""
    said, golden = "\n".join(lines) + "\n", HERE / name
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(said, encoding="utf-8", newline="\n")
    assert said == golden.read_text(encoding="utf-8")


@pytest.mark.slow
def test_fixes_are_those_of_the_table(table: Offered) -> None:
    """Each diagnostic has the fixes that the table has."""

    def lines() -> Iterator[str]:
        last = ""
        for name, _, diagnostic, fixes in table:
            if name != last:
                yield name
            last = name
            yield f"  {diagnostic.place.line}:{diagnostic.place.column} {diagnostic.code}" + (
                "" if fixes else ": no fix"
            )
            for fix in fixes:
                yield f"    {fix.title}" + ("" if fix.is_safe else ", unsafe") + ("" if fix.is_only else ", a choice")

    compare("every_mistake.txt", lines())


@pytest.mark.slow
def test_what_a_help_writes_out_is_offered(table: Offered) -> None:
    """Few helps with "did you mean" or "write" have no fix, and these leave something to the author."""
    left = [(name, found.help) for name, _, found, fixes in table if not fixes and _says_what(found.help)]
    compare("without_fix.txt", (f"{name}\n  {help}" for name, help in left))
    assert sum("did you mean" in help for _, help in left) < 20
    assert len(left) < 0.2 * sum(_says_what(found.help) for _, _, found, _ in table)


def _says_what(help: str) -> bool:
    return "did you mean `" in help or "write `" in help


@pytest.mark.slow
def test_each_fix_fixes_its_problem_and_makes_no_other(table: Offered) -> None:
    """Its diagnostic is gone, and only warnings come that an error has hidden."""
    tried = 0
    for name, texts, diagnostic, fixes in table:
        for fix in fixes:
            tried += 1
            was_loaded = told(texts)[1] is not None
            before, _, was_bad = told(texts, is_proven=was_loaded)
            after, _, is_bad = told(renamed_texts(texts, fix.edits), is_proven=was_loaded)
            assert after.total() < before.total() or diagnostic.level is Level.ERROR, (name, fix.title)
            assert [key for key in before if key[0] == diagnostic.code and after[key] < before[key]], (name, fix.title)
            came = {code for code, _ in after - before}
            assert not came or (was_bad and not is_bad and came <= SHOWN_LATER), (name, fix.title, after - before)
    assert tried > 500


@pytest.mark.slow
def test_safe_fix_changes_no_meaning(table: Offered) -> None:
    """A policy that is in force decides the same after a fix that is safe."""
    for name, texts, _, fixes in table:
        for fix in fixes:
            _, before, was_bad = told(texts)
            if fix.is_safe and before is not None and not was_bad:
                _, after, _ = told(renamed_texts(texts, fix.edits))
                assert after is not None, (name, fix.title)
                assert after.revision == before.revision, (name, fix.title)
                assert after.model_tiers.escalation_state == before.model_tiers.escalation_state, (name, fix.title)


@pytest.mark.slow
def test_fix_keeps_all_that_it_need_not_change(table: Offered) -> None:
    """No change begins or ends with characters that stay, and no comment is lost that is not removed with its lines."""
    for name, texts, _, fixes in table:
        for fix in fixes:
            for path, splices in fix.edits.items():
                text = texts.texts[path]
                for splice in splices:
                    old, new = text[splice.start : splice.end], splice.text
                    assert not (old and new) or (old[0] != new[0] and old[-1] != new[-1]), (name, fix.title)
                assert spliced(text, splices) != text, (name, fix.title)


@pytest.mark.slow
def test_files_of_other_systems_get_the_same_fixes(table: Offered) -> None:
    """A file whose lines end in CR LF gets the same fixes, and its new lines end so, too."""
    for name, texts, _, fixes in table[::7]:
        if fixes and not any("\r" in text for text in texts.texts.values()):
            dos = PolicyTexts(texts.path, {path: text.replace("\n", "\r\n") for path, text in texts.texts.items()})
            expected = {repr(_after(texts, fix)) for _, all in offered(texts) for fix in all}
            found = [_after(dos, fix) for _, all in offered(dos) for fix in all]
            assert not any("\n" in text.replace("\r\n", "") for texts in found for text in texts), name
            assert {repr([text.replace("\r\n", "\n") for text in texts]) for texts in found} == expected, name


def _after(texts: PolicyTexts, fix: Fix) -> list[str]:
    return [*renamed_texts(texts, fix.edits).texts.values()]
