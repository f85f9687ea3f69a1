"""The outline of files: every part with its place, also while a text has mistakes."""

from __future__ import annotations

import pytest

from resolver.author import Heading, outline
from resolver.diagnostics import Source
from resolver.loader import policy_files, shipped_policy

POLICY = """\
model_tiers: # all
  ladder: [fast, deep]
  tiers:
    fast: {description: "Quick \\u2713.", providers: {p: m}}
    deep: {providers: {p: n}}
  role_defaults: {critic: fast, "a b": deep}
  phase_overrides:
    review:
      critic: &t deep
    'second': {critic: *t}
  escalation_state: {"t:critic": deep}

facts:
  size: {values: [big, small]}
  cost: {integer: true, description: Cents.}
rulesets:
  tier:
    rest:
      pri: 1
      all: [{m: {$ex: {role: 1}}}]
      run: {tier: fast}
      because: |
        All other
        requests.

    # the end
  outcome: {}
"""
TESTS = """\
tests:
  works:
    role: [critic, writer]
    phase: review
    expect: fast
  history: {role: critic, history: [{result: failure, expect: count}]}
"""


def _lines(headings: list[Heading] | tuple[Heading, ...], text: str, depth: int = 0) -> list[str]:
    """Return a line for each heading, after checks that it is within the one above."""
    lines = []
    for heading in headings:
        (start, end), (first, last) = heading.span, heading.name_span
        assert start <= first < last <= end <= len(text)
        assert text[:end].rstrip() == text[:end]
        assert all(start <= below.span[0] and below.span[1] <= end for below in heading.below)
        lines.append(
            "  " * depth + f"{heading.kind} {heading.name}" + (f": {heading.detail}" if heading.detail else "")
        )
        lines += _lines(heading.below, text, depth + 1)
    return lines


def test_a_policy_has_sections_with_names_below_them() -> None:
    """With the description of a tier, the tier of a row, and the reason of a rule."""
    assert _lines(outline(Source("a.yaml", POLICY)), POLICY) == [
        "section model_tiers",
        "  section ladder: fast, deep",
        "  section tiers",
        "    tier fast: Quick ✓.",
        "    tier deep",
        "  section role_defaults",
        "    role critic: fast",
        "    role a b: deep",
        "  section phase_overrides",
        "    phase review",
        "      role critic: deep",
        "    phase second",
        "      role critic: deep",
        "  section escalation_state",
        "    entry t:critic: deep",
        "section facts",
        "  fact size: big, small",
        "  fact cost: Cents.",
        "section rulesets",
        "  ruleset tier",
        "    rule rest: All other requests.",
        "  ruleset outcome",
    ]


def test_a_file_of_tests_has_its_tests() -> None:
    """Each with its roles and its phase."""
    assert _lines(outline(Source("a_test.yaml", TESTS), is_test=True), TESTS) == [
        "section tests",
        "  test works: critic, writer in review",
        "  test history: critic",
    ]


def test_an_applications_file_has_its_sections_of_a_policy() -> None:
    text = "name: x\nconfig:\n  agents: []\n  model_tiers: {role_defaults: {critic: fast}}\ntests: {x: {}}\n"
    lines = ["section model_tiers", "  section role_defaults", "    role critic: fast"]
    assert _lines(outline(Source("app.yaml", text)), text) == lines


@pytest.mark.parametrize(
    "mistake",
    [
        "critic: [",
        "critic: {a: b",
        "critic: [\n      a, b",
        "  bad: : x",
        "\tx: 1",
        "critic: 'open",
        "critic: *nothing",
        "a: b: c",
        "}",
    ],
)
def test_a_line_with_a_mistake_is_left_out(mistake: str) -> None:
    """The parts around it are there."""
    text = POLICY.replace("    review:\n", f"    {mistake}\n    review:\n")
    names = {line.strip() for line in _lines(outline(Source("a.yaml", text)), text)}
    assert {"section model_tiers", "tier fast: Quick ✓.", "section rulesets", "ruleset tier"} <= names


@pytest.mark.slow
def test_no_text_is_too_odd_for_an_outline() -> None:
    """Each beginning of a text, and each text without one character, has an outline or none."""
    for text in (POLICY, TESTS.replace("\n", "\r\n")):
        for index in range(len(text)):
            for odd in (text[:index], text[:index] + text[index + 1 :]):
                for is_test in (False, True):
                    _check_places(outline(Source("a.yaml", odd), is_test=is_test), odd)


def _check_places(headings: list[Heading] | tuple[Heading, ...], text: str) -> None:
    for heading in headings:
        (start, end), (first, last) = heading.span, heading.name_span
        assert 0 <= start <= first <= last <= end <= len(text)
        assert heading.name
        _check_places(heading.below, text)


@pytest.mark.parametrize("text", ["", "- a", "tests: [a]", "*", "model_tiers: {? [a] : b, 1: 2, : 3}", "a: \ud800"])
def test_what_is_no_policy_has_no_parts(text: str) -> None:
    assert [heading.below for heading in outline(Source("a.yaml", text))] in ([], [()])


def test_the_shipped_policy_has_an_outline() -> None:
    for file in policy_files(shipped_policy()):
        text = file.read_text(encoding="utf-8")
        assert _lines(outline(Source(str(file), text)), text)
