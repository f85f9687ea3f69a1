"""Names that are not what they look like get a warning, and others none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.loader.odd_names import oddity
from tests.loader.texts import RULES, TIERS, problems, tier_rule

PLAIN = st.text("abcdefghij_-1äöü", min_size=1, max_size=12)
DISGUISES = [
    "{} ",
    " {}",
    "{}\u00a0",
    "\ufeff{}",
    "{}\u200b",
    "\u201c{}\u201d",
    "'{}'",
    "\u00ab{}\u00bb",
    "{}\t",
    "{}\n",
]


@given(PLAIN, st.sampled_from(DISGUISES))
def test_a_disguise_is_found_and_taken_off(name: str, disguise: str) -> None:
    """A name of letters, digits and separators is fine; in a disguise it is odd, and the help has the name."""
    assert oddity(name) is None
    found = oddity(disguise.format(name))
    assert found is not None
    assert found[1] == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "two words",
        "роль_v2",
        "\u03c1\u03cc\u03bb\u03bf\u03c2",
        "\u0928\u092e\u0938\u094d\u0924\u0947",
        "👩\u200d💻",
        "it's",
        "o'neill",
    ],
)
def test_a_name_of_any_language_is_fine(name: str) -> None:
    """Blanks between words, other alphabets, emojis and apostrophes are no mistakes."""
    assert oddity(name) is None


@pytest.mark.parametrize(
    ("name", "meant"), [("\u0441ritic", "critic"), ("w\u043erker_\u0430x", "worker_ax"), ("cri\u200dtic", "critic")]
)
def test_a_letter_of_another_alphabet_is_named(name: str, meant: str) -> None:
    """A word with letters of two alphabets, or a joiner between plain letters, looks like another name."""
    found = oddity(name)
    assert found is not None
    assert found[1] == meant


PLACES = {
    TIERS.replace("llama", '"llama "') + RULES: "model id",
    TIERS.replace("llama", "llama qwen") + RULES: "model id",
    TIERS.replace("llama", '{id: " llama"}') + RULES: "model id",
    TIERS.replace("groq: llama", '"groq ": llama') + RULES: "provider",
    TIERS + '  role_defaults: {"critic ": fast}\n' + RULES: "role",
    TIERS + '  phase_overrides: {"plan ": {critic: fast}}\n  role_defaults: {critic: fast}\n' + RULES: "phase",
    TIERS + "  escalation_state: {' layout:critic': general}\n  role_defaults: {critic: fast}\n" + RULES: "triad",
    TIERS + "  escalation_state: {'layout: critic': general}\n" + RULES: "role",
    TIERS + "facts: {preset: {values: [solo, 'team ']}}\n" + RULES: "value",
    TIERS + "facts: {'budget ': {integer: true}}\n" + RULES: "fact",
    TIERS + tier_rule("{role: \"'critic'\"}"): "role",
    TIERS + tier_rule("{phase: [plan, 'review ']}"): "phase",
}


@pytest.mark.parametrize(("text", "what"), PLACES.items())
def test_an_odd_name_is_one_warning_wherever_it_is(text: str, what: str, tmp_path: Path) -> None:
    """Roles, phases, triads, providers, model ids, facts and values are looked at."""
    assert [problem.split("`")[0] for problem in problems(tmp_path, policy=text)] == [f"odd-name: the {what} "]


def test_roles_that_differ_in_capitals_only_are_a_warning(tmp_path: Path) -> None:
    """One of `Critic` and `critic` is a mistake; `a` and `A`, or `peer_1` and `peer_2`, are not."""
    rows = "  role_defaults: {critic: fast, peer_1: fast, peer_2: fast, a: fast, A: fast, Critic: general}\n"
    message = "the role `Critic` differs from `critic` only in capitals or separators"
    assert problems(tmp_path, policy=TIERS + rows + RULES) == [f"unlisted: {message}"]
