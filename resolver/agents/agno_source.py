"""A provider whose models are made with agno's own class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from resolver.agents.agno_classes import agno_key, has_field
from resolver.agents.model_arguments import class_arguments
from resolver.agents.provider_keys import key_of
from resolver.domain import ProviderSettings
from resolver.frozen import frozen

_NO_KEY = "not-provided"
"""The key for a server that takes any key: the SDKs do not send a request without one."""
_KEY_FIELDS = {"portkey": "portkey_api_key"}
"""Classes whose key is not in the field `api_key`."""


@frozen
class AgnoSource:
    """A provider whose models are made with agno's own class. `repr` does not show the key."""

    class_: Any
    settings: ProviderSettings
    timeout: float
    options: Mapping[str, object]
    key: str | None = field(repr=False)

    @property
    def name(self) -> str:
        """The name of the class."""
        return str(self.class_.__name__)

    @property
    def keys(self) -> int:
        """The number of its keys."""
        return int(self.key not in (None, _NO_KEY))

    def model(self, model_id: str, options: Mapping[str, object]) -> Any:
        """Return a new model; ResolverError if its class does not have one of the options."""
        arguments = class_arguments(self.class_, self.settings, self.timeout, {**self.options, **options})
        key = {} if self.key is None else {_key_field(self.settings): self.key}
        return self.class_(**{**key, **arguments, "id": model_id})

    def close(self) -> None:
        """Do nothing: the models that were made belong to the pool."""


def agno_source(class_: Any, settings: ProviderSettings, timeout: float, options: Mapping[str, object]) -> AgnoSource:
    """Return a provider with agno's class; ResolverError if the class does not have one of the options."""
    class_arguments(class_, settings, timeout, options)
    name, key = _key_field(settings), None
    if has_field(class_, name) and name not in options:
        key = key_of(settings)
        api = agno_key(settings.api)
        if key is None and (api == "vllm" or (settings.base_url is not None and not api.startswith("ollama"))):
            key = _NO_KEY
    return AgnoSource(class_, settings, timeout, options, key)


def _key_field(settings: ProviderSettings) -> str:
    return _KEY_FIELDS.get(agno_key(settings.api), "api_key")
