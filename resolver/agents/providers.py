"""The providers that the environment has keys for, through keycycle."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Self

from resolver.agents.keycycle_import import keycycle, silent_logger
from resolver.agents.no_provider import one_line
from resolver.diagnostics import ResolverError
from resolver.domain import ModelTiers, Tier
from resolver.forks import RenewedLock
from resolver.loader.model_tiers import DEFAULT_PROVIDERS

_CLIENT_PARAMS: dict[str, dict[str, object]] = {
    "cerebras": {"max_retries": 0, "warm_tcp_connection": False},
    "groq": {"max_retries": 0},
    "openrouter": {"max_retries": 0},
}
"""Their SDKs would try the same key three times. keycycle tries the next key, and then the next provider is tried.

Cerebras's SDK would also connect whenever a client is made, which blocks the event loop.
"""
_BASE_URLS = {"openrouter": "OPENROUTER_BASE_URL"}
"""Variables that name a server; the other SDKs read theirs themselves."""


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """The status of a provider.

    `keys` is the number of its keys, and `sdk` whether its package is installed. `reason` is why it is skipped, None if
    it is not. `tiers` are the tiers that name it. `unknown` has those of its model ids there that keycycle's lists do
    not have, which is only a hint.
    """

    name: str
    keys: int
    sdk: bool
    reason: str | None
    tiers: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Opened:
    """A provider that was examined: keycycle's wrapper of it, or the reason why there is none."""

    wrapper: Any = None
    reason: str | None = None
    keys: int = 0
    sdk: bool = False


class Providers:
    """Providers with the keys of the environment: `NUM_GROQ=2`, `GROQ_API_KEY_1`, `GROQ_API_KEY_2`, and so on.

    Nothing is imported or read before the first use. A provider without keys or without its SDK is skipped. It needs
    keycycle and agno (the extra `agents`), and suppresses keycycle's side effects on a program: no log file, no change
    of logging or of the environment (a `.env` file is not read), no wait for a key.
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
        self._opened: dict[str, _Opened] = {}

    @classmethod
    def from_env(
        cls, order: Iterable[str] | None = None, *, options: Mapping[str, Mapping[str, object]] | None = None
    ) -> Self:
        """Return the providers of the environment.

        Args:
            order: The providers to try, in this order. None means the order of the policy; without a policy cerebras,
                groq, gemini, openrouter.
            options: Keyword arguments for the agno model of each provider, such as `{"groq": {"timeout": 20.0}}`.
        """
        return cls(order, options or {})

    @classmethod
    def of_policy(cls, tiers: Callable[[], ModelTiers]) -> Self:
        """Return the providers of the environment that a tier of a policy names, in the policy's order."""
        return cls(None, {}, tiers)

    @property
    def available_providers(self) -> list[str]:
        """The providers with keys and an SDK, in the order to try them."""
        return [name for name in self._names() if self.reason(name) is None]

    def offered(self, models: Mapping[str, str]) -> list[str]:
        """Return the available providers of `models`, in the order to try them."""
        names = models if self._order is None else self._order
        return [name for name in names if name in models and self.reason(name) is None]

    def reason(self, provider: str) -> str | None:
        """Return why `provider` is skipped, None if it is not."""
        return self._open(provider).reason

    def is_open(self, provider: str) -> bool:
        """Return whether `reason` would return without a delay: the first check of a provider imports its SDK."""
        return provider in self._opened

    def get_model(self, provider: str, model_id: str) -> Any:
        """Return an agno model of `provider` that uses another key whenever one is refused.

        Whether the provider has such a model shows when it is called. Raises ResolverError if the provider is skipped,
        and keycycle.NoAvailableKeyError if none of its keys is free now.
        """
        opened = self._open(provider)
        if opened.reason is not None:
            raise ResolverError(f"`{provider}` is left out: {opened.reason}")
        return opened.wrapper.get_model(id=model_id, estimated_tokens=0, wait=False)

    def status(self, tiers: Mapping[str, Tier]) -> tuple[ProviderStatus, ...]:
        """Return the status of each provider, in the order to try them, with the `tiers` that name it."""
        return tuple(self._status(name, tiers) for name in self._names())

    def close(self) -> None:
        """End keycycle's threads; the next use makes the providers again."""
        with self._lock:
            opened, self._opened = self._opened, {}
        for wrapper in (provider.wrapper for provider in opened.values() if provider.wrapper is not None):
            atexit.unregister(wrapper.manager.stop)
            wrapper.manager.stop()

    def _names(self) -> tuple[str, ...]:
        if self._order is not None:
            return self._order
        return DEFAULT_PROVIDERS if self._policy is None else _used(self._policy())

    def _status(self, name: str, tiers: Mapping[str, Tier]) -> ProviderStatus:
        served = {tier.name: tier.providers[name] for tier in tiers.values() if name in tier.providers}
        opened = self._open(name)
        listed = _known_ids(name) if opened.wrapper is not None else set()
        unknown = [model_id for model_id in dict.fromkeys(served.values()) if listed and model_id not in listed]
        return ProviderStatus(name, opened.keys, opened.sdk, opened.reason, tuple(served), tuple(unknown))

    def _open(self, name: str) -> _Opened:
        if name not in self._opened:
            with self._lock:
                if name not in self._opened:
                    self._opened[name] = _open(name, self._options.get(name, {}))
        return self._opened[name]


