"""Where ruamel.yaml does not read YAML as the core schema of YAML 1.2 has it, or we refuse what it reads, and why."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from resolver.diagnostics import Diagnostic
from resolver.yaml_text.nodes import Node, Scalar


@dataclass(frozen=True)
class Otherwise:
    """Plain scalars that are text for us, and why."""

    name: str
    pattern: str
    type: type
    why: str
    examples: tuple[str, ...]

    def explains(self, node: Node, theirs: Any) -> bool:
        return (
            isinstance(node, Scalar)
            and node.value == node.text
            and re.fullmatch(self.pattern, node.text) is not None
            and isinstance(theirs, self.type)
        )


SCALARS = [
    Otherwise("leading-zeros", r"[-+]?0[0-9]+", int, "octal in YAML 1.1", ("010", "-00", "+08")),
    Otherwise("underscores", r"[-+]?[0-9._]*_[0-9._]*(e[0-9]+)?", int, "YAML 1.1", ("1_000", "0_1")),
    Otherwise("underscores-in-fractions", r"[-+]?[0-9._]*_[0-9._]*(e[0-9]+)?", float, "YAML 1.1", ("1_0.5",)),
    Otherwise("binary", r"[-+]?0b[01_]+", int, "YAML 1.1", ("0b11", "-0b1")),
    Otherwise("signed-base", r"[-+]0[xo][0-9a-fA-F_]+", int, "the core schema has no sign there", ("-0x1F", "+0o7")),
    Otherwise("dates", r"[-0-9]+(?:[Tt ].*)?", datetime.date, "YAML 1.1", ("2001-01-01", "2001-12-14t21:59:43Z")),
    Otherwise("non-specific-tag", r".*", object, "`!` says that it is text", ("! 1", "! ~", "!")),
]  # fmt: skip

_EMPTY_KEY = re.compile(r"(?:^|[\r\n])[ ]*(?:[-?] +|[&!][^ ]* +)*:(?:[ \r\n]|$)")
_Explains = Callable[[str, str, list[Diagnostic]], bool]
ONLY_OURS: dict[str, _Explains] = {
    "tabs, of which we warn": lambda _text, _why, found: any(one.code == "tab" for one in found),
    "the default value of YAML 1.1": lambda _text, why, _found: "2002:value" in why,
    "a merge of text": lambda text, why, _found: "<<" in text and "merg" in why,
    "a comment right after a block mark": lambda text, _why, _found: re.search(r"[|>][-+0-9]*#", text) is not None,
    "a number without digits": lambda _text, why, _found: "invalid literal for int" in why,
    "an anchor that ends with a colon": lambda text, _why, _found: re.search(r"&[\w-]+:", text) is not None,
    "a block that starts with some spaces": lambda _text, why, _found: "more indented follow up" in why,
}
"""What we read and ruamel.yaml refuses."""

ONLY_RUAMEL: dict[str, Callable[[str, list[Diagnostic]], bool]] = {
    "keys that are not text": lambda _text, errors: {one.code for one in errors} <= {"type", "duplicate-key"},
    "merge keys": lambda _text, errors: "merge-key" in {one.code for one in errors},
    "tags": lambda _text, errors: "tag" in {one.code for one in errors},
    "what cannot be seen": lambda text, _errors: re.search("[\x85\u2028\u2029\ufeff]", text) is not None,
    "a tab at the start of a block": lambda text, _errors: re.search(r"[|>][-+0-9]*\s+\t", text) is not None,
    "an anchor that is no word": lambda text, _errors: re.search(r"[&*][^\s]*[^\sA-Za-z0-9_-]", text) is not None,
    "a value in itself": lambda _text, errors: "inside the value that it names" in errors[0].message,
    "half of a surrogate pair": lambda _text, errors: "names no character" in errors[0].message,
    "an empty key": lambda text, _errors: _EMPTY_KEY.search(text) is not None,
}
"""What ruamel.yaml reads and we refuse."""
