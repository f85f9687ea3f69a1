"""Reads YAML text into nodes with positions, and changes one entry of a text and no other byte."""

from resolver.yaml_text.edit import quoted

__all__ = ["quoted"]
