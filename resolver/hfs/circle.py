"""What a selector and a tracker share: they find each other by the config that both were given."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary, finalize

from resolver.agents import ModelSource, Pool
from resolver.diagnostics import ResolverError
from resolver.facade import Resolver
from resolver.forks import RenewedLock
from resolver.hfs.policy import ConfigPolicy
from resolver.hfs.rows import Config
from resolver.hfs.seats import ConfigSeats
from resolver.hfs.store import ConfigStore, NoStore

_lock = RenewedLock()
_circles: WeakValueDictionary[int, Circle] = WeakValueDictionary()


class Circle:
    """One config with its policy, its resolver and its models."""

    def __init__(self, config: Config, policies: Path | None) -> None:
        """Use `circle_of`."""
        self.config = config
        self.live = ConfigPolicy(config, policies)
        self.resolver = Resolver(self.live, NoStore())
        self.source: ModelSource | None = None
        self.seats = ConfigSeats(self.resolver, self.live, self._pool())
        self.resolver._seats = self.seats
        self._let_go = finalize(self, self.resolver._store.close)

    def attach(self, file: Path) -> None:
        """Learn in `file` from now on, and what was observed before as well."""
        with _lock:
            if self.live.attached == file:
                return
            self.live.attach(file)
            self._let_go()
            store = self.resolver._store = ConfigStore(self.live)
            self._let_go = finalize(self, store.close)
        self.seats.catch_up()

    def use(self, source: ModelSource) -> None:
        """Let the models that agents run on come from `source` from now on."""
        if source is not self.source:
            self.source = source
            self.seats.pool = self._pool()

    def _pool(self) -> Pool:
        return Pool(self._source, self._cool_down)

    def _source(self) -> ModelSource:
        assert self.source is not None, "a model is handed out by a selector, which has a provider manager"
        return self.source

    def _cool_down(self) -> int:
        return self.live.table.policy.model_tiers.cool_down


def circle_of(config: Any, policies: str | PathLike[str] | None) -> Circle:
    """Return the circle of `config`, which is made if it is the first time that this very object is seen.

    Raises ResolverError if it was made with other `policies`, or these do not load.
    """
    path = None if policies is None else Path(policies)
    with _lock:
        circle = _circles.get(id(config))
        if circle is None or circle.config is not config:
            circle = _circles[id(config)] = Circle(config, path)
        elif path is not None and path.resolve() != circle.live.rules_path.resolve():
            raise ResolverError(f"this config is used with the rules of `{circle.live.rules_path}` already")
        return circle
