"""JSON Schemas of policy files, for editors."""

from __future__ import annotations

from typing import Any

from resolver.schema import conditions
from resolver.schema.composite_kinds import definitions
from resolver.schema.shapes import MODEL_TIERS, POLICY

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of one file of a policy directory, which may hold any of the sections."""
    shapes = definitions(POLICY)
    policy = shapes.pop(str(POLICY.definition))
    tiers = shapes[str(MODEL_TIERS.definition)]
    del tiers["required"], tiers["properties"]["tiers"]["minProperties"]  # another file may have them
    sections = {
        name: {"anyOf": [each, {"type": "null"}]} if "$ref" in each else each
        for name, each in policy["properties"].items()
    }
    return {
        "$schema": DRAFT,
        "title": "Policy",
        "description": policy["description"],
        "type": "object",
        "properties": sections,
        "additionalProperties": False,
        "$defs": {**shapes, **conditions.BY_HAND},
    }


def application_schema() -> dict[str, Any]:
    """Return the JSON Schema of an application's single file: the policy's sections in it, and nothing about the rest.

    The sections may be at its root or under `config`.
    """
    policy = json_schema()
    sections = policy["properties"]
    return {
        "$schema": policy["$schema"],
        "title": "Application with a policy",
        "description": "An application's own file, with the sections of a policy at its root or under `config`.",
        "type": "object",
        "properties": {**sections, "config": {"properties": sections}},
        "$defs": policy["$defs"],
    }
