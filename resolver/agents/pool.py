"""A pool of models, one for each provider and model id, with cool-downs after failures."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from resolver.agents.cool_downs import CoolDowns
from resolver.agents.loop_models import LoopModels, remember_loop
from resolver.agents.model_source import ModelSource, takes_options
from resolver.agents.no_provider import LEFT_OUT, ProviderFailure
from resolver.agents.providers import Providers
from resolver.domain import Options, plain_options
from resolver.forks import RenewedLock

_IGNORED_ERRORS = 100
"""Error texts that are remembered: a tool that failed with one of them has not failed by itself."""


_Key = tuple[str, str, str]
"""A provider, a model id, and the options of the model in one order."""


class Pool:
    """The models of each provider, model id and options, made at first use, and the cool-downs of those that failed.

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
        self._models: dict[_Key, tuple[object, LoopModels]] = {}
        self._ignored_errors: deque[str] = deque(maxlen=_IGNORED_ERRORS)

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

    def first(self, models: Mapping[str, str]) -> tuple[str, str]:
        """Return the provider of `models` that would be tried first now, with its model id; imports nothing."""
        source = self.source
        try:
            offered = source.first_guess(models) if isinstance(source, Providers) else self._offered(models)
        except Exception:  # an application's own source may raise anything, and a call shows it
            offered = []
        pairs = [(provider, models[provider]) for provider in offered] or list(models.items())
        return min(pairs, key=lambda pair: self.cool_downs.is_cooling(*pair))

    def timeout(self, provider: str) -> float | None:
        """Return the seconds that a call of a provider may take; None for an application's own source."""
        source = self.source
        return source.timeout(provider) if isinstance(source, Providers) else None

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
            with self._lock:
                self._ignored_errors.append(text)

    def ignored_errors(self) -> tuple[str, ...]:
        """Return the texts of errors that are not the model's fault, the oldest first."""
        with self._lock:
            return tuple(self._ignored_errors)

    def model(self, provider: str, model_id: str, options: Options | None = None) -> tuple[Any, bool]:
        """Return the model to run a call on, and whether it is for this call alone; raises whatever the source raises.

        May import an SDK.
        """
        key, version = _key(provider, model_id, options), self._version(provider)
        models = self._made(key, version)
        if models is None:
            with self._making:
                models = self._made(key, version)
                if models is None:
                    models = LoopModels(self._from_source(provider, model_id, options or {}))
                    self._models[key] = version, models
        return models.get()

    def keep(self, provider: str, model_id: str, model: Any) -> None:
        """Run calls on `model`, which the source has given already."""
        self._models.setdefault(_key(provider, model_id, None), (self._version(provider), LoopModels(model)))

    def has(self, provider: str, model_id: str, options: Options | None = None) -> bool:
        """Return whether `model` would return without a delay."""
        remember_loop()  # else the thread that makes the model would not know for which loop
        source = self.source
        if isinstance(source, Providers) and not source.is_open(provider):
            return False
        return self._made(_key(provider, model_id, options), self._version(provider)) is not None

    def _made(self, key: _Key, version: object) -> LoopModels | None:
        made_with, models = self._models.get(key, (None, None))
        return models if made_with is version else None

    def _version(self, provider: str) -> object:
        source = self.source
        return source.version(provider) if isinstance(source, Providers) else None

    def _from_source(self, provider: str, model_id: str, options: Options) -> Any:
        get_model: Callable[..., Any] = self.source.get_model
        if options and takes_options(get_model):
            return get_model(provider, model_id, options=plain_options(options))
        return get_model(provider, model_id)

    def close(self) -> None:
        """Close the source's threads and clients; the next use makes it again."""
        with self._lock:
            source, self._source = self._source, None
            models = [models for _, models in self._models.values()]
            self._models.clear()
        for each in models:
            each.close()
        if isinstance(source, Providers):
            source.close()


def _key(provider: str, model_id: str, options: Options | None) -> _Key:
    return provider, model_id, json.dumps(plain_options(options), sort_keys=True) if options else ""
