"""Repair: all fixes one after another, and the changes of the files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from resolver.author import findings, fixes_of, repair
from resolver.table.budget import StoppedError, stoppable
from resolver.yaml_text.splices import spliced
from tests.author.fixes.mistakes import policy, told
from tests.loader.test_mistakes import FILE, TABLE

BASE: str = TABLE["base"]
MISTAKES = [
    ("critic: general", "critic: genral"),
    ("{role: special}", "{rol: special}"),
    ("{$gte: {strikes: 3}}", "{strikes: '>= 3'}"),
    ("      run: count\n", "      run: Count\n"),
    ("      pri: 20\n", "      pri: 10\n"),
]


def broken(mistakes: list[tuple[str, str]] = MISTAKES) -> str:
    """The policy of the table with several mistakes."""
    text = BASE
    for old, new in mistakes:
        text = text.replace(old, new, 1)
    return text


def test_all_mistakes_are_fixed() -> None:
    """What is left has no fix with one right answer."""
    fixed = repair(policy(broken()))
    assert fixed.texts.texts[FILE] == BASE.replace("      pri: 20\n", "      pri: 11\n")
    assert len(fixed.fixes) == len(MISTAKES)
    assert all(fix.is_safe for fix in fixed.fixes)
    assert spliced(broken(), fixed.edits[FILE]) == fixed.texts.texts[FILE]


def test_mistake_without_an_answer_stays() -> None:
    """The other mistakes are fixed all the same."""
    text = broken([*MISTAKES[:2], ("peer_2: fast", "peer_2: nothing_like_it")])
    fixed = repair(policy(text))
    assert fixed.texts.texts[FILE] == BASE.replace("peer_2: fast", "peer_2: nothing_like_it")


def test_unsafe_fixes_are_left_out_unless_they_are_wanted() -> None:
    """A policy that loads keeps its meaning."""
    text = BASE.replace("    planning:\n", "    planing:\n").replace("facts:\n", "  phases: [planning]\nfacts:\n", 1)
    cautious, bold = repair(policy(text)), repair(policy(text), is_unsafe=True)
    assert (cautious.edits, cautious.left_out) == ({}, 1)
    assert bold.texts.texts[FILE] == text.replace("planing", "planning")
    assert [fix.is_safe for fix in bold.fixes] == [False]


def test_safe_fixes_keep_the_revision_of_a_policy_that_loads() -> None:
    """Quotes around a name, and a comment that is gone, change no decision."""
    text = BASE.replace("    critic: general\n", "    critic: general # resolver: ignore[tab]\n    yes: general\n", 1)
    fixed = repair(policy(text), is_strict=True)
    assert fixed.texts.texts[FILE] == BASE.replace(
        "    critic: general\n", '    critic: general\n    "yes": general\n', 1
    )
    before, after = told(policy(text))[1], told(fixed.texts)[1]
    assert before is not None
    assert after is not None
    assert before.revision == after.revision


def test_tests_are_fixed_if_they_are_wanted() -> None:
    """After the policy, since the names in tests are those of the policy."""
    tests = FILE.with_name("a_test.yaml")
    good = "tests:\n  one:\n    role: critic\n    expect: {tier: general}\n"
    texts = replace(
        policy(broken(MISTAKES[:1])), texts={FILE: broken(MISTAKES[:1]), tests: good.replace("tier:", "teir:")}
    )
    assert [*repair(texts).edits] == [FILE]
    fixed = repair(texts, in_tests=True)
    assert fixed.texts.texts == {FILE: BASE, tests: good}


def test_repair_ends_when_it_is_stopped() -> None:
    """What was fixed until then stays fixed."""
    answers = iter([False] * 3 + [True] * 1_000)
    fixed = repair(policy(broken()), is_stopped=lambda: next(answers))
    assert len(fixed.fixes) < len(MISTAKES)


def test_changes_are_as_small_as_the_fixes() -> None:
    """The changes of a text are those of its fixes, and no line between them is written again."""
    fixed = repair(policy(broken()))
    assert len(fixed.edits[FILE]) == len(MISTAKES)
    assert sum(splice.end - splice.start for splice in fixed.edits[FILE]) < 20


def test_search_ends_between_the_candidates_of_a_policy_that_does_not_load() -> None:
    """Nothing is proven there, so that no budget of the proof ends the search."""
    texts = policy(broken(MISTAKES[:1]))
    before = findings(texts)
    [diagnostic] = before.diagnostics
    with stoppable(lambda: True), pytest.raises(StoppedError):
        fixes_of(texts, diagnostic, before)


def test_limit_around_a_repair_holds_inside() -> None:
    """A repair that is part of other work ends when that does."""
    with stoppable(lambda: True):
        assert repair(policy(broken())).fixes == ()
