"""The JSON Schema of conditions and effects, in which every mapping has exactly one key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resolver.domain import Fact, Integer, Ladder, OpenText, RulesetName, vocabulary
from resolver.domain.facts import BUILT_IN, LARGEST_INTEGER
from resolver.schema.names import LONGEST_NAME, RESERVED
from resolver.schema.options import OPTIONS_BY_HAND

Schema = dict[str, Any]

OPERATORS: dict[str, str] = {
    "$neq": "the fact is present and is not this value",
    "$lt": "the number is less than this",
    "$lte": "the number is at most this",
    "$gt": "the number is greater than this",
    "$gte": "the number is at least this",
    "$ex": "the fact is present",
    "$nex": "the fact is absent",
    "$and": "all of these conditions hold",
    "$or": "at least one of these conditions holds",
}
"""Every operator of a condition, and its meaning."""
EFFECTS: dict[str, str] = {
    "count": "the failure counts",
    "reset": "the streak ends; the tier stays",
    "ignore": "nothing changes, not even the streak",
    "hold": "the streak ends; the tier stays, and the caller learns that the policy held it",
}
"""Every effect of an outcome that names no tier, and its meaning."""
EXPECTED_EFFECTS = {**EFFECTS, "escalate": "the role of this triad rises to a tier, for good"}
"""Every effect that a test can expect, and its meaning."""
TARGETS: dict[str, str] = {
    "tier": "The request runs on this tier, or on the tier that the fact holds.",
    "escalate_to": "The role of this triad rises to this tier, or to the tier that the fact holds, for good.",
}
"""Every key of an effect that names a tier, and its meaning."""

FACTS = {
    "triad": "The triad's name.",
    "role": "The agent's role in its triad.",
    "phase": "The phase; absent if the request has none.",
    "role_default": "The tier in `role_defaults`; absent if the role has none.",
    "phase_override": "The tier in `phase_overrides`; absent if the phase and role have none.",
    "escalated_tier": "The tier in `escalation_state`; absent if the triad's role has none.",
    "result": "The result of the work.",
    "kind": "The kind of failure; absent on a success.",
    "strikes": "Consecutive failures, including this one; absent on a success.",
    "failed_tier": "The highest tier that failed in this streak.",
    "next_tier": "One tier above `failed_tier`; absent at the top.",
    "raised_tier": "The tier to which an escalation can go without lowering the subject; absent if there is none.",
}
"""Every fact that all policies have, and its meaning."""

_TEXT: Schema = {"type": "string", "maxLength": LONGEST_NAME}
NAMES: dict[str, Schema] = {
    "name": {**_TEXT, "pattern": "^[^\\u0000]*$"},
    "term": {**_TEXT, "pattern": "^[^\\u0000]+$"},
    "role": {**_TEXT, "pattern": "^[^:\\u0000]*$"},
    "subject": {**_TEXT, "pattern": "^[^\\u0000]*:[^\\u0000]*$"},
    "fact_name": {**_TEXT, "pattern": "^[^$.\\u0000]+$", "not": {"enum": sorted(BUILT_IN.union(RESERVED))}},
}
"""Kinds of text, by the name that the shapes refer to."""

_REFERENCE: Schema = {
    "type": "object",
    "properties": {"$m": {"type": "string", "minLength": 1, "description": "Another fact of the same event."}},
    "required": ["$m"],
    "additionalProperties": False,
}
INTEGER: Schema = {"type": "integer", "minimum": -LARGEST_INTEGER, "maximum": LARGEST_INTEGER}
"""An integer that rules can compare."""
_ANY_VALUE: Schema = {"anyOf": [{"$ref": "#/$defs/name"}, INTEGER]}
_ORDER = ("$lt", "$lte", "$gt", "$gte")


def _value(fact: Fact) -> Schema:
    if isinstance(fact.domain, Integer):
        return {"type": "integer", "minimum": fact.domain.lowest, "maximum": fact.domain.highest_literal}
    if isinstance(fact.domain, OpenText):
        return {"$ref": f"#/$defs/{'term' if fact.name == 'phase' else 'name'}"}
    return {"enum": list(fact.domain.values)} if fact.domain.values else {"$ref": "#/$defs/term"}


def _comparable(fact: Fact) -> list[Schema]:
    """Return the facts that the fact can be compared with for equality: only closed texts with each other."""
    return [_value(fact)] if isinstance(fact.domain, Integer | OpenText) else [_value(fact), _REFERENCE]


def _one_key(own: Mapping[str, Schema | bool], additional: Schema, names: Schema) -> Schema:
    """Return the schema of a mapping with exactly one key.

    Its bounds are in `allOf`: beside `properties`, they keep editors from completing the keys.
    """
    bounds = {"minProperties": 1, "maxProperties": 1, "propertyNames": names}
    return {"type": "object", "properties": own, "additionalProperties": additional, "allOf": [bounds]}


def _condition(ruleset: RulesetName) -> Schema:
    """Return the schema of the conditions of a ruleset: its built-in facts, and any fact that a policy may declare."""
    facts = vocabulary(ruleset, Ladder(()), {})
    foreign = {"not": {"enum": sorted(BUILT_IN.difference(facts).union(RESERVED))}}
    fact_names = {"pattern": "^[^$.]+$", **foreign}
    parts = {"type": "array", "minItems": 1, "items": {"$ref": f"#/$defs/{ruleset}_condition"}}
    unequal = {name: {"anyOf": _comparable(fact)} for name, fact in facts.items()}
    order = {name: _value(fact) if isinstance(fact.domain, Integer) else False for name, fact in facts.items()}
    operands: dict[str, Schema] = {
        "$neq": _one_key(unequal, {"anyOf": [_ANY_VALUE, _REFERENCE]}, fact_names),
        **dict.fromkeys(_ORDER, _one_key(order, INTEGER, fact_names)),
        **dict.fromkeys(("$ex", "$nex"), _one_key({key: {"const": 1} for key in facts}, {"const": 1}, fact_names)),
        **dict.fromkeys(("$and", "$or"), parts),
    }
    equal = {
        name: {
            "description": FACTS[name],
            "anyOf": [*_comparable(fact), {"type": "array", "minItems": 1, "items": _value(fact)}],
        }
        for name, fact in facts.items()
    }
    own = {**{name: {"description": OPERATORS[name], **operand} for name, operand in operands.items()}, **equal}
    extra = {"anyOf": [_ANY_VALUE, {"type": "array", "minItems": 1, "items": _ANY_VALUE}, _REFERENCE]}
    description = "`{fact: value}`, `{fact: [one, of, these]}`, `{fact: {$m: other_fact}}`, or an operator."
    names = {"pattern": "^(?:[^$.]+|" + "|".join(f"\\{name}" for name in OPERATORS) + ")$", **foreign}
    return {"description": description, **_one_key(own, extra, names)}


def _pattern(ruleset: RulesetName) -> Schema:
    event = {
        "type": "object",
        "properties": {"m": {"$ref": f"#/$defs/{ruleset}_condition"}},
        "required": ["m"],
        "additionalProperties": False,
    }
    return {"type": "array", "minItems": 1, "maxItems": 1, "items": event}


def _targeted(key: str) -> Schema:
    target = {"anyOf": [{"$ref": "#/$defs/term"}, _REFERENCE]}
    own = {"properties": {key: target}, "required": [key], "additionalProperties": False}
    return {"title": key.replace("_", " "), "type": "object", **own}


BY_HAND: dict[str, Schema] = {
    **NAMES,
    **OPTIONS_BY_HAND,
    **{f"{ruleset}_condition": _condition(ruleset) for ruleset in RulesetName},
    **{f"{ruleset}_pattern": _pattern(ruleset) for ruleset in RulesetName},
    "tier_effect": _targeted("tier"),
    "outcome_effect": {"anyOf": [{"enum": [*EFFECTS]}, _targeted("escalate_to")]},
}
"""Definitions of the JSON Schema, by the name that the shapes refer to."""
