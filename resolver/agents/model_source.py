"""Sources of models: what `providers=` takes, and a check of it that says what is missing."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from resolver.diagnostics import ResolverError

_NEEDED = (
    "`providers` needs `available_providers` (the names of providers, in the order to try them) "
    "and `get_model(provider, model_id)`, which returns an agno model"
)


class ModelSource(Protocol):
    """A source of models: `Providers`, or an application's own.

    If `get_model` has a parameter `options`, it gets the options of the policy's model.
    """

    @property
    def available_providers(self) -> Iterable[str]:
        """The providers that can be asked for a model, in the order to try them."""

    def get_model(self, provider: str, model_id: str) -> Any:
        """Return an agno model."""


def check_model_source(providers: object) -> None:
    """Raise ResolverError if an object is not a source of models. This asks for no model."""
    if isinstance(providers, type):
        raise ResolverError(f"{_NEEDED}; `{providers.__name__}` is a class, not an instance of it")
    if not callable(getattr(providers, "get_model", None)):
        raise ResolverError(f"{_NEEDED}; `{type(providers).__name__}` has no such method `get_model`")
    if not hasattr(type(providers), "available_providers"):  # a property is not read here: it may do work, and fail
        names = getattr(providers, "available_providers", None)
        if names is None:
            raise ResolverError(f"{_NEEDED}; `{type(providers).__name__}` has no `available_providers`")
        _check_names(names)
    elif not isinstance(inspect.getattr_static(providers, "available_providers"), property):
        _check_names(getattr(providers, "available_providers", None))


def takes_options(get_model: Callable[..., Any]) -> bool:
    """Return whether a `get_model` has a parameter `options`."""
    try:
        return "options" in inspect.signature(get_model).parameters
    except (TypeError, ValueError):  # some callables in C have no signature
        return False


def _check_names(names: object) -> None:
    if isinstance(names, str | Iterator) or not isinstance(names, Iterable):
        raise ResolverError(f"{_NEEDED}; `available_providers` is {_shown(names)}")


def _shown(value: object) -> str:
    if isinstance(value, Iterator):
        return "an iterator, which is used up after one call, not a list of names"
    if isinstance(value, str):
        return f"the text `{value}`, not a list of names"
    return "a method, not a list of names" if callable(value) else f"`{value!r}`, not a list of names"
