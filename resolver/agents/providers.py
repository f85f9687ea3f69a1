"""The providers of the environment: keycycle's models for numbered keys, otherwise agno's own classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from resolver.agents.keycycle_source import KeycycleSource
from resolver.agents.model_arguments import wrong_options
from resolver.agents.opened_provider import OpenedProvider, open_provider
from resolver.agents.provider_keys import has_key
from resolver.diagnostics import ResolverError, masked
from resolver.domain import DEFAULT_PROVIDERS, DEFAULT_TIMEOUT, ModelTiers, ProviderSettings, Tier
from resolver.forks import RenewedLock
from resolver.frozen import frozen


@frozen
class ProviderStatus:
    """The status of a provider.

    Args:
        name: Its name in tiers.
        keys: The number of its keys.
        sdk: Whether its package is installed.
        reason: Why it is skipped; None if it is not.
        tiers: The tiers that name it.
        unknown: Those of its model ids in the tiers that keycycle's lists do not have, which is only a hint.
        wrong_options: An error for each option of its models in the tiers that its class does not have.
        api: Agno's key for it.
        source: What makes its models: `keycycle` or the name of agno's class; None if it is skipped.
        timeout: The seconds that a call may take.

    """

    name: str
    keys: int
    sdk: bool
    reason: str | None
    tiers: tuple[str, ...]
    unknown: tuple[str, ...]
    wrong_options: tuple[str, ...]
    api: str
    source: str | None
    timeout: float


class Providers:
    """Providers with the keys of the environment.

    A provider with numbered keys (`NUM_GROQ=2`, `GROQ_API_KEY_1`, `GROQ_API_KEY_2`) uses keycycle, if it is installed
    and knows the provider. Any other provider uses agno's own class, with the variable that this class reads
    (`OPENAI_API_KEY`) or that the policy names. Nothing is imported or read before the first use. A provider without
    its key or its SDK is skipped. keycycle's side effects on a program are suppressed: no log file, no change of
    logging or of the environment (a `.env` file is not read), no wait for a key.
    """

    def __init__(
        self,
        order: Iterable[str] | None,
        options: Mapping[str, Mapping[str, object]],
        policy: Callable[[], ModelTiers] | None = None,
    ) -> None:
        """Use `Providers.from_env`."""
        self._order = None if order is None else tuple(order)
        self._options = options
        self._policy = policy
        self._lock = RenewedLock()
        self._opened: dict[str, OpenedProvider] = {}

    @classmethod
    def from_env(
        cls, order: Iterable[str] | None = None, *, options: Mapping[str, Mapping[str, object]] | None = None
    ) -> Self:
        """Return the providers of the environment, without a policy's settings for them.

        Args:
            order: The providers to try, in this order. None means the order of the policy; without a policy cerebras,
                groq, gemini, openrouter.
            options: Keyword arguments for the agno model of each provider, such as `{"groq": {"timeout": 20.0}}`.
        """
        if isinstance(order, str):
            raise ResolverError(f"the order is a list of providers, such as [{order!r}], not a text")
        for provider, arguments in (options or {}).items():
            if not isinstance(arguments, Mapping):
                raise ResolverError(f"the options of `{provider}` are a mapping, not `{arguments!r}`")
        return cls(order, options or {})

    @classmethod
    def of_policy(cls, tiers: Callable[[], ModelTiers]) -> Self:
        """Return the providers that a tier of a policy names, in the policy's order and with its settings."""
        return cls(None, {}, tiers)

    @property
    def available_providers(self) -> list[str]:
        """The providers with keys and an SDK, in the order to try them."""
        return [name for name in self._names() if self.reason(name) is None]

    def offered(self, models: Mapping[str, str]) -> list[str]:
        """Return the available providers of `models`, in the order to try them."""
        return [name for name in self._in_order(models) if self.reason(name) is None]

    def reason(self, provider: str) -> str | None:
        """Return why `provider` is skipped, None if it is not."""
        return self._open(provider).reason

    def has_key(self, provider: str) -> bool:
        """Return whether `provider` has the key that it needs. Unlike `reason`, this imports nothing."""
        return has_key(self._settings(provider)[0])

    def first_guess(self, models: Mapping[str, str]) -> list[str]:
        """Return what `offered` would return, as far as that is known without importing an SDK."""
        names = self._in_order(models)
        return [name for name in names if (self.reason(name) is None if self.is_open(name) else self.has_key(name))]

    def timeout(self, provider: str) -> float | None:
        """Return the policy's seconds for a call of `provider`, None without a policy."""
        return None if self._policy is None else self._settings(provider)[1]

    def is_open(self, provider: str) -> bool:
        """Return whether `reason` would return without a delay: the first check of a provider imports its SDK."""
        return self._current(provider) is not None

    def version(self, provider: str) -> object:
        """Return an object that is another one after the policy has changed the settings of `provider`."""
        return self._open(provider)

    def get_model(self, provider: str, model_id: str, options: Mapping[str, object] | None = None) -> Any:
        """Return an agno model of `provider`, made with `options`.

        Whether the provider has such a model shows when it is called. Raises ResolverError if the provider is skipped
        or its class does not have one of the options, and keycycle.NoAvailableKeyError if keycycle has no free key.
        """
        opened = self._open(provider)
        if opened.source is None:
            raise ResolverError(f"`{provider}` is left out: {opened.reason}")
        try:
            return opened.source.model(model_id, options or {})
        except ResolverError as error:
            raise ResolverError(f"the model cannot be made: {masked(str(error))}") from error

    def status(self, tiers: Mapping[str, Tier]) -> tuple[ProviderStatus, ...]:
        """Return the status of each provider, in the order to try them, with the `tiers` that name it."""
        return tuple(self._status(name, tiers) for name in self._names())

    def close(self) -> None:
        """End keycycle's threads; the next use makes the providers again."""
        with self._lock:
            opened, self._opened = self._opened, {}
        for provider in opened.values():
            provider.close()

    def _names(self) -> tuple[str, ...]:
        if self._order is not None:
            return self._order
        return DEFAULT_PROVIDERS if self._policy is None else _used(self._policy())

    def _in_order(self, models: Mapping[str, str]) -> list[str]:
        """Return the providers of `models` in the order to try them."""
        return [name for name in (models if self._order is None else self._order) if name in models]

    def _settings(self, name: str) -> tuple[ProviderSettings, float]:
        """Return the settings of a provider, and the seconds that a call of it may take."""
        tiers = None if self._policy is None else self._policy()
        if tiers is None:
            return ProviderSettings(name, name), DEFAULT_TIMEOUT
        return tiers.providers.get(name, ProviderSettings(name, name)), tiers.timeout_of(name)

    def _status(self, name: str, tiers: Mapping[str, Tier]) -> ProviderStatus:
        served = {tier.name: tier.providers[name] for tier in tiers.values() if name in tier.providers}
        opened = self._open(name)
        source = opened.source
        listed = source.known_ids() if isinstance(source, KeycycleSource) else set()
        unknown = [model_id for model_id in dict.fromkeys(served.values()) if listed and model_id not in listed]
        options = {option: None for tier in tiers.values() for option in tier.options.get(name, {})}
        return ProviderStatus(
            name,
            keys=opened.keys,
            sdk=opened.has_sdk,
            reason=opened.reason,
            tiers=tuple(served),
            unknown=tuple(unknown),
            wrong_options=() if source is None else tuple(wrong_options(source.class_, options)),
            api=opened.settings.api,
            source=None if source is None else source.name,
            timeout=opened.timeout,
        )

    def _current(self, name: str) -> OpenedProvider | None:
        opened = self._opened.get(name)
        return opened if opened is not None and (opened.settings, opened.timeout) == self._settings(name) else None

    def _open(self, name: str) -> OpenedProvider:
        opened = self._current(name)
        if opened is None:
            with self._lock:
                opened = self._current(name)
                if opened is None:
                    if name in self._opened:
                        self._opened[name].close()
                    settings, timeout = self._settings(name)
                    opened = self._opened[name] = open_provider(settings, timeout, self._options.get(name, {}))
        return opened


def _used(tiers: ModelTiers) -> tuple[str, ...]:
    used = {provider: None for tier in tiers.tiers.values() for provider in tier.providers}
    order = (*(tiers.provider_order or DEFAULT_PROVIDERS), *used)
    return tuple(provider for provider in dict.fromkeys(order) if provider in used)
