"""Warns of plain names that this reader takes for text, and a YAML 1.1 reader for another type."""

from __future__ import annotations

import re

from resolver.diagnostics import Diagnostic, Level, legible
from resolver.yaml_text.nodes import Scalar

_KINDS = (
    ("a boolean", re.compile(r"(?:y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)\Z")),
    ("a number", re.compile(r"[-+]?0b[01_]+\Z|[-+]?0[0-7_]+\Z|[-+]?[0-9][0-9_]*\Z|[-+]?0x[0-9a-fA-F_]+\Z")),
    ("a number", re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")),
    ("a number", re.compile(r"[-+]?(?:[0-9][0-9_]*)?\.[0-9_]+(?:[eE][-+]?[0-9]+)?\Z|[-+]?[0-9][0-9_]*\.\Z")),
    ("a date", re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9:.]+[ \tZ0-9:+-]*)?\Z")),
    ("a mark of YAML", re.compile(r"<<\Z|=\Z")),
)
"""The types of YAML 1.1's type repository, each with its pattern."""

MAY_BE_AMBIGUOUS = re.compile(r"[-+.0-9<=]|[yYnNoO][a-zA-Z]{0,2}\Z")
"""The start of each name that can be one of these types; few names have it."""


def ambiguous(key: Scalar) -> Diagnostic | None:
    """Return a warning if `key` is plain and a YAML 1.1 reader takes it for another type than text."""
    if not MAY_BE_AMBIGUOUS.match(key.text) or key.source.text[key.start : key.start + 1] in ('"', "'"):
        return None
    kind = next((kind for kind, pattern in _KINDS if pattern.match(key.text)), None)
    if kind is None:
        return None
    message = f"the plain name `{key.text}` is text here, and {kind} to readers of YAML 1.1"
    return Diagnostic("ambiguous", legible(message), key.place, f'write "{key.text}", in quotes', Level.WARNING)
