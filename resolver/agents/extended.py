"""Extends the class of a model that an application or a provider's adapter has made."""

from __future__ import annotations

from functools import cache

from agno.models.base import Model


def extended(model: Model, extension: type) -> Model:
    """Return `model` with a class that extends its own, in which the methods of `extension` come first.

    It stays the same object, unless Python cannot change its class, as for keycycle's; then it is a shallow copy.
    """
    kind = _extended(type(model), extension)
    try:
        model.__class__ = kind
    except TypeError:
        made: Model = object.__new__(kind)
        vars(made).update(vars(model))
        return made
    return model


@cache
def _extended(kind: type[Model], extension: type) -> type[Model]:
    return type(kind.__name__, (extension, kind), {"__module__": kind.__module__})
