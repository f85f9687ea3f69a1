"""The shape of a file of policy tests: its keys and bounds, and the JSON Schema with which editors check it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.config import ConfigDict, JsonDict

from resolver.domain.facts import LARGEST_INTEGER
from resolver.schema.conditions import NAMES
from resolver.schema.jsonschema import tidied
from resolver.schema.options import EXPECTED_BY_HAND
from resolver.schema.shapes import Name, Role, Shape, Term, by_hand

MOST_TIMES = 1_000
"""The largest number of repetitions of one step of a history."""

_INTEGER: JsonDict = {"type": "integer", "minimum": -LARGEST_INTEGER, "maximum": LARGEST_INTEGER}
_FACTS: JsonDict = {
    "type": ["object", "null"],
    "description": "The policy's own facts, as the application gives them.",
    "propertyNames": {"pattern": "^[^$.\\u0000]+$"},
    "additionalProperties": {"anyOf": [{"$ref": "#/$defs/term"}, _INTEGER, {"type": "null"}]},
}
_Facts = Annotated[dict[str, Any] | None, by_hand("facts")]
_Effect = Literal["count", "reset", "ignore", "hold", "escalate"]
_Triads = Annotated[list[Name], Field(min_length=1)]
_Roles = Annotated[list[Role], Field(min_length=1)]


def _given(name: str) -> JsonDict:
    """Return the schema of a mapping in which `name` has a value."""
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


class AnswerShape(Shape):
    """The expected decision: one or more parts of it."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [_given(name) for name in ("tier", "rule", "models", "options")]}
    )

    tier: Term | None = Field(None, description="The tier.")
    rule: Term | None = Field(None, description="The rule that decides.")
    models: Annotated[dict[Term, Term], Field(min_length=1)] | None = Field(
        None, description="Provider to model id; a provider that is left out may have any model."
    )
    options: Annotated[dict[str, Any] | None, by_hand("expected_options")] = None


class EffectShape(Shape):
    """The expected effect of an outcome: one or more parts of it."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [_given(name) for name in ("effect", "rule", "strikes", "to", "tier")]}
    )

    effect: _Effect | None = Field(None, description="The effect of the outcome.")
    rule: Term | None = Field(None, description="The rule that decides.")
    strikes: Annotated[int, Field(ge=0)] | None = Field(None, description="The length of the streak afterwards.")
    to: Term | None = Field(None, description="The tier that it escalates to.")
    tier: Term | None = Field(None, description="The tier that the same request gets from then on.")


class StepShape(Shape):
    """An outcome that the application reports."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"required": ["result"], "properties": {"result": {"const": "success"}}},
            "then": {"properties": {"kind": {"type": "null"}}},
        }
    )

    result: Literal["failure", "success"] = Field(description="Whether the work failed or succeeded.")
    kind: Name | None = Field(None, description="The kind of failure, in one word.")
    phase: Name | None = Field(None, description="The phase. Default: the phase of the test.")
    facts: _Facts = None
    ran_on: Term | None = Field(None, description="The tier that the work ran on. Default: the tier in force.")
    times: Annotated[int, Field(ge=1, le=MOST_TIMES)] | None = Field(
        None, description="The number of such outcomes in a row; `expect` is checked after the last."
    )
    expect: _Effect | EffectShape | None = Field(None, description="The expected effect.")


class CaseShape(Shape):
    """A request and its answer, or a history of outcomes."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [_given("expect"), _given("history")]})

    triad: Name | _Triads | None = Field(
        None, description="The triad, or a list of triads. Default: a triad that no rule names."
    )
    role: Role | _Roles = Field(description="The role, or a list of roles that all get the same.")
    phase: Name | _Triads | None = Field(None, description="The phase, or a list of phases. Default: no phase.")
    escalated_tier: Term | None = Field(None, description="The tier that the triad's role is escalated to.")
    facts: _Facts = None
    expect: Term | AnswerShape | None = Field(None, description="The expected answer to the request.")
    history: (
        Annotated[list[StepShape], Field(min_length=1, json_schema_extra={"contains": _given("expect")})] | None
    ) = Field(None, description="Outcomes, one after the other.")


class PolicyTestsShape(Shape):
    """Expected answers of a policy, case by case; `resolver test` checks them."""

    tests: dict[Term, CaseShape] = Field(description="Name to test.")


CASE_KEYS = tuple(CaseShape.model_fields)
STEP_KEYS = tuple(StepShape.model_fields)
EXPECT_KEYS = tuple(AnswerShape.model_fields)
REPORT_KEYS = tuple(EffectShape.model_fields)


def schema_of_tests() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a `*_test.yaml`."""
    schema = PolicyTestsShape.model_json_schema()
    definitions = {name: tidied(body) for name, body in schema["$defs"].items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Policy tests",
        "description": schema["description"],
        "type": "object",
        "properties": tidied(schema["properties"]),
        "required": schema["required"],
        "additionalProperties": False,
        "$defs": {
            **{name: NAMES[name] for name in ("name", "term", "role")},
            "facts": _FACTS,
            **EXPECTED_BY_HAND,
            **definitions,
        },
    }
