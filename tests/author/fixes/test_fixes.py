"""Single fixes: the edit that each kind of help leads to, and what is never changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.author import Fix, PolicyTexts, findings, fixes_of, renamed_texts
from resolver.author.fixes import fix as fix_module
from resolver.author.fixes.findings import findings_in_tests
from tests.author.fixes.mistakes import offered, policy
from tests.loader.test_mistakes import FILE, TABLE
from tests.prover.shipped import edited
from tests.prover.test_codes import CASES

BASE: str = TABLE["base"]
RULE = "      all:\n        - m: {role: special}\n      run: {tier: fast}\n"
REST = "    rest:\n      pri: 40\n      all:\n        - m: {$ex: {role: 1}}\n      run: {tier: general}\n"


def only_fix(texts: PolicyTexts, code: str) -> Fix:
    """The one fix of the one diagnostic with this code."""
    [fixes] = [fixes for diagnostic, fixes in offered(texts) if diagnostic.code == code]
    [fix] = fixes
    return fix


def fixed(old: str, wrong: str, code: str) -> str:
    """What stands in the policy, fixed, where `wrong` stood in place of `old`: `…` if it is `old` again."""
    assert old in BASE
    texts = policy(BASE.replace(old, wrong, 1))
    text = renamed_texts(texts, only_fix(texts, code).edits).texts[FILE]
    before, _, after = BASE.partition(old)
    assert text.startswith(before)
    assert text.endswith(after)
    return text[len(before) : len(text) - len(after)]


@pytest.mark.parametrize(
    ("old", "wrong", "code", "expected"),
    [
        ("critic: general", "critic: genral", "unknown-tier", "critic: general"),
        ("critic: general", "critic: 'genral' # why", "unknown-tier", "critic: 'general' # why"),
        ("critic: general", 'critic: "genral"', "unknown-tier", 'critic: "general"'),
        ("pri: 10\n", "pri: 1e1\n", "type", "pri: 10\n"),
        ("pri: 10\n", "prio: 10\n", "unknown-key", "pri: 10\n"),
        ("{role: special}", "{role: critic, phase: planning}", "two-keys",
         "{$and: [{role: critic}, {phase: planning}]}"),
        ("{role: special}", "\n            and:\n              - role: critic\n              - phase: x", "operator",
         "{$and: [{role: critic}, {phase: x}]}"),
        ("{$gte: {strikes: 3}}", "{strikes: {$gte: 3}}", "operator", "{$gte: {strikes: 3}}"),
        ("{$gte: {strikes: 3}}", "{strikes: '>= 3'}", "operator", "{$gte: {strikes: 3}}"),
        ("      pri: 20\n", "      pri: 10\n", "same-pri", "      pri: 11\n"),
        ("values: [solo, team]", "values: [1, team]", "type", 'values: ["1", team]'),
        ("values: [solo, team]", "values: [true, no]", "type", 'values: ["true", no]'),
        ("    critic: general\n", "    critic:general\n", "syntax", "    critic: general\n"),
        ("    critic: general\n", "   critic: general\n", "syntax", "    critic: general\n"),
        ("      all:\n        - m: {role: special}\n", "    all:\n        - m: {role: special}\n", "syntax",
         "      all:\n        - m: {role: special}\n"),
        ("    special:\n", "       special:\n", "syntax", "    special:\n"),
        ("      run: hold\n", "      run: HOLD\n", "effect", "      run: hold\n"),
        ("ladder: [fast, general, reasoning]", "ladder: [fast, fast, general, reasoning]", "duplicate-tier",
         "ladder: [fast, general, reasoning]"),
        ("- m: {role: special}", "- m: {role: special} # why\n        - m: {phase: planning}", "pattern", None),
    ],
)  # fmt: skip
def test_fix_of_a_mistake(old: str, wrong: str, code: str, expected: str | None) -> None:
    """The text is as the help says, and nothing else has changed; a comment is never lost."""
    if expected is None:
        assert all(not fixes for diagnostic, fixes in offered(policy(BASE.replace(old, wrong, 1))))
    else:
        assert fixed(old, wrong, code) == expected


def test_missing_last_rule_is_added_in_the_style_of_its_neighbours() -> None:
    """Roles that no rule decides for run where most roles do."""
    text = BASE.replace(REST, "")
    fix = only_fix(policy(text), "gap")
    assert fix.is_safe
    assert fix.is_only
    assert renamed_texts(policy(text), fix.edits).texts[FILE] == text.replace(
        "  outcome:\n    three:", f"{REST}  outcome:\n    three:"
    )


def test_missing_last_rule_in_braces() -> None:
    """Rules on one line get a rule on one line, even before a comment."""
    flow = "{pri: 5, all: [{m: {role: special}}], run: {tier: fast}}"
    start, end = BASE.index("    special:"), BASE.index("  outcome:")
    text = BASE[:start] + f"    special: {flow} # one\n" + BASE[end:]
    fix = only_fix(policy(text), "gap")
    after = renamed_texts(policy(text), fix.edits).texts[FILE]
    rest = "    rest: {pri: 15, all: [{m: {$ex: {role: 1}}}], run: {tier: general}}\n"
    assert after == text.replace("# one\n", f"# one\n{rest}")


def test_next_tier_becomes_raised_tier(tmp_path: Path) -> None:
    """An escalation that can lower an agent escalates to a tier that cannot."""
    setup, bad = CASES["lowers"]
    path = edited(tmp_path, *setup, bad)
    fix = only_fix(PolicyTexts(path, {file: file.read_text() for file in path.glob("*.yaml")}), "lowers")
    assert fix.title == "replace `next_tier` with `raised_tier`"
    assert fix.is_safe


def test_tier_that_is_misspelled_where_it_is_defined() -> None:
    """All places that name it are right; the definition is fixed, not each of them."""
    texts = policy(BASE.replace("    general: {", "    generl: {", 1))
    found = [fixes for diagnostic, fixes in offered(texts) if diagnostic.code == "unknown-tier"]
    assert found
    for fixes in found:
        assert [renamed_texts(texts, fix.edits).texts[FILE] for fix in fixes] == [BASE]


def test_needless_comment_is_removed_with_its_space() -> None:
    """Of several codes, only the one that suppresses nothing goes."""
    line = "    critic: general # resolver: ignore[tab]\n"
    texts = policy(BASE.replace("    critic: general\n", line))
    before = findings(texts, is_strict=True)
    [diagnostic] = [each for each in before.diagnostics if each.code == "needless-ignore"]
    [fix] = fixes_of(texts, diagnostic, before)
    assert fix.is_safe
    assert renamed_texts(texts, fix.edits).texts[FILE] == BASE


def test_fix_that_changes_decisions_is_unsafe() -> None:
    """A row of a policy that loads decides otherwise afterwards, and an entry, too."""
    exection = BASE.replace("    planning:\n", "    planing:\n").replace(
        "facts:\n", "  phases: [planning]\nfacts:\n", 1
    )
    [[fix]] = [fixes for diagnostic, fixes in offered(policy(exection)) if "`planing`" in diagnostic.message]
    assert not fix.is_safe
    entry = BASE.replace(
        "facts:\n", "  triads: [layout]\n  escalation_state: {'layuot:critic': reasoning}\nfacts:\n", 1
    )
    unlisted = [fixes for diagnostic, fixes in offered(policy(entry)) if "layuot" in diagnostic.message]
    assert [[(fix.is_safe, fix.title) for fix in fixes] for fixes in unlisted] == [
        [(False, "replace `'layuot:critic'` with `'layout:critic'`")]
    ]


def test_quotes_change_no_meaning() -> None:
    """A name that YAML 1.1 takes for a boolean is put in quotes, which is safe."""
    text = BASE.replace("    critic: general\n", "    critic: general\n    yes: general\n", 1)
    fix = only_fix(policy(text), "ambiguous")
    assert fix.is_safe
    assert fix.title == 'replace `yes` with `"yes"`'


def test_no_fix_shows_or_removes_a_key() -> None:
    """A line with a secret is left to its author, and so is what stands in the same line."""
    text = BASE.replace("{groq: llama}", "{groq: {idd: llama, api_key: sk-0123456789abcdef0123}}", 1)
    found = [*offered(policy(text))]
    assert {diagnostic.code for diagnostic, _ in found} >= {"secret"}
    assert not any("sk-0123" in fix.title for _, fixes in found for fix in fixes)
    assert all(not fixes for diagnostic, fixes in found if diagnostic.code == "secret")


def test_several_right_answers_are_a_choice() -> None:
    """A row that a rule outranks can get a rule before it, or go."""
    text = BASE.replace("{role: special}", "{role: critic}", 1)
    [fixes] = [fixes for diagnostic, fixes in offered(policy(text)) if diagnostic.code == "no-effect"]
    assert [(fix.title, fix.is_only, fix.is_safe) for fix in fixes] == [
        ("replace `30` with `9`", False, False),
        ("replace `critic: reasoning` with `{}`", False, False),
    ]


def test_fix_in_a_file_of_tests() -> None:
    """A misspelled name in a test is fixed, and the policy is not asked again."""
    tests = FILE.with_name("policy_test.yaml")
    text = "tests:\n  a test:\n    role: critic\n    expect: {teir: general}\n"
    texts = PolicyTexts(FILE.parent, {FILE: BASE, tests: text})
    before = findings(texts)
    assert before.policy is not None
    found = findings_in_tests(texts, tests, before.policy)
    [fix] = [fix for diagnostic in found for fix in fixes_of(texts, diagnostic, before)]
    assert renamed_texts(texts, fix.edits).texts[tests] == text.replace("teir", "tier")


def test_fixes_of_a_single_file() -> None:
    """In an application's file, only the sections of the policy are looked at."""
    path = Path("config.yaml")
    text = "name: genral\nconfig:\n  model_tiers:\n    role_defaults: {critic: genral}\n"
    fix = only_fix(PolicyTexts(path, {path: text}), "unknown-tier")
    after = renamed_texts(PolicyTexts(path, {path: text}), fix.edits).texts[path]
    assert after == text.replace("{critic: genral}", "{critic: general}")


@pytest.mark.parametrize(
    "text",
    ["", "\ufeff", "a", "{", "- ", "\t", "model_tiers:", "rulesets: {tier: {a: }}", "𝄞: {𝄞: '", "%TAG", "&a *a", "!x"],
)
def test_half_typed_text_raises_nothing(text: str) -> None:
    """Whatever the text is, there are fixes or none."""
    for _, fixes in offered(policy(text)):
        assert isinstance(fixes, list)
    for end in range(0, len(BASE), 13):
        for _, fixes in [*offered(policy(BASE[:end] + text))][:1]:
            assert isinstance(fixes, list)


def test_old_diagnostic_has_no_fix() -> None:
    """A diagnostic of an earlier text gets none."""
    old = policy(BASE.replace("critic: general", "critic: genral", 1))
    before = findings(old)
    assert fixes_of(policy(BASE), before.diagnostics[0], before) == []


def test_large_policy_gets_no_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is bounded: the texts of a policy are not read over and over if they are large."""
    monkeypatch.setattr(fix_module, "LARGEST_TEXTS", 100)
    assert all(not fixes for _, fixes in offered(policy(BASE.replace("critic: general", "critic: genral", 1))))
