"""Checks plain data against the shapes, and reports misfits in an author's words."""

from __future__ import annotations

from math import isfinite

from resolver.diagnostics import Diagnostic, Place, closest
from resolver.loader.integers import integer_help
from resolver.loader.key_help import column_before, key_help
from resolver.loader.misplaced_values import misplaced_value_help
from resolver.loader.options import KEYS_ELSEWHERE, hide
from resolver.loader.problems import Problems
from resolver.loader.tree import entry, is_spread, plain
from resolver.schema.kinds import Misfit, Path
from resolver.schema.options import is_secret
from resolver.schema.shapes import POLICY, allowed_keys
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence, is_merge, is_null, kind_of, resolved

_EXPECTED = {
    "text": ("text", "put it in quotes if it is meant as text"),
    "number": ("a number", "write it in digits, without quotes"),
    "integer": ("an integer", "write it in digits, without quotes, a point or leading zeros"),
    "boolean": ("a boolean", "write `true` or `false`, without quotes"),
    "mapping": ("a mapping", "write `name: …` lines under it, indented"),
    "keys": ("a mapping", "write `key: …` lines under it, indented"),
    "list": ("a list", "write `[one, two]`"),
}
"""The expected value and what to do, by what is wrong."""

_RANGES = {
    "pri": ("0 to 65,535", "lower numbers are asked first"),
    "cool_down": ("0 to 86,400", "write seconds; with 0 a provider that failed keeps its place"),
    "timeout": ("0 to 3,600 (without 0)", "write seconds; a call that takes longer fails"),
}
"""The numbers for a key, and what to do about another number, if the shape has bounds."""

_RULE_KEYS = ("pri", "all", "run", "because")
_SEVERAL_EVENTS = {
    "any": "write `all: [{m: {$or: […]}}]`",
    "count": "failures in a row are the fact `strikes`: `{$gte: {strikes: 3}}`",
    "cap": "remove it",
    "span": "remove it",
}
"""Features of durable-rules that policies cannot use, and what to write instead."""


Respelt = dict[int, tuple[str, Diagnostic]]
"""Misspelled keys, by the identity of their nodes: the key that was meant, and the diagnostic that says so."""


def check_shape(root: Mapping, first: Place, problems: Problems) -> Respelt:
    """Report every missing or unknown key and every value of a wrong type; a missing section is placed at `first`.

    Returns:
        The misspelled keys whose values are what the key that was meant holds.
    """
    data = plain(root, problems)
    if not isinstance(data, dict):
        return {}
    found: list[Misfit] = []
    POLICY.check({name: value for name, value in data.items() if value is not None}, (), found)
    report = _Report(root, first, problems)
    for one in sorted(found, key=lambda one: one.what == "missing"):  # a misspelled key is not missing as well
        report.add(one)
    return report.respelt


