"""The shape of a policy file, once: pydantic checks it, and editors get it as a JSON Schema."""

from resolver.schema.conditions import OPERATORS
from resolver.schema.jsonschema import json_schema
from resolver.schema.shapes import PolicyShape, allowed_keys, name_problem

__all__ = ["OPERATORS", "PolicyShape", "allowed_keys", "json_schema", "name_problem"]
