"""Lints are warnings that only `--strict` shows: each has cases that get it, and neighbours that do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from resolver.author import check_pages, lint, pages, read_all_cases, read_cases
from resolver.author.check_pages import level_of
from resolver.diagnostics import Diagnostic, Level
from resolver.loader import load_policy, shipped_policy
from resolver.serving import load_and_prove
from tests.prover.shipped import Edit, edited

FREE = "meta-llama/llama-3.3-70b-instruct:free"
SAME = f"openrouter: {FREE} # resolver: ignore[same-model]\n"


def lints(folder: Path, *edits: Edit) -> list[tuple[str, str]]:
    """The code and the message of each lint of the shipped policy with these edits."""
    policy = load_and_prove(edited(folder, *edits)).policy
    assert all(warning.level is Level.WARNING and warning.help for warning in lint(policy))
    return [(warning.code, warning.message) for warning in lint(policy)]


def test_shipped_policy_has_no_lint() -> None:
    """It has two tiers with the same free model, which a comment names."""
    policy = load_and_prove(shipped_policy()).policy
    assert lint(policy) == ()
    assert [ignore.code for ignore in policy.ignores] == ["same-model"]


@pytest.mark.parametrize("because", ["", "      because:\n", "      because: ''\n", '      because: "  "\n'])
def test_a_rule_without_because(tmp_path: Path, because: str) -> None:
    """Also if it is empty."""
    edit: Edit = ("three_strikes", "      because: A failure counts.\n", because)
    assert lints(tmp_path, edit) == [("no-because", "the rule `failure` has no `because`")]


def same(higher: str, provider: str, lower: str) -> tuple[str, str]:
    message = f"`{higher}` has the same model at `{provider}` as `{lower}`: an escalation changes nothing there"
    return "same-model", message


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ((SAME, SAME.partition(" #")[0] + "\n"), [same("general", "openrouter", "fast")]),
        ((SAME, "openrouter: meta-llama/llama-3.3-70b-instruct\n"), []),
        ((SAME, f"openrouter: {{id: {FREE!r}, effort: high}}\n"), []),
        ((SAME, f"openrouter: {{id: {FREE!r}}}\n"), [same("general", "openrouter", "fast")]),
        (("groq: moonshotai/kimi-k2-instruct", "groq: openai/gpt-oss-120b"), [same("reasoning", "groq", "fast")]),
        (("groq: llama-3.3-70b-versatile", "groq: openai/gpt-oss-120b"), [same("general", "groq", "fast")]),
        (("groq: llama-3.3-70b-versatile", "groq: llama-3.3-70b"), []),
    ],
)
def test_two_tiers_with_the_same_model(tmp_path: Path, edit: tuple[str, str], expected: list[Any]) -> None:
    """At one provider, with the same options; the warning is about the higher tier."""
    assert lints(tmp_path, ("model_tiers", *edit)) == expected


def test_three_tiers_with_the_same_model(tmp_path: Path) -> None:
    """Each is compared with the next lower one."""
    edits: list[Edit] = [
        ("model_tiers", "groq: moonshotai/kimi-k2-instruct", "groq: openai/gpt-oss-120b"),
        ("model_tiers", "groq: llama-3.3-70b-versatile", "groq: openai/gpt-oss-120b"),
    ]
    assert lints(tmp_path, *edits) == [same("reasoning", "groq", "general"), same("general", "groq", "fast")]


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("ignore[no-effect]", "no warning `no-effect` is about this line"),
        ("ignore[same-model]", "no warning `same-model` is about this line"),
        ("ignore[same-modle]", "no check has the code `same-modle`"),
        ("ignore[lowers]", "`lowers` is an error, and comments suppress only warnings"),
        ("ignore[needless-ignore]", "no warning `needless-ignore` is about this line"),
        ("ignore", "this comment suppresses nothing"),
        ("ignroe[no-effect]", "this comment suppresses nothing"),
        ("noqa", "this comment suppresses nothing"),
        ("disable no-effect", "this comment suppresses nothing"),
    ],
)
def test_a_needless_comment(tmp_path: Path, comment: str, message: str) -> None:
    """Every code that suppresses nothing is reported, with the reason."""
    edit: Edit = ("model_tiers", "      worker_a: fast\n", f"      worker_a: fast # resolver: {comment}\n")
    assert lints(tmp_path, edit) == [("needless-ignore", message)]


def test_a_comment_that_suppresses_something_is_not_needless(tmp_path: Path) -> None:
    """A warning of the prover, of the loader, and a lint; of two codes, only the other is needless."""
    comment = "# resolver: ignore[no-effect, stuck]"
    edits: list[Edit] = [
        ("model_tiers", "      worker_a: fast\n", f"      worker_a: general {comment}\n"),
        ("precedence", "      pri: 20\n", "      pri: 20\t# resolver: ignore[tab]\n"),
        ("three_strikes", "      because: A failure counts.\n", ""),
        ("three_strikes", "    failure:\n", "    failure: # resolver: ignore[no-because]\n"),
    ]
    assert lints(tmp_path, *edits) == [("needless-ignore", "no warning `stuck` is about this line")]


@pytest.mark.parametrize("comment", ["# resolver ignores it", "# resolver: see above", "# resolver off-line", "# noqa"])
def test_prose_is_no_comment_that_suppresses(tmp_path: Path, comment: str) -> None:
    """People write about the program, too."""
    assert lints(tmp_path, ("model_tiers", "      worker_a: fast\n", f"      worker_a: fast {comment}\n")) == []


@pytest.mark.parametrize(
    "comment", ["ignore[same-model, same-model]", "ignore[same-model] # resolver: ignore[same-model]"]
)
def test_a_code_counts_once_for_a_line(tmp_path: Path, comment: str) -> None:
    """The second time it suppresses nothing."""
    expected = [("needless-ignore", "`same-model` is suppressed on this line already")]
    assert lints(tmp_path, ("model_tiers", "ignore[same-model]", comment)) == expected


def test_a_comment_holds_in_a_file_of_tests(tmp_path: Path) -> None:
    """It suppresses a warning about its line; with `strict`, one that suppresses nothing is a warning there, too."""
    text = """tests:
  one:
    role: worker_a
    phase: exection # resolver: ignore[unlisted]
    expect: general
  two:
    role: worker_b\t# resolver: ignore[tab, unlisted] # resolver: ignroe[tab]
    phase: exection
    expect: general
