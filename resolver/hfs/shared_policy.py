"""The policy that a selector and a tracker share: they find each other by the config that both were given."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary, finalize

from resolver.agents import ModelSource
from resolver.diagnostics import ResolverError
from resolver.facade import Resolver
from resolver.forks import RenewedLock
from resolver.hfs.agent_host import HfsAgentHost
from resolver.hfs.config_policy import ConfigPolicy
from resolver.hfs.config_store import ConfigStore
from resolver.hfs.config_values import Config

_lock = RenewedLock()
_shared: WeakValueDictionary[int, SharedPolicy] = WeakValueDictionary()


class SharedPolicy:
    """One config with its policy, its resolver and its models."""

    def __init__(self, config: Config, policies: Path | None) -> None:
        """Use `shared_policy_of`."""
        self.config = config
        self.live = ConfigPolicy(config, policies)
        self._store = ConfigStore(self.live)
        self.resolver = Resolver(self.live, self._store)
        self.source: ModelSource | None = None
        self.host = HfsAgentHost(self.resolver, self.live, owner=self)
        finalize(self, self._store.close)

    def attach(self, file: Path) -> None:
        """Learn in `file` from now on, also from turns that have ended already."""
        with _lock:
            if self.live.attached == file:
                return
            self.live.attach(file)
            self._store.attach()
        self.host.catch_up()

    def use(self, source: ModelSource) -> None:
        """Take the models that agents run on from `source` from now on."""
        if source is not self.source:
            self.source = source
            self.host.use(source)


def shared_policy_of(config: Any, policies: str | PathLike[str] | None) -> SharedPolicy:
    """Return the shared policy of `config`; it is made when this very object comes for the first time.

    Raises:
        ResolverError: The config is in use with other `policies`, or these do not load.
    """
    path = None if policies is None else Path(policies)
    with _lock:
        shared = _shared.get(id(config))
        if shared is None or shared.config is not config:
            shared = _shared[id(config)] = SharedPolicy(config, path)
        elif path is not None and path.resolve() != shared.live.rules_path.resolve():
            raise ResolverError(f"this config is used with the rules of `{shared.live.rules_path}` already")
        return shared
