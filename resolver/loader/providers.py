"""Reads `providers` of `model_tiers`: the settings for the calls of each provider."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit

from resolver.diagnostics import Diagnostic, Level, legible, listed, looks_like_a_key
from resolver.domain import ProviderSettings
from resolver.loader.models import RETRIES
from resolver.loader.options import hide, read_options
from resolver.loader.problems import Problems
from resolver.loader.tree import child, entries, number, text
from resolver.schema.options import BASE_URL, REFUSED_OF_PROVIDERS, VARIABLE, is_secret
from resolver.yaml_text.nodes import Mapping as MappingNode
from resolver.yaml_text.nodes import Node, Scalar, is_null

_HELP = {
    "id": "write it in the tier: `{id: …}`",
    "max_retries": RETRIES,
}
_REFUSED = {name: _HELP.get(name, "write it one level up, beside `options`") for name in REFUSED_OF_PROVIDERS}


def read_providers(node: Node | None, used: Collection[str], problems: Problems) -> Mapping[str, ProviderSettings]:
    """Return the settings in `node`, by provider; `used` are the providers of the tiers."""
    settings = {}
    for key, entry in entries(node):
        name = key.text
        _hide_keys(entry)
        settings[name] = ProviderSettings(
            name,
            text(child(entry, "api")) or name,
            _base_url(name, child(entry, "base_url"), problems),
            _variable(name, child(entry, "api_key_env"), problems),
            number(child(entry, "timeout")),
            _limits(name, child(entry, "limits"), problems),
            read_options(child(entry, "options"), _REFUSED, problems),
        )
        if used and name and name not in used:
            message = f"`providers` has settings for `{name}`, which no tier has a model at"
            help = problems.guess(name, used) or f"give a tier a model at it, or remove it; used: {listed(used)}"
            problems.found.append(
                Diagnostic("unused-provider", legible(message), key.place, legible(help), Level.WARNING)
            )
    return MappingProxyType(settings)


def _hide_keys(entry: Node) -> None:
    """Hide whatever may be a key, also where a setting is given twice."""
    for key, value in entries(entry):
        written = text(value)
        is_safe = not is_secret(key.text)
        if key.text == "api_key_env":
            is_safe = is_null(value) or (written is not None and _is_variable(written))
        elif key.text == "base_url":
            is_safe = written is None or not (_has_user(written) or _has_key(written))
        if not is_safe:
            hide(value)


def _base_url(name: str, node: Node | None, problems: Problems) -> str | None:
    url = text(node)
    if node is None or url is None or (re.fullmatch(BASE_URL, url) and not _has_key(url)):
        return url
    if _has_user(url):
        help = "remove what is before the `@`: keys do not belong in a policy; name a variable in `api_key_env`"
        problems.add("secret", f"the `base_url` of `{name}` has a user or a password", node, help)
    elif _has_key(url):
        help = "remove it: keys do not belong in a policy; name a variable in `api_key_env`"
        problems.add("secret", f"the `base_url` of `{name}` has a key", node, help)
    else:
        message = f"`{url}` is not the URL of a server" if url else f"the `base_url` of `{name}` is empty"
        is_schemed = url.startswith(("https://", "http://"))
        help = "write a host, and no spaces" if is_schemed else "start it with `https://` or `http://`"
        problems.add("url", message, node, help)
    return url


def _variable(name: str, node: Node | None, problems: Problems) -> str | None:
    variable = text(node)
    if node is not None and variable is not None and not _is_variable(variable):
        message = f"the `api_key_env` of `{name}` is not the name of an environment variable"
        help = "write the variable's name, such as `MY_API_KEY`, and never the key"
        problems.add("secret", message, node, help)
    return variable


def _is_variable(text: str) -> bool:
    """Return whether a text is the name of a variable, and does not look like a key."""
    return re.fullmatch(VARIABLE, text) is not None and not looks_like_a_key(text)


def _has_user(url: str) -> bool:
    return "@" in re.split("[/?#]", re.sub(r"^[^/?#]*://", "", url), maxsplit=1)[0]


def _has_key(url: str) -> bool:
    """Return whether a URL has a key among its parameters, or anywhere."""
    names = [name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)] if "?" in url else []
    return any(is_secret(name) or name.lower() == "key" for name in names) or looks_like_a_key(url)


def _limits(name: str, node: Node | None, problems: Problems) -> Mapping[str, int] | None:
    if node is None:
        return None
    if not isinstance(node, MappingNode):
        return MappingProxyType({})  # `none`: the shape check reported any other text
    limits = {
        key.text: value.value for key, value in entries(node) if isinstance(value, Scalar) and type(value.value) is int
    }
    if all(is_null(value) for _, value in entries(node)):
        help = "write `limits: none` to lift all limits, or remove it"
        problems.add("empty", f"the `limits` of `{name}` are empty", node, help)
    return MappingProxyType(limits)
