"""Changed models, options, orders and settings of providers, with the places to look at in the new policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from resolver.author.diff.removed_parts import RemovedParts
from resolver.diagnostics import Place
from resolver.domain import Options, OptionValue, ProviderSettings, same_options
from resolver.domain.policy import RowPath
from resolver.frozen import frozen
from resolver.table import DecisionTable


@frozen
class ModelChange:
    """A tier with another model at a provider (None: no model), with other options, or another order of providers."""

    tier: str
    provider: str
    old: str | None
    new: str | None
    old_options: Options = field(default_factory=dict)
    new_options: Options = field(default_factory=dict)
    places: tuple[Place, ...] = field(default=(), compare=False)


@frozen
class ProviderChange:
    """A provider with settings under which another model may be tried; each `timeout` is the one in force."""

    old: ProviderSettings
    new: ProviderSettings
    places: tuple[Place, ...] = field(default=(), compare=False)

    @property
    def settings(self) -> Iterator[tuple[str, OptionValue, OptionValue]]:
        """Yield each setting that differs, with both values; None means the default."""
        for name in ("api", "base_url", "api_key_env", "timeout", "limits"):
            old, new = getattr(self.old, name), getattr(self.new, name)
            if old != new:
                yield name, _setting(old), _setting(new)
        if not same_options(self.old.options, self.new.options):
            yield "options", self.old.options, self.new.options


@frozen
class CoolDownChange:
    """Another number of seconds for which a provider that failed is tried last."""

    old: int
    new: int
    places: tuple[Place, ...] = field(default=(), compare=False)


def _setting(value: OptionValue) -> OptionValue:
    """Return a setting as people write it: limits that are lifted as a word, and seconds without a useless fraction."""
    if isinstance(value, Mapping):
        return value or "none"
    return int(value) if isinstance(value, float) and value.is_integer() else value


def model_changes(old: DecisionTable, new: DecisionTable) -> Iterator[ModelChange]:
    """Yield the changed models of tiers that both policies have; a changed order of providers is one change.

    Args:
        old: The table of the old policy.
        new: The table of the new policy.

    """
    before, after = old.policy.model_tiers, new.policy.model_tiers
    places = _Places(old, new)
    for name, tier in before.tiers.items():
        if name not in after.tiers:
            continue
        was, now = dict(tier.providers), dict(after.tiers[name].providers)
        for provider in dict.fromkeys((*was, *now)):
            options = tier.options.get(provider, {}), after.tiers[name].options.get(provider, {})
            if was.get(provider) != now.get(provider) or not same_options(*options):
                where = places.first(("tiers", name, provider), ("tiers", name))
                yield ModelChange(name, provider, was.get(provider), now.get(provider), *options, where)
        expected = [*(provider for provider in was if provider in now), *(p for p in now if p not in was)]
        if expected != [*now]:  # a provider that is new is tried last, unless this says otherwise
            ordered = [("provider_order",)] if before.provider_order != after.provider_order else []
            where = places.first(*ordered, ("tiers", name))
            yield ModelChange(name, "", ", ".join(was), ", ".join(now), places=where)


def provider_changes(old: DecisionTable, new: DecisionTable) -> Iterator[ProviderChange]:
    """Yield the providers that both policies use with settings under which another model may be tried."""
    before, after = old.policy.model_tiers, new.policy.model_tiers
    places = _Places(old, new)
    for name in sorted(before.used_providers & after.used_providers):
        default = ProviderSettings(name, name)
        written = before.providers.get(name, default), after.providers.get(name, default)
        change = ProviderChange(
            replace(written[0], timeout=before.timeout_of(name)), replace(written[1], timeout=after.timeout_of(name))
        )
        if any(change.settings):
            paths: list[RowPath] = [("providers", name), ("providers",)]
            if written[0] == written[1]:  # the timeout of all providers is another
                paths = [("timeout",)]
            yield replace(change, places=places.first(*paths))


def cool_down_change(old: DecisionTable, new: DecisionTable) -> CoolDownChange | None:
    """Return the change of `cool_down`; None if it is the same."""
    before, after = old.policy.model_tiers.cool_down, new.policy.model_tiers.cool_down
    return None if before == after else CoolDownChange(before, after, _Places(old, new).first(("cool_down",)))


class _Places:
    """The places of settings in the new policy."""

    def __init__(self, old: DecisionTable, new: DecisionTable) -> None:
        self._new = new.policy.model_tiers.places
        self._removed = RemovedParts(old.policy, new.policy)

    def first(self, *paths: RowPath) -> tuple[Place, ...]:
        """Return the place of the first of `paths` that has one; nothing if none has."""
        for path in paths:
            place = self._new.get(path) or self._removed.row(path)
            if place is not None:
                return (place,)
        return ()
