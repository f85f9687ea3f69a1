"""Help for unknown keys: the key that was meant, or the place where the key belongs."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import NamedTuple

from resolver.diagnostics import listed, near_miss
from resolver.domain.facts import BUILT_IN
from resolver.loader.foreign.operator_help import help_for_operator
from resolver.loader.foreign.operator_names import meanings
from resolver.loader.key_synonyms import meant_at
from resolver.loader.problems import Problems
from resolver.loader.tree import entries, entry
from resolver.schema import OPERATORS
from resolver.schema.kinds import Path
from resolver.schema.options import is_secret
from resolver.schema.shapes import allowed_keys
from resolver.yaml_text.nodes import Mapping, Node, Scalar, resolved

_HOMES: tuple[tuple[str, Path], ...] = (
    ("model_tiers", ("model_tiers",)),
    ("rulesets", ("rulesets",)),
    ("a tier of `model_tiers`", ("model_tiers", "tiers", "*")),
    ("a provider in `providers` of `model_tiers`", ("model_tiers", "providers", "*")),
    ("the `limits` of a provider", ("model_tiers", "providers", "*", "limits")),
    ("a rule", ("rulesets", "tier", "*")),
    ("a fact in `facts`", ("facts", "*")),
)
"""Mappings with fixed keys, by their names for people."""
_MOST_ENTRIES = 200
"""The largest mapping whose entries help with an unknown key in it."""


Help = tuple[str, Path | None]
"""The help for a key, and the path of the key that is meant, None if that is not known."""


def key_help(key: Scalar, value: Node, path: Path, holder: Node, problems: Problems) -> Help:
    """Return the help for an unknown key, and the path of the key that is meant.

    Args:
        key: The unknown key.
        value: Its value.
        path: The path of the mapping that has the key.
        holder: That mapping.
        problems: Limits the names that are compared.

    """
    name, allowed = key.text, allowed_keys(path)
    if not isinstance(holder, Mapping) or len(holder.entries) > _MOST_ENTRIES:
        holder = Mapping(key.source, 0, 0, 0)  # neighbours would be looked at again for each key
    given = {other.text: other for other, _ in entries(holder) if other.source is key.source}
    free = [other for other in allowed if other not in given]
    plain, colon, rest = name.partition(":")
    if colon and rest and plain in allowed:
        return f"a colon needs a space after it: `{plain}: {'…' if is_secret(plain) else rest}`", (*path, plain)
    folded = name.lower().replace("-", "_").replace(" ", "_")
    meant = meant_at(path, name, given)
    if folded in allowed:
        meant = folded
    if path[:1] == ("facts",) and folded in ("type", "bool", "boolean"):
        help, meant = _type_help(value if folded == "type" else key, given.keys())
        return help, (*path, meant) if meant else None
    meant = meant or near_miss(name, free)
    if meant is None:
        if (home := _home_help(key, value, path, holder)) is not None:
            return home
        meant = problems.closest(name, free) or problems.closest(name, allowed)
    if meant in given:
        return f"did you mean `{meant}`? it is given already, in line {given[str(meant)].place.line}", None
    if meant is not None:
        wrapped = _wrapped(meant, name, value) if path[:1] == ("rulesets",) and meant == "all" else None
        return wrapped or f"did you mean `{meant}`?", (*path, meant)
    return _near_home(name, path, problems) or (f"known: {listed(allowed)}", None)


def _type_help(value: Node, given: AbstractSet[str]) -> tuple[str, str | None]:
    """Return the help for the `type` of a fact."""
    kind = value.text.lower() if isinstance(value, Scalar) else ""
    if given & {"values", "enum", "options", "choices"}:
        return "remove it: facts with `values` are text", None
    if kind.startswith(("int", "num", "float", "long")):
        return "write `integer: true`", "integer"
    if kind.startswith("bool"):
        return 'write `values: ["no", "yes"]`: facts are text or integers', "values"
    return "list the values: `values: [a, b]`", "values"


def _wrapped(meant: str, name: str, value: Node) -> str:
    """Return the help for a condition that is the value of another key than `all`."""
    is_pattern = not isinstance(resolved(value), Mapping | Scalar)
    return f"did you mean `{meant}`?" if is_pattern else f"write `all: [{{m: …}}]` instead of `{name}: …`"


def _home_help(key: Scalar, value: Node, path: Path, holder: Node) -> Help | None:
    """Return the help for a key that is right elsewhere, None if it is right nowhere."""
    name = key.text
    if len(path) == 3 and path[0] == "rulesets" and (rule_key := _rule_key_help(name)) is not None:
        return rule_key[0], (*path, rule_key[1]) if rule_key[1] else None
    if not path and name == "config" and any(entry(value, section) for section in allowed_keys(())):
        return "remove it, and move its sections to the left margin: only an application's file has them there", (
            "model_tiers",
        )
    neighbour = column_before(key, path, holder)
    for home, place in _HOMES:
        if place != path and name in allowed_keys(place) and (len(place), *place[:2]) != (len(path), *path[:2]):
            where = f": indent it to column {neighbour.column}" if neighbour and neighbour.section == place[-1] else ""
            return f"it belongs under {home if ' ' in home else f'`{home}`'}{where}", (*place, name)
    if path and name in allowed_keys(()):
        return "it is a section: write it at the left margin of a file", (name,)
    if len(path) < 3 and path[:1] != ("facts",) and (ruleset := _ruleset_of(value)) is not None:
        return f"a rule belongs under {ruleset}", ("rulesets", "tier") if "tier" in ruleset else ("rulesets",)
    if neighbour is not None and _fits(neighbour.section, value):
        section, column, line = neighbour
        return f"if it belongs under `{section}`, indent it to column {column}, as line {line}", None
    is_model = isinstance(resolved(value), Scalar) and entry(holder, "providers") is None
    if len(path) == 3 and path[:2] == ("model_tiers", "tiers") and is_model:
        return f"a model belongs under `providers`: `providers: {{{name}: …}}`", (*path, "providers")
    if len(path) < 2:
        for place in (("model_tiers",), ("rulesets",)):
            meant = meant_at(place, name)
            if place != path and meant is not None:
                return f"did you mean `{meant}`? it belongs under `{place[0]}`", (*place, meant)
    return None


def _rule_key_help(name: str) -> tuple[str, str | None] | None:
    """Return the help for a key of a rule that belongs inside another key of it, and that key."""
    if name == "m":
        return "write `all: [{m: …}]`", "all"
    if name in ("tier", "escalate_to"):
        return f"write `run: {{{name}: …}}`", "run"
    joined = next((f"${meaning}" for meaning in meanings(name) if meaning in ("and", "or")), name)
    if joined != name or name in BUILT_IN or name in OPERATORS:
        return f"write `all: [{{m: {{{joined}: …}}}}]`", "all"
    if (help := help_for_operator(name)) is not None:
        return help, None
    if name in ("name", "id"):
        return "remove it: the key above is the rule's name", None
    if name in ("enabled", "disabled", "active"):
        return "remove it; to switch a rule off, make it a comment", None
    return None


def _ruleset_of(value: Node) -> str | None:
    """Return the ruleset that a rule belongs to by its effect; None if `value` is not a rule."""
    keys = {inner.text for inner, _ in entries(value)}
    if len(keys & {"pri", "all", "run"}) < 2:
        return None
    run = entry(value, "run")
    if run is None:
        return "`tier` or `outcome` of `rulesets`"
    return f"`{'tier' if entry(run[1], 'tier') else 'outcome'}` of `rulesets`"


class Neighbour(NamedTuple):
    """A mapping before a key: its own key, and the column and the line of its first entry."""

    section: str
    column: int
    line: int


def column_before(key: Scalar, path: Path, holder: Node) -> Neighbour | None:
    """Return the preceding mapping whose entries start further right than `key`, None if there is none.

    Args:
        key: The key.
        path: The path of the mapping that has it.
        holder: That mapping.

    """
    before: tuple[Scalar, Node] | None = None
    for other, value in entries(holder):
        if other is key:
            break
        own = allowed_keys(path) or (() if other.text in allowed_keys((*path, other.text)) else (other.text,))
        if before is None or other.text in own:  # not another key that was meant for that mapping
            before = (other, value)
    if before is None or not isinstance(before[1], Mapping) or not before[1].entries:
        return None
    first = resolved(before[1].entries[0][0]).place
    in_block = first.source is key.source and before[0].place.line < first.line < key.place.line
    return Neighbour(before[0].text, first.column, first.line) if in_block and first.column > key.place.column else None


def _fits(section: str, value: Node) -> bool:
    """Return whether `value` may be an entry of this mapping with names of the author's own."""
    keys = {key.text for key, _ in entries(value)}
    if section == "role_defaults":
        return isinstance(resolved(value), Scalar)
    if section == "phase_overrides":
        return bool(keys) and not keys & {"providers", "description"}
    required = {"tiers": {"providers", "description"}, "facts": {"values", "integer", "description"}}
    return bool(keys & required.get(section, set()))


def _near_home(name: str, path: Path, problems: Problems) -> Help | None:
    """Return the help for a key that is another name of a limit, or close to a key elsewhere at the top."""
    if path[:2] == ("model_tiers", "providers") and (limit := meant_at((*path, "limits"), name)) is not None:
        return f"write `limits: {{{limit}: …}}`", (*path, "limits")
    for home, place in _HOMES[:2] if len(path) < 2 else ():
        if place != path and (meant := problems.closest(name, allowed_keys(place))) is not None:
            return f"did you mean `{meant}`? it belongs under `{home}`", (*place, meant)
    return None
