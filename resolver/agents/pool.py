"""A pool of models, one for each provider and model id, with cool-downs after failures."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from typing import Any, Protocol

from resolver.agents.cool_downs import CoolDowns
from resolver.agents.no_provider import LEFT_OUT, ProviderFailure
from resolver.agents.providers import Providers
from resolver.forks import RenewedLock

_IGNORED_ERRORS = 100
"""Error texts that are remembered: a tool that failed with one of them has not failed by itself."""


class ModelSource(Protocol):
    """A source of models: `Providers`, or an application's own."""

    @property
    def available_providers(self) -> Iterable[str]:
        """The providers that can be asked for a model, in the order to try them."""

    def get_model(self, provider: str, model_id: str) -> Any:
        """Return an agno model."""


class Pool:
    """One model for each provider and model id, made at first use, and the cool-downs of those that failed.

    `make` returns the source when it is first needed, and again in the child of a fork. `cool_down` returns the seconds
    for which a provider that failed is tried last. Safe for threads.
    """

    def __init__(self, make: Callable[[], ModelSource], cool_down: Callable[[], float]) -> None:
        self._make = make
        self.cool_downs = CoolDowns(cool_down)
        self._lock = RenewedLock()
        self._making = RenewedLock()
        self._process = os.getpid()
        self._source: ModelSource | None = None
        self._models: dict[tuple[str, str], Any] = {}
        self.ignored_errors: deque[str] = deque(maxlen=_IGNORED_ERRORS)

    @property
    def source(self) -> ModelSource:
        """The source of the models."""
        with self._lock:
            if self._process != os.getpid():  # threads and connections stay in the parent
                self._process, self._source = os.getpid(), None
                self._models.clear()
            if self._source is None:
                self._source = self._make()
            return self._source

    def is_warm(self, models: Mapping[str, str]) -> bool:
        """Return whether `order` would return without a delay."""
        source = self.source
        return not isinstance(source, Providers) or all(map(source.is_open, models))

    def order(self, models: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return the available providers of `models` with their model ids; providers that cool down come last."""
        pairs = [(provider, models[provider]) for provider in self._offered(models)]
        return sorted(pairs, key=lambda pair: self.cool_downs.is_cooling(*pair)) if self.cool_downs else pairs

    def left_out(self, models: Mapping[str, str]) -> list[ProviderFailure]:
        """Return the providers of `models` that are not available, with the reasons."""
        source, offered = self.source, self._offered(models)
        why = source.reason if isinstance(source, Providers) else lambda _: None
        return [
            ProviderFailure(provider, model_id, LEFT_OUT, why(provider) or "not available")
            for provider, model_id in models.items()
            if provider not in offered
        ]

    def _offered(self, models: Mapping[str, str]) -> list[str]:
        source = self.source
        if isinstance(source, Providers):
            return source.offered(models)
        return [provider for provider in source.available_providers if provider in models]

    def ignore_error(self, error: Exception) -> None:
        """Remember an error that is not the model's fault."""
        if text := str(error):
            self.ignored_errors.append(text)

    def model(self, provider: str, model_id: str) -> tuple[Any, bool]:
        """Return the model to run a call on, and whether it is for this call alone; raises whatever the source raises.

        May import an SDK.
        """
        source = self.source
        model = self._models.get((provider, model_id))
        if model is None:
            with self._making:
                model = self._models.get((provider, model_id))
                if model is None:
                    model = self._models[provider, model_id] = source.get_model(provider, model_id)
        # keycycle writes the key of each call into the model, so that two calls at once need one each
        own = hasattr(model, "_rotate_credentials")
        return (copy(model) if own else model), own

    def keep(self, provider: str, model_id: str, model: Any) -> None:
        """Run calls on `model`, which the source has given already."""
        self._models.setdefault((provider, model_id), model)

    def has(self, provider: str, model_id: str) -> bool:
        """Return whether `model` would return without a delay."""
        return (provider, model_id) in self._models and self._process == os.getpid()

    def close(self) -> None:
        """Close the source's threads and clients; the next use makes it again."""
        with self._lock:
            source, self._source = self._source, None
            self._models.clear()
        if isinstance(source, Providers):
            source.close()
