"""The models of a resolver's providers, and which provider comes last for a while."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from time import monotonic
from typing import Any, Protocol

from resolver.agents.failure_kinds import Kind
from resolver.agents.no_provider import ProviderFailure
from resolver.agents.providers import Providers
from resolver.forks import RenewedLock

_IGNORED_ERRORS = 100
"""Errors that are remembered, so that a tool which failed with one is known not to have failed by itself."""


class ModelSource(Protocol):
    """What makes models: `Providers`, or an application's own."""

    @property
    def available_providers(self) -> Iterable[str]:
        """The providers that can be asked for a model, in the order to try them."""

    def get_model(self, provider: str, model_id: str) -> Any:
        """Return an agno model."""


class Pool:
    """One model for each provider and model id, made at first use, and the cool-downs of those that failed.

    `make` returns the source when it is first needed, and again in the child of a fork, and `cool_down` the seconds for
    which a provider that failed is put behind the others. Safe for threads.
    """

    def __init__(self, make: Callable[[], ModelSource], cool_down: Callable[[], float]) -> None:
        self._make = make
        self._cool_down = cool_down
        self._lock = RenewedLock()
        self._making = RenewedLock()
        self._process = os.getpid()
        self._source: ModelSource | None = None
        self._models: dict[tuple[str, str], Any] = {}
        self._cooling: dict[tuple[str, str | None], float] = {}
        self.ignored_errors: deque[str] = deque(maxlen=_IGNORED_ERRORS)

    @property
    def source(self) -> ModelSource:
        """What makes the models."""
        with self._lock:
            if self._process != os.getpid():  # threads and connections did not come along
                self._process, self._source = os.getpid(), None
                self._models.clear()
            if self._source is None:
                self._source = self._make()
            return self._source

    def is_warm(self, models: Mapping[str, str]) -> bool:
        """Tell whether `order` would answer at once."""
        source = self.source
        return not isinstance(source, Providers) or all(map(source.is_open, models))

    def order(self, models: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return the providers of `models` that are available, with their model ids, those that cool down last."""
        pairs = [(provider, models[provider]) for provider in self._offered(models)]
        return sorted(pairs, key=lambda pair: self.is_cooling(*pair)) if self._cooling else pairs

    def left_out(self, models: Mapping[str, str]) -> list[ProviderFailure]:
        """Return those of `models` whose providers are not available, and why not."""
        source, offered = self.source, self._offered(models)
        why = source.reason if isinstance(source, Providers) else lambda _: None
        return [
            ProviderFailure(provider, model_id, Kind.CAPACITY.value, why(provider) or "not available")
            for provider, model_id in models.items()
            if provider not in offered
        ]

    def _offered(self, models: Mapping[str, str]) -> list[str]:
        source = self.source
        if isinstance(source, Providers):
            return source.offered(models)
        return [provider for provider in source.available_providers if provider in models]

    def is_cooling(self, provider: str, model_id: str) -> bool:
        """Tell whether the provider, or this model of it, failed a short time ago."""
        now = monotonic()
        return any(self._cooling.get((provider, which), 0.0) > now for which in (None, model_id))

    def failed(self, provider: str, model_id: str, kind: Kind) -> None:
        """Put a provider behind the others for a while, or only its model where it said that there is no such one."""
        which = model_id if kind in (Kind.NOT_FOUND, Kind.REQUEST) else None
        self._cooling[provider, which] = monotonic() + self._cool_down()

    def ignore_error(self, error: Exception) -> None:
        """Remember an error for which no model is to blame."""
        if text := str(error):
            self.ignored_errors.append(text)

    def model(self, provider: str, model_id: str) -> tuple[Any, bool]:
        """Return the model to run a call on, and whether it is for this call alone; raises whatever the source does.

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
        """Tell whether `model` would return at once."""
        return (provider, model_id) in self._models and self._process == os.getpid()

    def close(self) -> None:
        """End what the source runs beside the program; it is made anew if it is needed again."""
        with self._lock:
            source, self._source = self._source, None
            self._models.clear()
        if isinstance(source, Providers):
            source.close()
