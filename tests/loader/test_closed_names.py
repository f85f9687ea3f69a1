"""Names of phases, triads, kinds and providers: closed by a list, or near misses of other names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.diagnostics import PolicyError, near_miss
from resolver.domain import FailureKind
from resolver.loader.listed_names import NameProblem, listed_names
from tests.loader.texts import COMPLETE, RULES, TIERS, load, outcome_rule, problems, tier_rule

EXECUTION = "  phase_overrides:\n    execution: {critic: fast, proposer: fast}\n"
WARNINGS = {
    EXECUTION + "    exection: {critic: general}\n": [
        "unlisted: the phase `exection` is almost `execution`, which is another phase"
    ],
    EXECUTION + "    exection: {critic: general}\n  phases: [execution, exection]\n": [],
    EXECUTION + "    review: {critic: general}\n": [],
    EXECUTION + "  phases: [planning]\n": ["unlisted: the phase `execution` is not in `phases`"],
    EXECUTION + "  phases: [planning, execution]\n": [],
    EXECUTION + "  phases:\n": [],
    "  phase_overrides: {p1: {critic: fast}, p2: {critic: fast}, step_1: {critic: fast}, step_2: {critic: fast}}\n": [],
    "  escalation_state: {'layuot:critic': general}\n  triads: [layout]\n": [
        "unlisted: the triad `layuot` is not in `triads`"
    ],
    "  escalation_state: {'layuot:critic': general, 'layout:critic': general}\n": [],
    "  provider_order: [groq, gorq]\n": [
        "unused-provider: `provider_order` names `gorq`, which no tier has a model at"
    ],
    "  provider_order: [groq]\n": [],
}


@pytest.mark.parametrize(("rows", "expected"), WARNINGS.items())
def test_a_name_outside_of_a_list_or_near_another_is_a_warning(rows: str, expected: list[str], tmp_path: Path) -> None:
    """A list closes its vocabulary; without one, only a name that is almost another is odd."""
    assert problems(tmp_path, policy=TIERS + rows + RULES) == expected


@pytest.mark.parametrize("rules", ["a", "z"])
@pytest.mark.parametrize(("table", "rule"), [("execution", "exection"), ("exection", "execution")])
def test_of_two_near_names_the_rule_has_the_mistake(rules: str, table: str, rule: str, tmp_path: Path) -> None:
    """A name of the tables is right, whatever the file is called that has the rule with the other name."""
    tables = f"{TIERS}  phase_overrides: {{{table}: {{critic: fast}}}}\n"
    found = problems(tmp_path, **{"policy": tables, rules: tier_rule(f"{{phase: {rule}}}")})
    expected = f"unlisted: the phase `{rule}` is almost `{table}`, which is another phase"
    assert [problem for problem in found if "almost" in problem] == [expected]


@pytest.mark.parametrize(
    ("providers", "expected"),
    [
        (("groq", "groq", "gorq"), "only the tier `c` has a model at `gorq`, which is almost `groq`"),
        (("grok", "groq", "groq"), "only the tier `a` has a model at `grok`, which is almost `groq`"),
        (("groq", "gorq"), "only the tier `b` has a model at `gorq`, which is almost `groq`"),
        (("groq", "groq", "openai"), None),
        (("groq", "groq", "groq"), None),
        (("vllm_1", "vllm_2", "vllm_3"), None),
    ],
)
def test_a_provider_of_one_tier_that_is_almost_another_is_a_warning(
    providers: tuple[str, ...], expected: str | None, tmp_path: Path
) -> None:
    """Of two near names of providers, the one that only one tier has is reported, once."""
    names = "abc"[: len(providers)]
    tiers = "".join(
        f"    {name}: {{providers: {{{provider}: x}}}}\n" for name, provider in zip(names, providers, strict=True)
    )
    text = f"model_tiers:\n  ladder: [{', '.join(names)}]\n  tiers:\n{tiers}{RULES.replace('fast', 'a')}"
    assert problems(tmp_path, policy=text) == ([f"unlisted: {expected}"] if expected else [])


@pytest.mark.parametrize(
    ("kinds", "kind", "expected"),
    [
        ("", "outrage", ["unlisted: the kind `outrage` is almost `outage`, which is another kind"]),
        ("", "tools", ["unlisted: the kind `tools` is almost `tool`, which is another kind"]),
        ("", "Capacity", ["unlisted: the kind `Capacity` is almost `capacity`, which is another kind"]),
        ("", "empty_answer", []),
        ("  kinds: [empty_answer]\n", "empty_answer", []),
        ("  kinds: [empty_answer]\n", "other", ["unlisted: the kind `other` is not in `kinds`"]),
        *[("  kinds: [empty_answer]\n", kind.value, []) for kind in FailureKind],
        *[("", kind.value, []) for kind in FailureKind],
    ],
)
def test_a_kind_that_nothing_reports_is_a_warning(kinds: str, kind: str, expected: list[str], tmp_path: Path) -> None:
    """The kinds that models record are always known; `kinds` adds those of the application, and closes the list."""
    text = TIERS + kinds + outcome_rule(f"{{kind: {kind}}}")
    assert problems(tmp_path, policy=text) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("review", "preview"), 1),
        (("review", "review", "preview"), 1),
        (("review", "review", "preview", "preview"), 0),
        (("writer", "waiter"), 0),
        (("test", "text"), 0),
    ],
)
def test_words_that_are_used_on_purpose_are_two_words(names: tuple[str, ...], expected: int, tmp_path: Path) -> None:
    """Nobody makes the same mistake twice, and of a short word, a replaced letter makes another word."""
    condition = ", ".join(f"{{$and: [{{phase: {name}}}, {{role: r{number}}}]}}" for number, name in enumerate(names))
    policy = TIERS + tier_rule(f"{{$or: [{condition}]}}")
    found = problems(tmp_path, policy=policy)
    assert len(found) == sum("almost" in problem for problem in found) == expected, found


def test_rules_are_compared_with_lists(tmp_path: Path) -> None:
    """The phase and the triad of a rule are names like those of tables."""
    condition = "{$and: [{phase: [planning, exection]}, {$neq: {triad: layuot}}]}"
    text = TIERS + "  phases: [planning, execution]\n  triads: [layout]\n" + tier_rule(condition)
    assert problems(tmp_path, policy=text) == [
        "unlisted: the phase `exection` is not in `phases`",
        "unlisted: the triad `layuot` is not in `triads`",
    ]


def test_lists_change_no_decision(tmp_path: Path) -> None:
    """A policy with lists has the revision that it has without them."""
    plain = load(tmp_path, policy=COMPLETE)
    closed = load(tmp_path, policy=TIERS + "  phases: [planning]\n  triads: [layout]\n  kinds: [own]\n" + RULES)
    assert closed.revision == plain.revision
    assert (closed.model_tiers.phases, closed.model_tiers.triads, closed.model_tiers.kinds) == (
        ("planning",), ("layout",), ("own",)
    )  # fmt: skip
    names = listed_names(closed)
    assert names.problem("phase", "planing") == NameProblem(
        "unlisted", "the phase `planing` is not in `phases`", "did you mean `planning`?"
    )
    assert names.problem("kind", "own") is names.problem("phase", None) is names.problem("phase", "") is None


@pytest.mark.parametrize("word", ["none", "None", "NULL", "nil", "n/a", "no phase", "no_phase"])
@pytest.mark.parametrize("what", ["phase", "kind"])
def test_a_word_for_no_name_is_a_warning(what: str, word: str, tmp_path: Path) -> None:
    """`phase: none` is a phase of that name, in tables, rules, tests and commands; a list says that it is meant."""
    word = word.replace("phase", what)
    warned = [f"unlisted: the {what} `{word}` is a name like any other, and does not mean that there is no {what}"]
    condition = f"{{{what}: '{word}'}}"
    rule = tier_rule(condition) if what == "phase" else outcome_rule(condition)
    assert problems(tmp_path, policy=TIERS + rule) == warned
    assert problems(tmp_path, policy=f"{TIERS}  {what}s: ['{word}']\n{rule}") == []
    if what == "phase":
        assert problems(tmp_path, policy=f"{TIERS}  phase_overrides: {{'{word}': {{}}}}\n{RULES}") == warned
    problem = listed_names(load(tmp_path, policy=COMPLETE)).problem(what, word)
    assert problem is not None
    assert (f"{problem.code}: {problem.message}", problem.help) == (warned[0], f"leave the {what} out to give none")


@pytest.mark.parametrize("word", ["any", "All", "every"])
@pytest.mark.parametrize("what", ["role", "phase", "triad", "kind"])
def test_a_word_for_every_name_is_a_warning(what: str, word: str, tmp_path: Path) -> None:
    """`role: any` is a role of that name, as `*` is."""
    condition = f"{{{what}: {word}}}"
    rule = outcome_rule(condition) if what == "kind" else tier_rule(condition)
    found = problems(tmp_path, policy=TIERS + rule)
    assert found == [f"wildcard: the {what} `{word}` looks like a pattern, but a name is compared letter by letter"]
    if what != "role":
        assert problems(tmp_path, policy=f"{TIERS}  {what}s: [{word}]\n{rule}") == []
    problem = listed_names(load(tmp_path, policy=COMPLETE)).problem(what, word)
    assert problem is not None
    assert problem.code == "wildcard"


WORDS = st.text("abcdefgh_-1", min_size=1, max_size=12)


@given(WORDS, st.lists(WORDS, max_size=5))
def test_a_near_miss_is_another_name_that_is_close(name: str, known: list[str]) -> None:
    """The near miss is never the name itself, and is found in both directions."""
    meant = near_miss(name, known)
    assert meant is None or (meant in known and meant != name and near_miss(meant, [name]) == name)


@pytest.mark.parametrize("name", ["execution", "orchestrator", "code_execution", "planning"])
def test_every_single_typo_is_a_near_miss(name: str) -> None:
    """A letter that is left out, doubled, replaced, or exchanged with its neighbour leads back to the name."""
    for index in range(len(name)):
        typos = [name[:index] + name[index + 1 :], name[:index] + name[index] + name[index:]]
        typos += [
            name[:index] + "x" + name[index + 1 :],
            name[:index] + name[index : index + 2][::-1] + name[index + 2 :],
        ]
        assert [near_miss(typo, [name, "other"]) for typo in typos if typo != name] == [
            name for typo in typos if typo != name
        ]


NOTHING_MATCHES = (
    "names have no wildcards: list them; if this is the whole name, add `# resolver: ignore[wildcard]` to the line"
)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        (["team_a", "team_b", "other"], "names have no wildcards: list them, `{triad: [team_a, team_b]}`"),
        (["team_a", "team_*"], "names have no wildcards: list them, `{triad: [team_a]}`"),
        (["other"], NOTHING_MATCHES),
    ],
)
def test_pattern_of_triads_leads_to_those_of_entries(entries: list[str], expected: str, tmp_path: Path) -> None:
    """A rule's pattern is explained by the triads in `escalation_state`, whose own names are not reported for it."""
    state = "  escalation_state:\n" + "".join(f"    '{name}:critic': general\n" for name in entries)
    rule = tier_rule("{triad: 'team_*'}")
    warnings = load(tmp_path, policy=TIERS + state + rule).warnings
    in_rule = [warning for warning in warnings if warning.place.text == "'team_*'"]
    assert [warning.help for warning in in_rule] == [expected]


