"""Conditions in the form of other languages, and the condition that the help writes out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.domain import Fact, Integer, Ladder, RulesetName, Text, vocabulary
from resolver.loader.conditions import ConditionReader
from resolver.loader.foreign.foreign_conditions import suggestion
from resolver.loader.foreign.operator_help import help_for_operator
from resolver.loader.problems import Problems
from tests.loader.texts import document

LADDER = Ladder(("fast", "general", "reasoning"))
FACTS = {"preset": Fact("preset", Text(("solo", "team"))), "budget": Fact("budget", Integer())}
OUTCOME = vocabulary(RulesetName.OUTCOME, LADDER, FACTS)
TIER = vocabulary(RulesetName.TIER, LADDER, FACTS)
THREE = "{$gte: {strikes: 3}}"
BOTH = "{$and: [{result: failure}, {$gte: {strikes: 3}}]}"

MONGODB = {
    "{strikes: {$eq: 3}}": "{strikes: 3}",
    "{strikes: {$ne: 3}}": "{$neq: {strikes: 3}}",
    "{strikes: {$gt: 3}}": "{$gt: {strikes: 3}}",
    "{strikes: {$gte: 3}}": THREE,
    "{strikes: {$lt: 3}}": "{$lt: {strikes: 3}}",
    "{strikes: {$lte: 3}}": "{$lte: {strikes: 3}}",
    "{kind: {$in: [a, b]}}": "{kind: [a, b]}",
    "{kind: {$nin: [a, b]}}": "{$and: [{$neq: {kind: a}}, {$neq: {kind: b}}]}",
    "{kind: {$exists: true}}": "{$ex: {kind: 1}}",
    "{kind: {$exists: false}}": "{$nex: {kind: 1}}",
    "{kind: {$exists: 'yes'}}": "{$ex: {kind: 1}}",
    "{kind: {$exists: on}}": "{$ex: {kind: 1}}",
    "{kind: {$exists: 'true'}}": "{$ex: {kind: 1}}",
    "{kind: {$exists: 'False'}}": "{$nex: {kind: 1}}",
    "{kind: {$exists: 0}}": "{$nex: {kind: 1}}",
    "{$exists: {kind: yes}}": "{$ex: {kind: 1}}",
    "{$exists: {kind: no}}": "{$nex: {kind: 1}}",
    "{kind: {is_null: no}}": "{$ex: {kind: 1}}",
    "{kind: {$not: {$eq: a}}}": "{$neq: {kind: a}}",
    "{strikes: {$not: {$gte: 3}}}": "{$lt: {strikes: 3}}",
    "{strikes: {$gte: 2, $lt: 5}}": "{$and: [{$gte: {strikes: 2}}, {$lt: {strikes: 5}}]}",
    "{result: failure, strikes: {$gte: 3}}": BOTH,
    "{$and: [{result: failure}, {strikes: {$gte: 3}}]}": THREE,
    "{$or: [{kind: a}, {strikes: {$gte: 3}}]}": THREE,
    "{$nor: [{kind: a}, {strikes: {$gte: 3}}]}": "{$and: [{$neq: {kind: a}}, {$lt: {strikes: 3}}]}",
    "{$not: {kind: a}}": "{$neq: {kind: a}}",
    "{$expr: {$gte: [$strikes, 3]}}": THREE,
    "{failed_tier: {$gte: general}}": "{failed_tier: [general, reasoning]}",
}
JSONLOGIC = {
    "{'==': [{var: result}, failure]}": "{result: failure}",
    "{'===': [{var: result}, failure]}": "{result: failure}",
    "{'!=': [{var: result}, failure]}": "{$neq: {result: failure}}",
    "{'!==': [{var: kind}, a]}": "{$neq: {kind: a}}",
    "{'>': [{var: strikes}, 3]}": "{$gt: {strikes: 3}}",
    "{'>=': [{var: strikes}, 3]}": THREE,
    "{'<': [{var: strikes}, 3]}": "{$lt: {strikes: 3}}",
    "{'<=': [3, {var: strikes}]}": THREE,
    "{'<': [1, {var: strikes}, 5]}": "{$and: [{$gt: {strikes: 1}}, {$lt: {strikes: 5}}]}",
    "{in: [{var: kind}, [a, b]]}": "{kind: [a, b]}",
    "{'!': {var: kind}}": "{$nex: {kind: 1}}",
    "{'!': [{var: kind}]}": "{$nex: {kind: 1}}",
    "{'!!': {var: kind}}": "{$ex: {kind: 1}}",
    "{missing: [kind, phase]}": "{$or: [{$nex: {kind: 1}}, {$nex: {phase: 1}}]}",
    "{and: [{'==': [{var: result}, failure]}, {'>=': [{var: strikes}, 3]}]}": BOTH,
    "{or: [{'==': [{var: kind}, a]}, {'>=': [{var: strikes}, 3]}]}": "{$or: [{kind: a}, {$gte: {strikes: 3}}]}",
    "{'==': [{var: kind}, null]}": "{$nex: {kind: 1}}",
}
EXPRESSIONS = {
    "strikes >= 3": THREE,
    "m.strikes >= 3": THREE,
    "3 <= strikes": THREE,
    "result == 'failure' && strikes >= 3": BOTH,
    'result == "failure" and not strikes < 3': BOTH,
    "result = failure AND strikes >= 3": BOTH,
    "!(result == 'success') && strikes >= 3": "{$and: [{$neq: {result: success}}, {$gte: {strikes: 3}}]}",
    "kind == 'a' || kind == 'b'": "{$or: [{kind: a}, {kind: b}]}",
    "(kind == 'a' || has(phase)) && strikes > 2": (
        "{$and: [{$or: [{kind: a}, {$ex: {phase: 1}}]}, {$gt: {strikes: 2}}]}"
    ),
    "kind in ['a', 'b']": "{kind: [a, b]}",
    "kind IN ('a', 'b')": "{kind: [a, b]}",
    "kind not in ['a', 'b']": "{$and: [{$neq: {kind: a}}, {$neq: {kind: b}}]}",
    "!(kind in ['a', 'b'])": "{$and: [{$neq: {kind: a}}, {$neq: {kind: b}}]}",
    "has(m.kind)": "{$ex: {kind: 1}}",
    "!has(kind)": "{$nex: {kind: 1}}",
    "kind is not null": "{$ex: {kind: 1}}",
    "kind == null": "{$nex: {kind: 1}}",
    "1 < strikes < 5": "{$and: [{$gt: {strikes: 1}}, {$lt: {strikes: 5}}]}",
    "strikes between 3 and 5": "{$and: [{$gte: {strikes: 3}}, {$lte: {strikes: 5}}]}",
    "failed_tier >= general": "{failed_tier: [general, reasoning]}",
    "failed_tier != raised_tier": "{$neq: {failed_tier: {$m: raised_tier}}}",
}
VALUES = {
    "{strikes: '>= 3'}": THREE,
    "{strikes: '>=3'}": THREE,
    "{strikes: '> 2 and < 5'}": "{$and: [{$gt: {strikes: 2}}, {$lt: {strikes: 5}}]}",
    "{strikes: '!= 3'}": "{$neq: {strikes: 3}}",
    "{strikes: 3+}": THREE,
    "{strikes: 3 or more}": THREE,
    "{strikes: 3..5}": "{$and: [{$gte: {strikes: 3}}, {$lte: {strikes: 5}}]}",
    "{strikes: 3-5}": "{$and: [{$gte: {strikes: 3}}, {$lte: {strikes: 5}}]}",
    "{strikes: {min: 3, max: 5}}": "{$and: [{$gte: {strikes: 3}}, {$lte: {strikes: 5}}]}",
    "{strikes: {'>=': 3}}": THREE,
    "{strikes: {gte: 3}}": THREE,
    "{strikes: {between: [3, 5]}}": "{$and: [{$gte: {strikes: 3}}, {$lte: {strikes: 5}}]}",
    "{strikes: {between: [5, 3]}}": "{$and: [{$gte: {strikes: 3}}, {$lte: {strikes: 5}}]}",
    "{strikes: 5..3}": "{$and: [{$gte: {strikes: 3}}, {$lte: {strikes: 5}}]}",
    "{preset: '!solo'}": "{$neq: {preset: solo}}",
    "{preset: solo|team}": "{preset: [solo, team]}",
    "{preset: 'solo, team'}": "{preset: [solo, team]}",
    "{failed_tier: '>= general'}": "{failed_tier: [general, reasoning]}",
}
FORMS = {
    "{and: [{result: failure}, {$gte: {strikes: 3}}]}": BOTH,
    "{AND: [{result: failure}, {$gte: {strikes: 3}}]}": BOTH,
    "{'&&': [{result: failure}, {$gte: {strikes: 3}}]}": BOTH,
    "{all: [{result: failure}, {$gte: {strikes: 3}}]}": BOTH,
    "{$all: [{result: failure}, {$gte: {strikes: 3}}]}": BOTH,
    "{allOf: [{result: failure}, {$gte: {strikes: 3}}]}": BOTH,
    "{any: [{kind: a}, {kind: b}]}": "{$or: [{kind: a}, {kind: b}]}",
    "{'||': [{kind: a}, {kind: b}]}": "{$or: [{kind: a}, {kind: b}]}",
    "{not: {kind: a}}": "{$neq: {kind: a}}",
    "{none: [{kind: a}]}": "{$neq: {kind: a}}",
    "{gte: {strikes: 3}}": THREE,
    "{$ge: {strikes: 3}}": THREE,
    "{'>=': {strikes: 3}}": THREE,
    "{$gte: [strikes, 3]}": THREE,
    "{$between: {strikes: [3, 5]}}": "{$and: [{$gte: {strikes: 3}}, {$lte: {strikes: 5}}]}",
    "{$in: {kind: [a, b]}}": "{kind: [a, b]}",
    "{$nin: {kind: [a, b]}}": "{$and: [{$neq: {kind: a}}, {$neq: {kind: b}}]}",
    "{$neq: {kind: [a, b]}}": "{$and: [{$neq: {kind: a}}, {$neq: {kind: b}}]}",
    "{exists: kind}": "{$ex: {kind: 1}}",
    "{$exists: {kind: true}}": "{$ex: {kind: 1}}",
    "{$ex: kind}": "{$ex: {kind: 1}}",
    "{$ex: {kind: true}}": "{$ex: {kind: 1}}",
    "{fact: strikes, operator: '>=', value: 3}": THREE,
    "{field: kind, op: in, value: [a, b]}": "{kind: [a, b]}",
    "{strikes >= 3: true}": THREE,
    "[{result: failure}, {$gte: {strikes: 3}}]": BOTH,
    "{result: failure, $gte: {strikes: 3}}": BOTH,
    "{$and: {result: failure, $gte: {strikes: 3}}}": BOTH,
    "{failed_tier: {var: raised_tier}}": "{failed_tier: {$m: raised_tier}}",
}
UNAVAILABLE = """
    $type $jsonSchema $mod $regex $text $where $geoIntersects $geoWithin $near $nearSphere $elemMatch $size $box $center
    $bitsAllClear $bitsAllSet $bitsAnyClear $bitsAnySet $rand $comment $slice $meta $cmp $cond $ifNull $switch $add
    $subtract $multiply $divide $abs $strcasecmp $toLower $concat $map $filter $reduce $let $literal $function
    var missing missing_some if + - * / % max min map reduce filter all none some merge cat substr log in
    && || ! == != < <= > >= ?: size startsWith endsWith contains matches exists exists_one has type int string
    duration timestamp $not $mt $imt $sub $mul $div xor $xor
