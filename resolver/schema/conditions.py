"""The JSON Schema of conditions and effects, which pydantic cannot express: every object has exactly one key."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

OPERATORS: dict[str, str] = {
    "$neq": "the fact is there and is not this value",
    "$lt": "the number is less than this",
    "$lte": "the number is at most this",
    "$gt": "the number is greater than this",
    "$gte": "the number is at least this",
    "$ex": "the fact is there",
    "$nex": "the fact is not there",
    "$and": "all of these conditions hold",
    "$or": "at least one of these conditions holds",
}
"""Every operator of a condition, and what it says."""

_REFERENCE: Schema = {
    "type": "object",
    "properties": {"$m": {"type": "string", "description": "Another fact of the same event."}},
    "required": ["$m"],
    "additionalProperties": False,
}
_VALUE: Schema = {"type": ["string", "integer"], "maxLength": 1023}
_PARTS: Schema = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/condition"}}


def _about_one_fact(value: Schema) -> Schema:
    names = {"pattern": "^[^$.]+$"}
    return {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "propertyNames": names,
        "additionalProperties": value,
    }


_OPERANDS: dict[str, Schema] = {
    "$neq": _about_one_fact({"anyOf": [_VALUE, _REFERENCE]}),
    **{operator: _about_one_fact({"type": "integer"}) for operator in ("$lt", "$lte", "$gt", "$gte")},
    **{operator: _about_one_fact({"const": 1}) for operator in ("$ex", "$nex")},
    **dict.fromkeys(("$and", "$or"), _PARTS),
}

_CONDITION: Schema = {
    "description": "`{fact: value}`, `{fact: [one, of, these]}`, `{fact: {$m: other_fact}}`, or an operator.",
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "properties": {name: {"description": OPERATORS[name], **operand} for name, operand in _OPERANDS.items()},
    "patternProperties": {
        "^[^$]": {"anyOf": [_VALUE, {"type": "array", "minItems": 1, "items": _VALUE}, _REFERENCE]},
    },
    "additionalProperties": False,
}

_PATTERN: Schema = {
    "type": "array",
    "minItems": 1,
    "maxItems": 1,
    "items": {
        "type": "object",
        "properties": {"m": {"$ref": "#/$defs/condition"}},
        "required": ["m"],
        "additionalProperties": False,
    },
}


def _targeted(key: str) -> Schema:
    target = {"anyOf": [{"type": "string", "minLength": 1}, _REFERENCE]}
    return {"type": "object", "properties": {key: target}, "required": [key], "additionalProperties": False}


BY_HAND: dict[str, Schema] = {
    "condition": _CONDITION,
    "pattern": _PATTERN,
    "tier_effect": _targeted("tier"),
    "outcome_effect": {"anyOf": [{"enum": ["count", "reset", "ignore", "hold"]}, _targeted("escalate_to")]},
}
"""Definitions of the JSON Schema by the name under which the shapes refer to them."""