def test_very_many_patterns_are_not_compared_with_very_many_names(tmp_path: Path) -> None:
    """The help names no triads where that would take patterns times names, which is hours for 100,000 entries."""
    names = [f"team_{number}{'*' if number % 2 else ''}" for number in range(1_000)]
    state = "  escalation_state:\n" + "".join(f"    '{name}:critic': general\n" for name in names)
    warnings = load(tmp_path, policy=TIERS + state + RULES).warnings
    assert [warning.help for warning in warnings] == [NOTHING_MATCHES] * 500


@pytest.mark.parametrize("name", ["50% off", "Ready?", "what_if?", "~tmp", "Q or A", "price_$", "Bed, Bath"])
def test_a_name_with_a_sign_is_no_pattern_unless_it_means_other_names(name: str, tmp_path: Path) -> None:
    """Percent, question mark, tilde, dollar, comma and `or` occur in names."""
    rule = tier_rule(f"{{phase: '{name}'}}")
    assert problems(tmp_path, policy=TIERS + rule) == []


@pytest.mark.parametrize(
    ("name", "meant"),
    [("Q or A", "Q, A"), ("plan%", "planning"), ("plannin?", "planning"), ("~planning", "planning")],
)
def test_a_name_that_means_other_names_is_a_pattern(name: str, meant: str, tmp_path: Path) -> None:
    """With the names that it means, a sign is that of a pattern."""
    phases = "  phase_overrides: {planning: {}, Q: {}, A: {}}\n"
    [warning] = load(tmp_path, policy=TIERS + phases + tier_rule(f"{{phase: '{name}'}}")).warnings
    assert (warning.code, warning.help) == (
        "wildcard", f"names have no wildcards: list them, `{{phase: [{meant}]}}`"
    )  # fmt: skip
    problem = listed_names(load(tmp_path, policy=TIERS + phases + RULES)).problem("phase", name)
    assert problem is not None
    assert problem.code == "wildcard"