"""
"""Operators of MongoDB, JsonLogic, CEL and durable-rules, each of which must have help of its own."""


def _problems(text: str) -> Problems:
    problems = Problems()
    ConditionReader(OUTCOME, RulesetName.OUTCOME, LADDER, problems).read(document(text))
    return problems


@pytest.mark.parametrize(("text", "meant"), [*MONGODB.items(), *JSONLOGIC.items(), *VALUES.items(), *FORMS.items()])
def test_the_one_problem_writes_the_condition_out(text: str, meant: str) -> None:
    """A condition of another language is one problem, and its help has the condition as a policy writes it."""
    [problem] = _problems(text).found
    assert problem.help == f"write `{meant}`"


@pytest.mark.parametrize(("text", "meant"), EXPRESSIONS.items())
def test_an_expression_is_written_out(text: str, meant: str) -> None:
    """A condition that is a text, as in CEL, SQL or Python, is written out."""
    quoted = '"' + text.replace('"', '\\"') + '"'
    [problem] = _problems(quoted).found
    assert (problem.code, problem.help) == ("type", f"write `{meant}`")


ALL = {**MONGODB, **JSONLOGIC, **EXPRESSIONS, **VALUES, **FORMS}


@pytest.mark.parametrize("meant", sorted(set(ALL.values())))
def test_what_a_help_writes_out_is_a_condition(meant: str) -> None:
    """A condition that a help writes out has no problem."""
    assert _problems(meant).found == []


@pytest.mark.parametrize("operator", UNAVAILABLE.split())
def test_every_operator_has_help_of_its_own(operator: str) -> None:
    """An operator of another language gets help that says what to write, and never the name of another operator."""
    quoted = '"' + operator + '"'
    for text in (f"{{{quoted}: {{kind: x}}}}", f"{{{quoted}: [1, 2]}}", f"{{kind: {{{quoted}: [1, x]}}}}"):
        for problem in _problems(text).found:
            assert "did you mean" not in problem.help
            assert "known:" not in problem.help
            assert not problem.help.startswith("one of")
    assert help_for_operator(operator)


LEAVES = st.one_of(
    st.sampled_from(
        ["kind", "strikes", "role", "preset", "failed_tier", "nothing", ">= 3", "a|b", "!x", "3..5", "$kind"]
    ),
    st.integers(-5, 200),
    st.booleans(),
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
)
KEYS = """
    $and $or $not $nor $in $nin $exists and or not var == >= < ! !! in kind strikes role preset failed_tier $gte $eq
    fact operator value between missing $m $expr
