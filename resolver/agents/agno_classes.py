"""Agno's own model class for each of its provider keys, such as `Groq` for `groq`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib import import_module
from typing import Any

from resolver.agents.keycycle_import import is_installed
from resolver.agents.no_provider import one_line
from resolver.diagnostics import ResolverError, did_you_mean

ALIASES: Mapping[str, str] = {"azure": "azure-openai", "claude": "anthropic", "gemini": "google"}
"""Usual names of providers that agno knows by another key."""

_MORE = {"openai-like": ("agno.models.openai.like", "OpenAILike")}
"""Classes that agno's own table does not have: any server that speaks OpenAI's chat completions."""


class NoClassError(ResolverError):
    """Agno has no model class for a key, or its SDK is missing."""


def agno_key(api: str) -> str:
    """Return agno's key for an `api`.

    >>> agno_key("gemini")
    'google'
    """
    return ALIASES.get(api, api)


@cache
def agno_keys() -> Mapping[str, tuple[str, str]]:
    """Return the module and the name of agno's class for each of its keys.

    Raises:
        NoClassError: agno is not installed.
    """
    if not is_installed("agno"):
        raise NoClassError("`agno` is not installed; `pip install 'tier-resolver[agents]'` has it")
    keys: Mapping[str, tuple[str, str]] = import_module("agno.models.utils").MODEL_PROVIDER_CLASSES
    return {**_MORE, **keys}


def check_api(api: str) -> tuple[str, str]:
    """Return the module and the name of agno's class for an `api`; NoClassError if there is none."""
    keys = agno_keys()
    key = agno_key(api)
    if key not in keys:
        help_text = did_you_mean(api, [*keys, *ALIASES])
        help_text = help_text or "give it an `api` in `providers` of `model_tiers`"
        raise NoClassError(f"agno has no provider `{api}`; {help_text}")
    return keys[key]


def model_class(api: str) -> Any:
    """Return agno's model class for an `api`; the first call for a class imports its SDK.

    Raises:
        NoClassError: agno has no such key, or the SDK of the class is not installed or broken.
    """
    module, name = check_api(api)
    try:
        found = getattr(import_module(module), name)
        if not hasattr(found, "__dataclass_fields__"):  # agno's stand-in, which raises the ImportError when it is made
            found(id=name)
    except Exception as error:  # an SDK that is broken may raise anything
        raise NoClassError(_missing_sdk(error)) from error
    return found


def has_field(class_: Any, name: str) -> bool:
    """Return whether a model class takes an argument."""
    return name in field_names(class_)


@cache
def field_names(class_: Any) -> frozenset[str]:
    """Return the arguments that a model class takes."""
    return frozenset(field.name for field in fields(class_) if field.init)


def _missing_sdk(error: Exception) -> str:
    package = re.search(r"pip install (?:-U )?([\w\[\]-]+)", str(error))
    if not isinstance(error, ImportError):
        return one_line(error)
    name = package[1] if package else getattr(error, "name", None)
    return f"its SDK is not installed; `pip install '{name}'`" if name else one_line(error)
