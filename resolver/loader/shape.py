"""Hold plain data against the shapes, and say in an author's words where it does not fit."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from resolver.diagnostics import Place, did_you_mean
from resolver.loader.nodes import Mapping, Node, Scalar, Sequence, resolved
from resolver.loader.tree import Problems, kind_of, plain
from resolver.schema.shapes import PolicyShape, allowed_keys

_EXPECTED = {
    "string_type": "text",
    "int_type": "an integer",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "list_type": "a list",
}

_SEVERAL_EVENTS = {
    "any": "write `all: [{m: {$or: […]}}]`",
    "count": "failures in a row are the fact `strikes`: `{$gte: {strikes: 3}}`",
    "cap": "remove it",
    "span": "remove it",
}
"""What durable-rules can and this program cannot, and what to write instead."""


def check_shape(root: Mapping, first: Place, problems: Problems) -> None:
    """Note every missing or unknown key and every value of a wrong type; a missing section is placed at `first`."""
    data = plain(root, problems)
    if not isinstance(data, dict):
        return
    given = {name: value for name, value in data.items() if value is not None}
    try:
        PolicyShape.model_validate(given)
    except ValidationError as error:
        for found in error.errors(include_url=False, include_context=True):
            _report(found, root, first, problems)


def _report(found: ErrorDetails, root: Node, first: Place, problems: Problems) -> None:
    kind, loc, context = found["type"], found["loc"], found.get("ctx", {})
    is_key = bool(loc) and loc[-1] == "[key]"
    path = loc[:-1] if is_key else loc
    key, value = _at(root, path)
    name = _name(path)
    if kind == "missing":
        _missing(path, root, first, problems)
    elif kind == "extra_forbidden" and len(path) == 4 and path[0] == "rulesets" and path[3] in _SEVERAL_EVENTS:
        message = f"`{path[3]}` joins several events, and a decision looks at one"
        problems.add("pattern", message, key or value, _SEVERAL_EVENTS[str(path[3])])
    elif kind == "extra_forbidden":
        allowed = allowed_keys(path[:-1])
        guess = did_you_mean(str(path[-1]), allowed)
        what = "section" if len(path) == 1 else "ruleset" if path[0] == "rulesets" and len(path) == 2 else "key"
        where = f" in `{_name(path[:-1])}`" if len(path) > 1 else ""
        help = guess or f"known here: {', '.join(f'`{known}`' for known in allowed)}"
        problems.add("unknown-key", f"unknown {what} `{path[-1]}`{where}", key or value, help)
    elif kind in _EXPECTED:
        expected = _EXPECTED[kind]
        shown = (
            f"`{value.text}` is {kind_of(value)}"
            if isinstance(value, Scalar) and value.text
            else f"`{name}` has {kind_of(value)}"
        )
        help = (
            "put it in quotes if it is meant as text"
            if expected == "text" and isinstance(value, Scalar) and value.text
            else ""
        )
        problems.add(
            "type",
            f"{shown}, but {expected} is expected" + (f" for `{name}`" if "`" + name not in shown else ""),
            value,
            help,
        )
    elif kind in ("greater_than_equal", "less_than_equal"):
        problems.add(
            "range", f"`{name}` is {kind_of(value)} outside 0 to 65,535", value, "lower numbers are asked first"
        )
    elif kind in ("too_short", "string_too_short"):
        _empty(path, is_key, key, value, problems)
    elif kind == "colon":
        problems.add(
            "colon",
            f"the role `{path[-1]}` has a colon, which ends the triad in `triad:role`",
            key or value,
            "rename it",
        )
    else:
        what = "key" if is_key else "value"
        problems.add(
            "name",
            f"this {what} {context.get('problem', kind)}",
            (key if is_key else value) or root,
            "choose a shorter, plain name",
        )


def _missing(path: tuple[int | str, ...], root: Node, first: Place, problems: Problems) -> None:
    if len(path) == 1:
        help = "write it in one of the files of the policy; `resolver init` makes a complete policy to start from"
        problems.add("missing-section", f"the section `{path[0]}` is missing", first, help)
        return
    holder, value = _at(root, path[:-1])
    problems.add(
        "missing-key", f"`{_name(path[:-1])}` has no `{path[-1]}`", holder or value, f"add `{path[-1]}:` to it"
    )


def _empty(path: tuple[int | str, ...], is_key: bool, key: Node | None, value: Node, problems: Problems) -> None:
    if is_key and len(path) == 3 and path[1] == "phase_overrides":
        problems.add(
            "empty", "a phase's name is empty, which means no phase", key or value, "put it into `role_defaults`"
        )
    elif path[-1] == "providers":
        problems.add(
            "no-providers", f"the tier `{path[-2]}` has no providers", key or value, "give a provider and its model id"
        )
    else:
        what = "this name" if is_key else f"`{_name(path)}`"
        problems.add("empty", f"{what} is empty", (key if is_key else value) or value, "write something, or remove it")


def _name(path: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in path)


def _at(root: Node, path: tuple[int | str, ...]) -> tuple[Node | None, Node]:
    """Return the key and the value at the end of `path`, or of as much of it as there is."""
    key: Node | None = None
    node = resolved(root)
    for part in path:
        if isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            key, node = None, resolved(node.items[part])
        elif isinstance(node, Mapping):
            entry = next(((k, v) for k, v in node.entries if isinstance(k, Scalar) and k.text == part), None)
            if entry is None:
                break
            key, node = entry[0], resolved(entry[1])
    return key, node
