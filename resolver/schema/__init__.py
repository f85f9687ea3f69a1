"""The shape of a policy file, once: pydantic checks it, and editors get it as a JSON Schema.

`shapes` and `jsonschema` are imported where they are needed, for pydantic takes longer to import than all the rest.
"""

from resolver.schema.conditions import OPERATORS
from resolver.schema.names import LONGEST_NAME, RESERVED, name_problem

__all__ = ["LONGEST_NAME", "OPERATORS", "RESERVED", "name_problem"]
