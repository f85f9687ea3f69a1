"""YAML text: reading into nodes with places, and changing one entry without touching any other byte."""

from resolver.yaml_text.quoting import quoted

__all__ = ["quoted"]
