"""A provider with its settings, after the check that it can be used: its source of models, or a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from resolver.agents.agno_classes import check_api, model_class
from resolver.agents.agno_source import AgnoSource, agno_source
from resolver.agents.keycycle_source import KeycycleSource, keycycle_source
from resolver.agents.no_provider import one_line
from resolver.agents.provider_keys import has_key, key_of, no_key, numbered_keys, uses_keycycle
from resolver.diagnostics import ResolverError, masked
from resolver.domain import ProviderSettings, plain_options


@dataclass(frozen=True, slots=True, eq=False)
class OpenedProvider:
    """A provider that was checked with its settings: the source of its models, or the reason why there is none."""

    settings: ProviderSettings
    timeout: float
    source: AgnoSource | KeycycleSource | None = None
    reason: str | None = None

    @property
    def keys(self) -> int:
        """The number of its keys."""
        if self.source is not None:
            return self.source.keys
        settings = self.settings
        return numbered_keys(settings.name) if uses_keycycle(settings) else int(key_of(settings) is not None)

    @property
    def has_sdk(self) -> bool:
        """Whether agno has a class for it, and the SDK of the class is installed."""
        try:
            model_class(self.settings.api)
        except ResolverError:
            return False
        return True

    def close(self) -> None:
        """End the threads of its source."""
        if self.source is not None:
            self.source.close()


def open_provider(settings: ProviderSettings, timeout: float, options: Mapping[str, object]) -> OpenedProvider:
    """Check a provider, and import its SDK if it has a key. `options` outrank those of its settings."""
    merged = {**plain_options(settings.options), **options}
    try:
        check_api(settings.api)
        if not (uses_keycycle(settings) or has_key(settings) or "api_key" in merged):
            raise ResolverError(no_key(settings))  # before the SDK is imported
        make = keycycle_source if uses_keycycle(settings) else agno_source
        return OpenedProvider(settings, timeout, make(model_class(settings.api), settings, timeout, merged))
    except ResolverError as error:
        return OpenedProvider(settings, timeout, reason=masked(str(error)))
    except Exception as error:  # a class may raise anything for an option of the wrong type
        return OpenedProvider(settings, timeout, reason=one_line(error))