def _used(tiers: ModelTiers) -> tuple[str, ...]:
    used = {provider: None for tier in tiers.tiers.values() for provider in tier.providers}
    order = (*(tiers.provider_order or DEFAULT_PROVIDERS), *used)
    return tuple(provider for provider in dict.fromkeys(order) if provider in used)


def _open(name: str, options: Mapping[str, object]) -> _Opened:
    try:
        package = keycycle()
        import_module("agno.models.base")
    except ImportError as error:
        return _Opened(reason=f"`{error.name}` is not installed; the extra `agents` has it")
    missing = _missing_sdk(name)
    settings: dict[str, Any] = {}
    if base_url := os.environ.get(_BASE_URLS.get(name, "")):
        settings["base_url"] = base_url
    settings |= options
    if name in _CLIENT_PARAMS:
        settings["client_params"] = _CLIENT_PARAMS[name] | dict(settings.get("client_params") or {})
    try:  # an empty file in place of `.env`: keycycle would put its content over the environment
        wrapper = package.MultiProviderWrapper.from_env(
            name, "", env_file=os.devnull, logger=silent_logger(), track_usage=False, **settings
        )
    except Exception as error:  # keycycle's errors for wrong settings are of many classes
        return _Opened(reason=_in_our_words(name, error), sdk=missing is None)
    return _Opened(wrapper, missing, len(wrapper.manager.keys), missing is None)


def _in_our_words(name: str, error: Exception) -> str:
    upper = name.upper()
    if f"NUM_{upper}" not in os.environ or "Missing API key" in str(error):
        return f"no keys; set NUM_{upper} and {upper}_API_KEY_1"
    return one_line(error)


def _missing_sdk(name: str) -> str | None:
    """Return why agno has no model class for a provider; None if it has one."""
    try:
        import_module("keycycle.utils").get_agno_model_class(name)
    except Exception as error:  # a broken SDK may raise anything, and that is the reason
        return one_line(error)
    return None


def _known_ids(name: str) -> set[str]:
    """Return the model ids of a provider for which keycycle has limits; none if it lists none."""
    package = keycycle()
    ids = {*package.MultiProviderWrapper.MODEL_LIMITS.get(name, {})} - {"default"}
    if name == "openrouter":
        ids |= {model["id"] for model in import_module("keycycle.config.models").OPENROUTER_MODELS}
    return ids