class _Report:
    def __init__(self, root: Mapping, first: Place, problems: Problems) -> None:
        self.root = root
        self.first = first
        self.problems = problems
        self.misspelt: set[Path] = set()
        self.dedented: set[tuple[int | str, int | str]] = set()
        self.respelt: Respelt = {}
        self.named: dict[int, dict[str, tuple[Node, Node]]] = {}

    def add(self, found: Misfit) -> None:
        what, path, is_key, problem = found
        key, value = self.at(path)
        where = key if is_key and key else value
        if what == "missing":
            self.missing(path)
        elif what == "unknown":
            self.unknown(path, key or value)
        elif what == "range":
            self.outside(str(path[-1]), value)
        elif what in _EXPECTED:
            self.wrong_type(path, key, value, *_EXPECTED[what])
        elif what == "empty":
            self.empty(path, is_key, key, where)
        elif what == "colon" and is_null(value) and not str(path[-1]).endswith(":"):
            return  # the value is reported as missing
        elif what == "colon":
            message = f"the role `{path[-1]}` has a colon, which ends the triad in `triad:role`"
            self.problems.add("colon", message, where, "rename it")
        else:
            message = f"this {'name' if is_key else 'value'} {problem}"
            self.problems.add("name", message, where, "choose a shorter, plain one")

    def at(self, path: Path) -> tuple[Node | None, Node]:
        """Return the key and the value at the end of `path`, or as far along it as there are values."""
        key: Node | None = None
        node: Node = self.root
        for part in path:
            if isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
                key, node = None, resolved(node.items[part])
            elif isinstance(node, Mapping) and (match := self.entries(node).get(str(part))):
                key, node = match[0], resolved(match[1])
            else:
                break
        return key, node

    def entries(self, node: Mapping) -> dict[str, tuple[Node, Node]]:
        if id(node) not in self.named:
            written = [(resolved(entry[0]), entry) for entry in reversed(node.entries)]
            self.named[id(node)] = {key.text: entry for key, entry in written if isinstance(key, Scalar)}
        return self.named[id(node)]

    def missing(self, path: Path) -> None:
        name = str(path[-1])
        if path in self.misspelt:
            return
        if len(path) == 4 and path[0] == "rulesets" and (path[2] in _RULE_KEYS or (path[1], name) in self.dedented):
            return
        if len(path) == 1:
            help = "write it in one of the files of the policy; `resolver init` makes a complete policy to start from"
            written = entry(self.root, name)
            message = f"the section `{name}` is {'empty' if written else 'missing'}"
            self.problems.add("missing-section", message, written[0] if written else self.first, help)
            return
        key, holder = self.at(path[:-1])
        merges = isinstance(holder, Mapping) and any(is_merge(*written) for written in holder.entries)
        if not merges:
            message = f"`{_name(path[:-1])}` has no `{name}`"
            self.problems.add("missing-key", message, key or holder, f"add `{name}:` to it")

    def unknown(self, path: Path, key: Node) -> None:
        name = str(path[-1])
        if len(path) == 4 and path[0] == "rulesets" and path[2] in _RULE_KEYS:
            self.belongs_to_rule(path[:3])
            return
        if len(path) == 4 and path[0] == "rulesets" and name in _SEVERAL_EVENTS:
            message = f"`{name}` joins several events, and a decision looks at one"
            self.problems.add("pattern", message, key, _SEVERAL_EVENTS[name])
            self.misspelt.add((*path[:-1], "all"))
            return
        if is_secret(name):
            hide(self.at(path)[1])
            if _setting(path):
                message = f"`{name}` in `{_name(path[:-1])}` holds a key"
                self.problems.add("secret", message, key, KEYS_ELSEWHERE)
                return
        written, value = self.at(path)
        holder = self.at(path[:-1])[1]
        written = resolved(written) if written is not None else None
        assert isinstance(written, Scalar)
        help, meant = key_help(written, value, path[:-1], holder, self.problems)
        if meant is not None:
            self.misspelt.update(meant[:length] for length in range(1, len(meant) + 1))
        noun = "section" if len(path) == 1 else "ruleset" if path[0] == "rulesets" and len(path) == 2 else "key"
        where = f" in `{_name(path[:-1])}`" if len(path) > 1 else ""
        self.problems.add("unknown-key", f"unknown {noun} `{name}`{where}", key, help)
        if meant is not None and meant[:-1] == path[:-1] and not is_secret(name):
            instead = str(meant[-1])
            if closest(name, [instead]) and self.fits(path, key, instead):
                self.respelt[id(key)] = instead, self.problems.found[-1]

    def fits(self, path: Path, key: Node, meant: str) -> bool:
        """Return whether the value at `path` can be read as that of the key `meant`, which is not given otherwise."""
        holder, value = self.at(path[:-1])[1], self.at(path)[1]
        given = self.entries(holder).get(meant) if isinstance(holder, Mapping) else None
        if given is not None and (given[0].source is key.source or not is_spread((*path[:-1], meant))):
            return False
        known = allowed_keys((*path[:-1], meant))
        keys = [key.text for key, _ in value.named()] if isinstance(value, Mapping) else []
        return not known or any(self.problems.closest(key, known) for key in keys)

    def belongs_to_rule(self, path: Path) -> None:
        """Report a key of a rule that stands beside the rules."""
        if path[1:] in self.dedented:
            return
        self.dedented.add((path[1], path[2]))
        key, _ = self.at(path)
        holder = self.at(path[:2])[1]
        key = resolved(key) if key is not None else None
        assert isinstance(key, Scalar)
        column = column_before(key, path[:2], holder)
        where = f" to column {column[1]}, as line {column[2]}" if column else " under the rule's name"
        self.problems.add("unknown-key", f"`{key.text}` is a key of a rule, not a rule", key, f"indent it{where}")

    def outside(self, name: str, value: Node) -> None:
        if name in _RANGES:
            bounds, help = _RANGES[name]
            if isinstance(value, Scalar) and isinstance(value.value, float) and not isfinite(value.value):
                help = integer_help(value)
            message = f"{_shown(value)} is outside {bounds}, the range of `{name}`"
        else:
            message = f"{_shown(value)} is less than 1, the lowest `{name}`"
            help = "write at least 1, or leave it out if there is no such limit"
        self.problems.add("range", message, value, help)

    def wrong_type(self, path: Path, key: Node | None, value: Node, expected: str, help: str) -> None:
        if value.tag is not None:
            return  # the tag is refused, and its meaning is unknown
        if len(path) == 3 and path[0] == "rulesets" and path[2] in _RULE_KEYS:
            self.belongs_to_rule(path)
            return
        if is_null(value) and _is_list_of_models(path):
            self.no_providers(path, key or value)
            return
        if _setting(path) == "limits":
            expected, help = "`none` or a mapping", "write `none`, or `requests_per_minute: …` lines under it"
        nothing = is_null(value) and not (isinstance(value, Scalar) and value.text)
        subject = f"`{_name(path)}`"
        if nothing:
            message = f"{subject} has no value, but {expected} is expected"
        elif isinstance(value, Scalar) and _setting(path) != "api_key_env":
            message = f"{_shown(value)} is {kind_of(value)}, but {expected} is expected for {subject}"
        else:
            message = f"{subject} is {kind_of(value)}, but {expected} is expected"
        written_key = key.text if isinstance(key, Scalar) else ""
        plain, colon, rest = written_key.partition(":")
        if nothing and colon and rest and plain and not _setting(path):
            help = f"a colon needs a space after it: `{plain}: {'…' if is_secret(plain) else rest}`"
        elif expected == "text" and (is_null(value) or not isinstance(value, Scalar)):
            help = misplaced_value_help(path, key, value, expected) or "write a text, or remove it"
        elif expected in ("an integer", "a number"):
            help = integer_help(value)
        elif (written := misplaced_value_help(path, key, value, expected)) is not None:
            help = written
        self.problems.add("type", message, value, help)

    def empty(self, path: Path, is_key: bool, key: Node | None, where: Node) -> None:
        if is_key and len(path) == 3 and path[1] == "phase_overrides":
            message = "a phase's name is empty, which means no phase"
            self.problems.add("empty", message, where, "put it into `role_defaults`")
        elif _is_list_of_models(path) and not is_key:
            self.no_providers(path, key or where)
        else:
            subject = "this name" if is_key else f"`{_name(path)}`"
            if isinstance(path[-1], int):
                subject = f"an item of {subject}"
            self.problems.add("empty", f"{subject} is empty", where, "write something, or remove it")

    def no_providers(self, path: Path, where: Node) -> None:
        message = f"the tier `{path[-2]}` has no providers"
        self.problems.add("no-providers", message, where, "give a provider and its model id")


def _setting(path: Path) -> int | str | None:
    """Return the setting of a provider at `path`, None if another value is there."""
    return path[3] if len(path) == 4 and path[:2] == ("model_tiers", "providers") else None


def _is_list_of_models(path: Path) -> bool:
    return len(path) == 4 and path[1] == "tiers" and path[3] == "providers"


def _is_model(path: Path) -> bool:
    return len(path) == 5 and _is_list_of_models(path[:4])


def _shown(node: Node) -> str:
    return f"`{node.text}`" if isinstance(node, Scalar) and node.text else "an empty text"


def _name(path: Path) -> str:
    return ".".join(part for part in path if isinstance(part, str))
