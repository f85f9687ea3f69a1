"""Reads the pattern of a rule: `all: [{m: condition}]`."""

from __future__ import annotations

from resolver.diagnostics import listed
from resolver.domain import Condition
from resolver.loader import foreign
from resolver.loader.conditions import ConditionReader
from resolver.loader.problems import Problems
from resolver.loader.tree import entries, entry, items
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence, is_null, kind_of

_REQUIREMENT = "a rule has exactly one pattern: `all: [{m: condition}]`"
_ALWAYS = "to match always, write `- m: {$ex: {role: 1}}`"
_NAMED = "the event is always named `m`"


class PatternReader:
    """Reads the patterns of the rules of one ruleset, whose conditions `conditions` reads."""

    def __init__(self, conditions: ConditionReader, problems: Problems) -> None:
        self.conditions = conditions
        self.problems = problems

    def read(self, rule: Node) -> Condition | None:
        """Return the condition of `rule`, or None after reporting what is wrong with its pattern."""
        written = entry(rule, "all")
        if written is None:
            return None  # reported by the shape check
        key, node = written
        patterns = items(node)
        if len(patterns) != 1:
            got = len(patterns) if isinstance(node, Sequence) else kind_of(node)
            help = self.joined_help(patterns) if patterns else self.no_list_help(node)
            self.problems.add("pattern", f"{_REQUIREMENT}, not {got}", key if is_null(node) else node, help)
            return None
        aliases = list(entries(patterns[0]))
        if not isinstance(patterns[0], Mapping) or len(aliases) != 1 or len(patterns[0].entries) != 1:
            self.problems.add("pattern", _REQUIREMENT, patterns[0], self.one_pattern_help(patterns[0]))
            return None
        alias, condition = aliases[0]
        if alias.text != "m":
            help = self.alias_help(alias, patterns[0])
            self.problems.add("pattern", f"the event is named `m`, not `{alias.text}`", alias, help)
            return None
        return self.conditions.read(condition)

    def meant(self, node: Node) -> str | None:
        return foreign.suggestion(node, self.conditions.vocabulary)

    def no_list_help(self, node: Node) -> str:
        """Return the help for `all` with another value than a list."""
        if is_null(node) or isinstance(node, Sequence):
            return _ALWAYS
        names = [key.text for key, _ in entries(node)]
        if names == ["m"]:
            inner = self.meant(next(iter(entries(node)))[1])
            return f"`all` is a list, and this needs a dash: `- m: {inner or '…'}`"
        if any(name.startswith("-") for name in names):
            return f"a dash needs a space after it: `- {names[0].lstrip('-')}: …`"
        inner = self.meant(node)
        return (
            f"`all` is a list with one pattern: `- m: {inner}`" if inner else f"write `- m: {{fact: value}}`; {_NAMED}"
        )

    def joined_help(self, patterns: list[Node]) -> str:
        """Return the help for several patterns: all their conditions in one."""
        conditions = [next(iter(entries(pattern)))[1] if _is_event(pattern) else pattern for pattern in patterns]
        meant = self.meant(Sequence(patterns[0].source, 0, 0, 0, items=conditions))
        return f"join the conditions inside it: `- m: {meant or '{$and: [{…}, {…}]}'}`"

    def one_pattern_help(self, pattern: Node) -> str:
        """Return the help for an item of `all` that is not a mapping with one key."""
        written = list(entries(pattern))
        names = [key.text for key, _ in written]
        if (moved := [name for name in names if name in ("pri", "run", "because")]) and "m" in names:
            belong = "belong to the rule: indent them" if len(moved) > 1 else "belongs to the rule: indent it"
            return f"{listed(moved)} {belong} like `all`"
        if names[:1] == ["m"] and len(written) > 1:
            rest = [pair for pair in written if not is_null(pair[1])]
            meant = self.meant(Mapping.of(pattern, [pair for pair in rest if pair[0].text != "m"]))
            if meant and len(rest) < len(written):
                return f"indent what belongs to `m` further, or write `- m: {meant}`"
            return f"{_NAMED}; join the conditions inside it: `- m: {{$and: [{{…}}, {{…}}]}}`"
        meant = self.meant(pattern)
        return f"write `- m: {meant}`" if meant else f"write `- m: {{fact: value}}`; {_NAMED}"

    def alias_help(self, alias: Scalar, pattern: Node) -> str:
        """Return the help for a pattern whose event has another name than `m`."""
        if alias.text.startswith("m "):
            return "write a colon after `m`: `- m: …`"
        if alias.text.startswith("m:"):
            return "a colon needs a space after it: `- m: …`"
        meant = self.meant(pattern)
        return f"write `- m: {meant}`" if meant else "write `m`"


def _is_event(pattern: Node) -> bool:
    """Return whether an item of `all` is a mapping with one key, which may be any name of an event."""
    written = list(entries(pattern))
    return len(written) == 1 and isinstance(written[0][1], Mapping | Sequence)
