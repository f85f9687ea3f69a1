"""Reads a tier: its models, each an id or a mapping of `id` and options."""

from __future__ import annotations

from resolver.domain import NO_OPTIONS, Options, Tier
from resolver.frozen import FrozenDict
from resolver.loader.options import read_options
from resolver.loader.problems import Problems, named_kind
from resolver.loader.tree import child, entries, entry, text
from resolver.schema import name_problem
from resolver.schema.options import REFUSED_OF_MODELS
from resolver.yaml_text.nodes import Mapping, Node, Scalar, is_merge, is_null

RETRIES = "remove it: the resolver turns retries off, and asks the next provider instead"
"""The help for `max_retries`."""
_REFUSED = {
    **dict.fromkeys(REFUSED_OF_MODELS, "write it for the provider, in `providers` of `model_tiers`"),
    "max_retries": RETRIES,
}


def read_tier(name: str, node: Node, order: tuple[str, ...], problems: Problems) -> Tier:
    """Return the tier in `node`, with its providers in the order to try them."""
    models: dict[str, str] = {}
    options: dict[str, Options] = {}
    for key, model in entries(child(node, "providers")):
        id = text(model)
        if isinstance(model, Mapping):
            id = _read_id(f"model_tiers.tiers.{name}.providers.{key.text}", key, model, problems)
            own = read_options(model, _REFUSED, problems, besides="id")
            if own:
                options[key.text] = own
        if id:
            models[key.text] = id
    ordered = {provider: models[provider] for provider in (*order, *models) if provider in models}
    frozen = FrozenDict(options) if options else NO_OPTIONS
    return Tier(name, text(child(node, "description")) or "", FrozenDict(ordered), frozen)


def _read_id(where: str, key: Scalar, model: Mapping, problems: Problems) -> str | None:
    """Return the id of a model with options, or None after reporting that it has none."""
    written = entry(model, "id")
    if written is None:
        if model.tag is None and not any(is_merge(*raw) for raw in model.entries):  # reported by the shape check
            problems.add("missing-key", f"`{where}` has no `id`", key, "write `id:` with the model id")
        return None
    value = written[1]
    id = text(value)
    if id and (problem := name_problem(id)):
        problems.add("name", f"this value {problem}", value, "choose a shorter, plain one")
    elif id == "":
        problems.add("empty", f"`{where}.id` is empty", value, "write the model id")
    elif id is None and value.tag is None:
        is_word = isinstance(value, Scalar) and not is_null(value)
        help = "put it in quotes if it is meant as text" if is_word else "write the model id"
        problems.add("type", f"`{where}.id` is text, and {named_kind(value)}", value, help)
    return id