@pytest.mark.parametrize("vocabulary", ["phase", "triad", "kind"])
@pytest.mark.parametrize("name", ["Team (50%)", "Q or A", "team_*", "a|b", "any", "!x"])
def test_a_listed_name_is_never_a_pattern(vocabulary: str, name: str, tmp_path: Path) -> None:
    """A list says that a name is meant, whatever signs it has."""
    condition = f"{{{vocabulary}: '{name}'}}"
    rule = outcome_rule(condition) if vocabulary == "kind" else tier_rule(condition)
    assert problems(tmp_path, policy=f"{TIERS}  {vocabulary}s: ['{name}', Q, A, team_1]\n{rule}") == []


def test_a_misspelled_name_is_found_among_many(tmp_path: Path) -> None:
    """With more names than are compared, the first are compared still."""
    phases = "".join(f"    phase_{number}_{'x' * (number % 30)}: {{}}\n" for number in range(400))
    text = TIERS + f"  phase_overrides:\n    executoin: {{}}\n    execution: {{}}\n{phases}" + RULES
    assert any("is almost" in problem for problem in problems(tmp_path, policy=text))


@pytest.mark.parametrize(("name", "noun"), [("phases", "phase"), ("triads", "triad"), ("kinds", "kind of failure")])
def test_an_empty_list_of_names_is_an_error(name: str, noun: str, tmp_path: Path) -> None:
    """An empty list would not close anything, although it says that there are no such names."""
    with pytest.raises(PolicyError) as caught:
        load(tmp_path, policy=f"{TIERS}  {name}: []\n{RULES}")
    [problem] = caught.value.diagnostics
    assert (problem.code, problem.message) == ("empty", f"`model_tiers.{name}` is empty")
    assert problem.help == f"name every {noun}, or leave the list out to allow any"
