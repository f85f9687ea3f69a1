"""The shape of a file of policy tests, as the JSON Schema with which editors check it."""

from __future__ import annotations

from typing import Any

from resolver.domain.facts import LARGEST_INTEGER
from resolver.schema.conditions import NAMES

CASE_KEYS = ("triad", "role", "phase", "escalated_tier", "facts", "expect", "history")
STEP_KEYS = ("result", "kind", "phase", "facts", "ran_on", "times", "expect")
EXPECT_KEYS = ("tier", "rule", "models")
REPORT_KEYS = ("effect", "rule", "strikes", "to", "tier")
EFFECTS = ("count", "reset", "ignore", "hold", "escalate")
MOST_TIMES = 1_000
"""The largest number of repetitions of one step of a history."""

Schema = dict[str, Any]


def schema_of_tests() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a `*_test.yaml`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Policy tests",
        "description": "What a policy must answer, case by case; `resolver test` runs them.",
        **_mapping({"tests": {**_of_names("test"), "description": "Name to test."}}, required=["tests"]),
        "$defs": {
            **{name: NAMES[name] for name in ("name", "term", "role")},
            "facts": {
                "type": ["object", "null"],
                "description": "Facts of the policy's own that the application gives.",
                "propertyNames": {"pattern": "^[^$.\\u0000]+$"},
                "additionalProperties": {
                    "anyOf": [
                        _ref("term"),
                        {"type": "integer", "minimum": -LARGEST_INTEGER, "maximum": LARGEST_INTEGER},
                        {"type": "null"},
                    ]
                },
            },
            "test": _test(),
            "outcome": _outcome(),
            "answer": _answer(),
            "report": _report(),
        },
    }


def _ref(name: str, description: str = "", *, optional: bool = False) -> Schema:
    schema: Schema = {"$ref": f"#/$defs/{name}"}
    if optional:
        schema = {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "description": description} if description else schema


def _mapping(properties: Schema, required: list[str] | None = None) -> Schema:
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": required} if required else schema


def _of_names(definition: str) -> Schema:
    return {"type": "object", "additionalProperties": _ref(definition), "propertyNames": _ref("term")}


def _several(name: str, description: str, *, optional: bool) -> Schema:
    several: list[Schema] = [_ref(name), {"type": "array", "minItems": 1, "items": _ref(name)}]
    return {"anyOf": [*several, *([{"type": "null"}] if optional else [])], "description": description}


def _given(name: str) -> Schema:
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


def _some(properties: Schema) -> Schema:
    return {**_mapping(properties), "anyOf": [_given(name) for name in properties]}


def _test() -> Schema:
    properties = {
        "triad": _several("name", "The triad, or a list; left out, one that no rule names.", optional=True),
        "role": _several("role", "The role, or a list of roles that are all to get the same.", optional=False),
        "phase": _several("name", "The phase, or a list; left out, no phase.", optional=True),
        "escalated_tier": _ref("term", "The tier that the triad's role is escalated to.", optional=True),
        "facts": _ref("facts"),
        "expect": _ref("answer", "What the request gets.", optional=True),
        "history": {
            "anyOf": [
                {"type": "array", "minItems": 1, "items": _ref("outcome"), "contains": _given("expect")},
                {"type": "null"},
            ],
            "description": "Outcomes, one after the other.",
        },
    }
    return {
        "description": "A request and its answer, or a history of outcomes.",
        **_mapping(properties, ["role"]),
        "oneOf": [_given("expect"), _given("history")],
    }


def _outcome() -> Schema:
    properties = {
        "result": {"enum": ["failure", "success"], "description": "What came of the work."},
        "kind": _ref("name", "What failed, in a word.", optional=True),
        "phase": _ref("name", "The phase; left out, the one of the test.", optional=True),
        "facts": _ref("facts"),
        "ran_on": _ref("term", "The tier that the work ran on; left out, the one in force.", optional=True),
        "times": {
            "anyOf": [{"type": "integer", "minimum": 1, "maximum": MOST_TIMES}, {"type": "null"}],
            "description": "How often in a row; what is expected holds after the last.",
        },
        "expect": _ref("report", "What the outcome does.", optional=True),
    }
    success = {"required": ["result"], "properties": {"result": {"const": "success"}}}
    return {
        "description": "An outcome that the application reports.",
        **_mapping(properties, ["result"]),
        "if": success,
        "then": {"properties": {"kind": {"type": "null"}}},
    }


def _answer() -> Schema:
    properties = {
        "tier": _ref("term", "The tier.", optional=True),
        "rule": _ref("term", "The rule that decides.", optional=True),
        "models": {
            "anyOf": [
                {**_of_names("term"), "minProperties": 1},
                {"type": "null"},
            ],
            "description": "Provider to model id; providers that are left out may be anything.",
        },
    }
    return {
        "description": "The tier, or more of the decision.",
        "anyOf": [_ref("term"), _some(properties)],
    }


def _report() -> Schema:
    properties = {
        "effect": {"enum": [*EFFECTS, None], "description": "What the outcome does."},
        "rule": _ref("term", "The rule that decides.", optional=True),
        "strikes": {"type": ["integer", "null"], "minimum": 0, "description": "The streak after it."},
        "to": _ref("term", "The tier that it escalates to.", optional=True),
        "tier": _ref("term", "The tier that the same request gets from now on.", optional=True),
    }
    return {
        "description": "The effect, or more of what came of it.",
        "anyOf": [{"enum": list(EFFECTS)}, _some(properties)],
    }