"""
    file = tmp_path / "more_test.yaml"
    for newline in ("\n", "\r\n"):
        file.write_text(text, encoding="utf-8", newline=newline)
        policy = load_policy(shipped_policy())
        usual: list[Diagnostic] = []
        strict: list[Diagnostic] = []
        read_cases(file, policy, usual)
        read_all_cases(tmp_path, policy, strict, strict=True)
        assert [(warning.code, warning.place.line) for warning in usual] == [("unlisted", 8)]
        assert [(warning.code, warning.place.line, warning.place.text) for warning in strict] == [
            ("unlisted", 8, "exection"),
            ("needless-ignore", 7, "unlisted"),
            ("needless-ignore", 7, "# resolver: ignroe["),
        ]


def test_a_single_file_answers_for_its_own_comments(tmp_path: Path) -> None:
    """The shipped sections that it builds on have no lint, and their comments are not its own."""
    file = tmp_path / "app.yaml"
    file.write_text("model_tiers:\n  role_defaults:\n    critic: fast # resolver: ignore[tab]\n", encoding="utf-8")
    policy = load_and_prove(file).policy
    assert [(warning.code, warning.place.source.path) for warning in lint(policy)] == [("needless-ignore", file)]


def test_lints_are_no_warnings_of_a_policy(tmp_path: Path) -> None:
    """A program that opens the policy does not log them."""
    path = edited(tmp_path, ("three_strikes", "      because: A failure counts.\n", ""))
    assert load_policy(path).warnings == ()


def test_a_page_says_the_level_of_its_code() -> None:
    """The title of a page has the level; pages of errors and of warnings are both there."""
    assert level_of("lowers") is Level.ERROR
    assert level_of("no-effect") is Level.WARNING
    assert {"no-because", "same-model", "needless-ignore"} <= {*pages()}


def test_the_title_of_a_page_has_the_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """A title without a level is a mistake of the page; it does not make a warning of an error."""
    titles = {"gap": "# gap (error)\n\nText", "typo": "# typo (eror)\n\nText", "none": "# none\n\nText"}
    monkeypatch.setattr(check_pages, "page_of", titles.__getitem__)
    assert level_of.__wrapped__("gap") is Level.ERROR
    for code in ("typo", "none"):
        with pytest.raises(ValueError, match="is not a valid Level"):
            level_of.__wrapped__(code)
