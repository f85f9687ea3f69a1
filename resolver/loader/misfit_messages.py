"""Reports misfits, the places where a policy has not the shape that it should have, in an author's words."""

from __future__ import annotations

from math import isfinite

from resolver.diagnostics import Diagnostic, Place, closest
from resolver.domain import DEFAULT_LADDER
from resolver.loader.dedented_keys import DedentedKeys
from resolver.loader.integers import integer_help
from resolver.loader.key_help import key_help
from resolver.loader.misplaced_values import misplaced_value_help
from resolver.loader.options import KEYS_ELSEWHERE, hide
from resolver.loader.problems import Problems
from resolver.loader.shape_words import CLOSING, EXPECTED, OUTSIDE, SEVERAL_EVENTS, TIMES
from resolver.loader.tree import child, entries, entry, is_spread
from resolver.schema.kinds import Misfit, Number, Path
from resolver.schema.options import is_secret
from resolver.schema.shapes import POLICY, allowed_keys
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence, is_merge, is_null, kind_of, resolved

_RULE_KEYS = allowed_keys(("rulesets", "tier", "*"))
Corrected = dict[int, tuple[str, Diagnostic]]
"""Misspelled keys, by the identity of their nodes: the key that was meant, and the diagnostic that says so."""


class MisfitReport:
    """Reports misfits.

    Args:
        root: All sections.
        first: The place of a missing section.
        problems: Gets the diagnostics.
    """

    def __init__(self, root: Mapping, first: Place, problems: Problems) -> None:
        self.root = root
        self.first = first
        self.problems = problems
        self.misspelt: set[Path] = set()
        self.has_rule_at_root = False
        self.dedented = DedentedKeys(root, problems)
        self.tiers = [name.text for name, _ in entries(child(root, "model_tiers", "tiers"))] or DEFAULT_LADDER
        self.corrected: Corrected = {}
        self.named: dict[int, dict[str, tuple[Node, Node]]] = {}

    def add(self, misfit: Misfit) -> None:
        """Report a misfit; a misspelled key is in `corrected` afterwards."""
        what, path, is_key, problem = misfit
        key, value = self.at(path)
        where = key if is_key and key else value
        if self.dedented.report(path, value):
            return
        if what == "missing":
            self.missing(path)
        elif what == "unknown":
            self.unknown(path, key or value)
        elif what == "range":
            self.outside(path, value)
        elif what in EXPECTED:
            self.wrong_type(path, key, value, *EXPECTED[what])
        elif what == "empty":
            self.empty(path, is_key, key, where)
        elif what == "colon" and is_null(value) and not str(path[-1]).endswith(":"):
            return  # the value is reported as missing
        elif what == "colon":
            message = f"the role `{path[-1]}` has a colon, which ends the triad in `triad:role`"
            help = "rename it; a row holds for every triad, and a rule can decide for one"
            self.problems.add("colon", message, where, help)
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
        if len(path) == 4 and path[0] == "rulesets" and self.dedented.has_moved(path[:3], name):
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
        if len(path) == 1 and name in _RULE_KEYS:
            if self.has_rule_at_root:
                return  # it belongs to the same rule
            self.has_rule_at_root = True
        if len(path) == 4 and path[0] == "rulesets" and name in SEVERAL_EVENTS:
            message = f"`{name}` matches several events, and a decision sees only one"
            self.problems.add("pattern", message, key, SEVERAL_EVENTS[name])
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
            if (noun == "ruleset" or closest(name, [instead])) and self.fits(path, key, instead):
                self.corrected[id(key)] = instead, self.problems.found[-1]

    def fits(self, path: Path, key: Node, meant: str) -> bool:
        """Return whether the value at `path` can be read as that of the key `meant`, which is not given otherwise."""
        holder, value = self.at(path[:-1])[1], self.at(path)[1]
        given = self.entries(holder).get(meant) if isinstance(holder, Mapping) else None
        if given is not None and (given[0].source is key.source or not is_spread((*path[:-1], meant))):
            return False
        known = allowed_keys((*path[:-1], meant))
        keys = [key.text for key, _ in value.named()] if isinstance(value, Mapping) else []
        return not known or any(self.problems.closest(key, known) for key in keys)

    def outside(self, path: Path, value: Node) -> None:
        name, kind = str(path[-1]), POLICY.at(path)
        if isinstance(kind, Number) and (bounds := kind.range()):
            help = OUTSIDE[name]
            if isinstance(value, Scalar) and isinstance(value.value, float) and not isfinite(value.value):
                help = integer_help(value)
            message = f"{_shown(value)} is outside {bounds}, the range of `{name}`"
        else:
            message = f"{_shown(value)} is less than 1, the lowest `{name}`"
            help = "write at least 1, or remove the key to have no limit"
        self.problems.add("range", message, value, help)

    def wrong_type(self, path: Path, key: Node | None, value: Node, expected: str, help: str) -> None:
        if value.tag is not None:
            return  # the tag is refused, and its meaning is unknown
        if isinstance(value, Mapping) and any(isinstance(resolved(name), Mapping) for name, _ in value.entries):
            return  # the key is refused, and the value is not what it seems
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
            help = misplaced_value_help(path, key, value, expected, self.tiers) or "write a text, or remove it"
        elif expected in ("an integer", "a number"):
            help = integer_help(value, is_time=path[-1] in TIMES)
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
            noun = CLOSING.get(path)
            help = f"name every {noun}, or leave the list out to allow any" if noun else "write something, or remove it"
            self.problems.add("empty", f"{subject} is empty", where, help)

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
