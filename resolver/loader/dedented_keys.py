"""Finds keys that are beside the entry that they belong to, because their lines are not indented far enough."""

from __future__ import annotations

from resolver.diagnostics import listed
from resolver.loader.key_help import column_before
from resolver.loader.problems import Problems
from resolver.loader.tree import child, entries, items
from resolver.schema.kinds import Path
from resolver.schema.shapes import allowed_keys
from resolver.yaml_text.nodes import Mapping, Node, Scalar, is_null

_KINDS = {"rulesets": "rule", "facts": "fact", "model_tiers": "tier"}
"""The entries of the mapping that a section has, for people."""


class DedentedKeys:
    """Reports keys of rules, tiers and facts that are beside these, once for each mapping of such entries."""

    def __init__(self, root: Mapping, problems: Problems) -> None:
        self.root = root
        self.problems = problems
        self.names: dict[Path, dict[str, Scalar]] = {}
        self.reported: set[Path] = set()

    def report(self, path: Path, value: Node) -> bool:
        """Report the keys if `path` leads to one, or to the entry that they have left empty; return whether it does."""
        holder = _holder(path)
        names = self.beside(holder) if holder else {}
        if not holder or not names or not (path[len(holder)] in names or is_null(value)):
            return False
        if holder not in self.reported:
            self.reported.add(holder)
            self._add(holder, list(names.values()))
        return True

    def has_moved(self, rule: Path, name: str) -> bool:
        """Return whether a rule lacks a key that is beside it, or in its pattern."""
        patterns = items(child(self.root, *map(str, rule), "all"))
        within = [*patterns, *(inner for pattern in patterns if (inner := child(pattern, "m")) is not None)]
        return name in self.beside(rule[:2]) or any(key.text == name for part in within for key, _ in entries(part))

    def beside(self, holder: Path) -> dict[str, Scalar]:
        """Return the keys that are beside the entries at `holder`.

        A key of a rule never names a rule. That of a tier or a fact may be a name, unless an entry before is empty.
        """
        if holder not in self.names:
            keys, names, is_after_empty = allowed_keys((*holder, "*")), {}, holder[0] == "rulesets"
            for key, value in entries(child(self.root, *map(str, holder))):
                if key.text in keys and is_after_empty:
                    names[key.text] = key
                is_after_empty = is_after_empty or is_null(value)
            self.names[holder] = names
        return self.names[holder]

    def _add(self, holder: Path, keys: list[Scalar]) -> None:
        kind, first = _KINDS[str(holder[0])], keys[0]
        node = child(self.root, *map(str, holder))
        assert node is not None
        empty = [key.text for key, value in entries(node) if is_null(value) and key.place.line < first.place.line]
        column = column_before(first, holder, node)
        if column:
            where = f"to column {column[1]}, as line {column[2]}"
        else:
            where = f"under `{empty[-1]}`" if empty else f"under the {kind}'s name"
        one, message = "it", f"`{first.text}` is a key of a {kind}, not a {kind}"
        if len(keys) > 1:
            one, message = "them", f"{listed([key.text for key in keys])} are keys of a {kind}, not {kind}s"
        self.problems.add("unknown-key", message, first, f"indent {one} {where}")


def _holder(path: Path) -> Path | None:
    """Return the path of the mapping of rules, tiers or facts that `path` leads into, None if it leads elsewhere."""
    length = 1 if path[:1] == ("facts",) else 2
    is_inside = path[:1] in (("facts",), ("rulesets",)) or path[:2] == ("model_tiers", "tiers")
    return path[:length] if is_inside and len(path) > length else None
