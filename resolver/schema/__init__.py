"""The shape of a policy file, written once: pydantic checks files with it, and editors get it as a JSON Schema.

Callers import `shapes` and `jsonschema` inside the functions that use them, because pydantic takes longer to import
than the rest of the package.
"""

from resolver.schema.conditions import OPERATORS
from resolver.schema.names import LONGEST_NAME, RESERVED, name_problem

__all__ = ["LONGEST_NAME", "OPERATORS", "RESERVED", "name_problem"]
