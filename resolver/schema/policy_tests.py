"""The shape of a file of policy tests: its keys and bounds, and the JSON Schema with which editors check it."""

from __future__ import annotations

from typing import Any

from resolver.schema.composite_kinds import Either, Entries, Key, Keys, ListOf, definitions
from resolver.schema.conditions import EXPECTED_EFFECTS, INTEGER, NAMES
from resolver.schema.jsonschema import DRAFT
from resolver.schema.kinds import Anything, Choice, Number, Schema
from resolver.schema.options import EXPECTED_BY_HAND
from resolver.schema.shapes import NAME, ROLE, TERM

MOST_TIMES = 1_000
"""The largest number of repetitions of one step of a history."""

_FACTS: Schema = {
    "type": ["object", "null"],
    "description": "The policy's own facts, as the application gives them.",
    "propertyNames": {"pattern": "^[^$.\\u0000]+$"},
    "additionalProperties": {"anyOf": [{"$ref": "#/$defs/term"}, INTEGER, {"type": "null"}]},
}
FACTS_BY_HAND: dict[str, Schema] = {"facts": _FACTS}
"""The definition of the facts of a test, by the name that the shapes refer to."""

_EFFECT = Choice(*EXPECTED_EFFECTS)
_NAMES = Either(NAME, ListOf(NAME, filled=True), null=True)


def _given(name: str) -> Schema:
    """Return the schema of a mapping in which `name` has a value."""
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


_ANSWER = Keys(
    "answer",
    "The expected decision: one or more parts of it.",
    {
        "tier": Key(TERM, "The tier."),
        "rule": Key(TERM, "The rule that decides."),
        "models": Key(
            Entries(TERM, TERM, filled=True), "Provider to model id; a provider that is left out may have any model."
        ),
        "options": Key(Anything("expected_options"), null=False),
    },
    {"anyOf": [_given(name) for name in ("tier", "rule", "models", "options")]},
)

_REPORT = Keys(
    "effect",
    "The expected effect of an outcome: one or more parts of it.",
    {
        "effect": Key(_EFFECT, "The effect of the outcome."),
        "rule": Key(TERM, "The rule that decides."),
        "strikes": Key(Number(whole=True, lowest=0), "The length of the streak afterwards."),
        "to": Key(TERM, "The tier that it escalates to."),
        "tier": Key(TERM, "The tier that the same request gets from then on."),
    },
    {"anyOf": [_given(name) for name in ("effect", "rule", "strikes", "to", "tier")]},
)

_STEP = Keys(
    "step",
    "An outcome that the application reports.",
    {
        "result": Key(Choice("failure", "success"), "Whether the work failed or succeeded.", required=True),
        "kind": Key(NAME, "The kind of failure, in one word."),
        "phase": Key(NAME, "The phase. Default: the phase of the test."),
        "facts": Key(Anything("facts"), null=False),
        "ran_on": Key(TERM, "The tier that the work ran on. Default: the tier in force."),
        "times": Key(
            Number(whole=True, lowest=1, highest=MOST_TIMES),
            "The number of such outcomes in a row; `expect` is checked after the last.",
        ),
        "expect": Key(Either(_EFFECT, _REPORT, null=True), "The expected effect."),
    },
    {
        "if": {"required": ["result"], "properties": {"result": {"const": "success"}}},
        "then": {"not": _given("kind")},
    },
)

_CASE = Keys(
    "test",
    "A request and its answer, or a history of outcomes.",
    {
        "triad": Key(_NAMES, "The triad, or a list of triads. Default: a triad that no rule names."),
        "role": Key(
            Either(ROLE, ListOf(ROLE, filled=True)),
            "The role, or a list of roles that all get the same.",
            required=True,
        ),
        "phase": Key(_NAMES, "The phase, or a list of phases. Default: no phase."),
        "escalated_tier": Key(TERM, "The tier that the triad's role is escalated to."),
        "facts": Key(Anything("facts"), null=False),
        "expect": Key(Either(TERM, _ANSWER, null=True), "The expected answer to the request."),
        "history": Key(
            ListOf(_STEP, filled=True, more={"contains": _given("expect")}), "Outcomes, one after the other."
        ),
    },
    {"oneOf": [_given("expect"), _given("history")]},
)

TESTS = Keys(
    "policy_tests",
    "Expected answers of a policy, case by case; `resolver test` checks them.",
    {"tests": Key(Entries(TERM, _CASE), "Name to test.", required=True)},
)

CASE_KEYS, STEP_KEYS, EXPECT_KEYS, REPORT_KEYS = (tuple(kind.keys) for kind in (_CASE, _STEP, _ANSWER, _REPORT))


def schema_of_tests() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a `*_test.yaml`."""
    shapes = definitions(TESTS)
    file = shapes.pop(str(TESTS.definition))
    names = {name: NAMES[name] for name in ("name", "term", "role")}
    return {
        "$schema": DRAFT,
        "title": "Policy tests",
        **file,
        "$defs": {**names, **FACTS_BY_HAND, **EXPECTED_BY_HAND, **shapes},
    }
