"""The schemas of bodies and of problems, by name, for the description of a server (OpenAPI)."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from resolver.json_forms.bodies import REFERENCE, ReportBody, RequestBody
from resolver.json_forms.problem_json import Problem

_, _SCHEMAS = models_json_schema(
    [(model, "validation") for model in (RequestBody, ReportBody, Problem)], ref_template=REFERENCE + "{model}"
)
ERRORS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem document",
        "content": {"application/problem+json": {"schema": {"$ref": REFERENCE + "Problem"}}},
    }
}
"""The answers of every call that are errors."""


def with_schemas(document: dict[str, Any]) -> dict[str, Any]:
    """Add the schemas that an OpenAPI document refers to and that the framework does not know; return it."""
    document["components"]["schemas"].update(_SCHEMAS["$defs"])
    return document
