"""A provider whose models use another of its keys whenever one is refused: keycycle's models."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Mapping
from dataclasses import field, fields
from importlib import import_module
from typing import Any

from resolver.agents.agno_classes import agno_key
from resolver.agents.keycycle_import import keycycle, silent_logger
from resolver.agents.model_arguments import class_arguments
from resolver.agents.no_provider import one_line
from resolver.agents.provider_keys import no_key
from resolver.diagnostics import ResolverError
from resolver.domain import ProviderSettings
from resolver.frozen import frozen

_UNLIMITED = sys.maxsize
_NAMES = {"google": "gemini"}
"""Keycycle's names for its limits, where they are not agno's keys."""


@frozen
class KeycycleSource:
    """A provider with numbered keys. keycycle counts the calls of each key and changes keys."""

    class_: Any
    settings: ProviderSettings
    timeout: float
    options: Mapping[str, object]
    wrapper: Any = field(repr=False)

    @property
    def name(self) -> str:
        """The name of what makes the models."""
        return "keycycle"

    @property
    def keys(self) -> int:
        """The number of its keys."""
        return len(self.wrapper.manager.keys)

    def model(self, model_id: str, options: Mapping[str, object]) -> Any:
        """Return a model; keycycle.NoAvailableKeyError if no key is free now."""
        arguments = class_arguments(self.class_, self.settings, self.timeout, {**self.options, **options})
        model = self.wrapper.get_model(id=model_id, estimated_tokens=0, wait=False)
        for name, value in arguments.items():  # `get_model` has a `timeout` and `max_retries` of its own
            setattr(model, name, value)
        return model

    def close(self) -> None:
        """End keycycle's thread."""
        atexit.unregister(self.wrapper.manager.stop)
        self.wrapper.manager.stop()

    def known_ids(self) -> set[str]:
        """Return the model ids for which keycycle has limits; none if it lists none."""
        provider = self.wrapper.provider
        ids = {*keycycle().MultiProviderWrapper.MODEL_LIMITS.get(provider, {})} - {"default"}
        if provider == "openrouter":
            ids |= {model["id"] for model in import_module("keycycle.config.models").OPENROUTER_MODELS}
        return ids


def keycycle_source(
    class_: Any, settings: ProviderSettings, timeout: float, options: Mapping[str, object]
) -> KeycycleSource:
    """Return a provider with its numbered keys.

    Raises:
        ResolverError: A key or their number is missing or wrong, or the class does not have one of the options.
    """
    arguments = class_arguments(class_, settings, timeout, options)
    name = _NAMES.get(agno_key(settings.api), agno_key(settings.api))
    try:  # an empty file in place of `.env`: keycycle would put its content over the environment
        wrapper_class = keycycle().MultiProviderWrapper
        keys = wrapper_class.load_api_keys(settings.name, os.devnull)
        limits = _key_limits(settings.limits, len(keys))
        wrapper = wrapper_class(
            name, keys, "", class_, logger=silent_logger(), key_limits=limits, track_usage=False, **arguments
        )
    except Exception as error:  # its errors for wrong settings are of many classes, and its import may fail
        reason = no_key(settings) if "Missing API key" in str(error) else one_line(error)
        raise ResolverError(reason) from error
    return KeycycleSource(class_, settings, timeout, options, wrapper)


def _key_limits(limits: Mapping[str, int] | None, keys: int) -> dict[int, Any] | None:
    """Return keycycle's limits for each key; None keeps the built-in limits."""
    if limits is None:
        return None
    rate_limits = import_module("keycycle.config.dataclasses").RateLimits
    own = rate_limits(**{entry.name: limits.get(entry.name, _UNLIMITED) for entry in fields(rate_limits)})
    return dict.fromkeys(range(keys), own)