"""
NESTED = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=3),
    max_leaves=8,
)


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}": {_flow(inner)}' for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(inner) for inner in value) + "]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return f'"{value}"' if isinstance(value, str) else str(value)


@pytest.mark.parametrize(
    "text",
    [
        "{kind: {kind: kind}}",
        "{kind: {phase: phase}}",
        "{kind: {fact: phase}}",
        "{kind: {var: role}}",
        "{failed_tier: {nothing: role}}",
        "{failed_tier: role}",
        "{failed_tier: $preset}",
        "{preset: {$eq: {var: failed_tier}}}",
        "{preset: {$m: [failed_tier]}}",
        "{'==': [{var: preset}, {var: failed_tier}]}",
        "'kind == phase'",
        "{failed_tier: {failed_tier: failed_tier}}",
        "{$neq: {kind: {phase: phase}}}",
    ],
)
def test_no_help_compares_what_cannot_be_compared(text: str) -> None:
    """A fact is offered for a comparison only if it has the values of the other, and is not the same."""
    for problem in _problems(text).found:
        assert "$m: " not in problem.help.replace("{$m: …}", "")


@given(NESTED)
def test_every_suggestion_is_a_condition(value: object) -> None:
    """Whatever an author writes: if it can be translated, the translation has no problem."""
    text = _flow(value)
    meant = suggestion(document(text), OUTCOME)
    if meant is not None:
        assert _problems(meant).found == []
    for problem in _problems(text).found:
        for written in re.findall(r"^write `(\{.*\})`$", problem.help):
            if "fact" not in written and "…" not in written:
                conditions = [f"{{{fact}: {written}}}" for fact in OUTCOME] if written.startswith("{$m:") else [written]
                assert any(_problems(condition).found == [] for condition in conditions), (text, problem)


@given(st.text("ab<>=!&|()[]',.\"3 strikeknd", max_size=40))
def test_an_expression_never_crashes(text: str) -> None:
    """Any text is either translated into a condition without problems, or not at all."""
    node = document('"' + text.replace("\\", "").replace('"', '\\"') + '"')
    meant = suggestion(node, OUTCOME)
    assert meant is None or _problems(meant).found == []


def test_a_long_condition_is_written_out_whole() -> None:
    """A condition is not cut where a name of its length would be."""
    text = "{role: critic, phase: planning, kind: something, preset: solo, strikes: {$gte: 3}, failed_tier: general}"
    [problem] = _problems(text).found
    assert problem.help.endswith("{$gte: {strikes: 3}}, {failed_tier: general}]}`")


@pytest.mark.parametrize("value", ["maybe", "2", "null", "[yes, no]"])
def test_existence_is_not_translated_unless_it_is_true_or_false(value: str) -> None:
    """A value that is neither true nor false has the help of the operator, and not the opposite of what is meant."""
    [problem] = _problems(f"{{kind: {{$exists: {value}}}}}").found
    assert problem.help == "write `{$ex: {fact: 1}}`"


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("{failed_tier: {$lt: fast}}", "`failed_tier` is text: no tier is below `fast`, so this never matches"),
        ("{$lt: {failed_tier: fast}}", "no tier is below `fast`, so this never matches"),
        (
            "{failed_tier: {$gt: reasoning}}",
            "`failed_tier` is text: no tier is above `reasoning`, so this never matches",
        ),
        ("{failed_tier: {$gt: fats}}", "`failed_tier` is text: name the tiers: `{failed_tier: [fast, general]}`"),
        ("{kind: {$gte: a}}", "`kind` is text: name the values: `{kind: [one, two]}`"),
        ("{$gte: {kind: a}}", "name the values: `{kind: [one, two]}`"),
        ("{strikes: {$gt: [2, 3]}}", "write `{$gt: {strikes: …}}`"),
        ("{preset: a|b}", "one of `solo`, `team`"),
        ("{kind: {$ex: 2}}", "write `{$ex: {kind: 1}}`"),
        ("{kind: {$and: [1, 2]}}", "write `$and: [{kind: …}, …]`"),
    ],
)
def test_the_help_for_an_operator_inside_of_a_fact_can_be_followed(text: str, help: str) -> None:
    """An order of texts is not moved around the fact, where it would be refused as well."""
    [problem] = _problems(text).found
    assert problem.help == help


def test_only_the_parts_of_and_and_or_are_conditions() -> None:
    """The operands of another operator with a list get no problems of their own."""
    [problem] = _problems("{missing_some: [1, [kind]]}").found
    assert problem.message == "unknown operator `missing_some`"
    messages = [problem.message for problem in _problems("{or: [{kidn: a}, {strikes: b}]}").found]
    assert len(messages) == 3
