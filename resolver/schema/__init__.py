"""The shape of a policy file, written once: the loader checks files with it, and editors get it as a JSON Schema."""

from resolver.schema.conditions import EFFECTS, EXPECTED_EFFECTS, FACTS, OPERATORS, TARGETS
from resolver.schema.names import LONGEST_NAME, RESERVED, name_problem

__all__ = ["EFFECTS", "EXPECTED_EFFECTS", "FACTS", "LONGEST_NAME", "OPERATORS", "RESERVED", "TARGETS", "name_problem"]
