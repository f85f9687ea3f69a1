"""JSON Schemas of policy files, for editors."""

from __future__ import annotations

from typing import Any

from resolver.schema import conditions
from resolver.schema.shapes import BY_HAND, PolicyShape


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of one file of a policy directory, which may hold any of the sections."""
    schema = PolicyShape.model_json_schema()
    definitions = {name: tidied(body) for name, body in schema["$defs"].items()}
    tiers = definitions["ModelTiersShape"]
    del tiers["required"], tiers["properties"]["tiers"]["minProperties"]  # another file may have them
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Policy",
        "description": schema["description"],
        "type": "object",
        "properties": {name: _nullable(tidied(body)) for name, body in schema["properties"].items()},
        "additionalProperties": False,
        "$defs": {**definitions, **conditions.BY_HAND},
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


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]} if "$ref" in schema else schema


def tidied(schema: Any) -> Any:
    """Drop the titles that pydantic derives from attribute names, and refer to the definitions written by hand."""
    if isinstance(schema, list):
        return [tidied(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if BY_HAND in schema:
        described = {"description": schema["description"]} if "description" in schema else {}
        return {"$ref": f"#/$defs/{schema[BY_HAND]}", **described}
    return {
        key: {name: tidied(body) for name, body in value.items()} if key == "properties" else tidied(value)
        for key, value in schema.items()
        if key != "title" or not isinstance(value, str)
    }
