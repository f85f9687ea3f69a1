"""The content of HFS's shared config, as values of the domain."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

from resolver.domain import Ladder, ModelTiers, Subject, Tier
from resolver.hfs.config import TIER_ORDER

_LADDER = Ladder(TIER_ORDER)


class Config(Protocol):
    """HFS's own model of the section `model_tiers`, or this package's; both change while the program runs."""

    tiers: Any
    role_defaults: Any
    phase_overrides: Any
    escalation_state: Any


def snapshot(config: Config) -> tuple[object, ...]:
    """Return a value that changes whenever the config does, except for its escalations."""
    tiers = tuple((str(name), *_rows(tier.providers).items()) for name, tier in _rows(config.tiers).items())
    overrides = tuple((phase, *_rows(rows).items()) for phase, rows in _rows(config.phase_overrides).items())
    return tiers, tuple(_rows(config.role_defaults).items()), overrides


def entries(config: Config) -> dict[str, str]:
    """Return the config's escalations by their keys, as plain text."""
    return {key: _text(tier) for key, tier in _rows(config.escalation_state).items()}


def model_tiers(config: Config, rules: ModelTiers) -> ModelTiers:
    """Return the config as model tiers, with the settings of `rules`, which a config does not have.

    Rows with an unknown tier are left out; `undefined` finds them.
    """
    tiers = {_text(name): tier for name, tier in _rows(config.tiers).items()}
    return ModelTiers(
        _LADDER,
        MappingProxyType({name: _tier(name, tiers.get(name)) for name in _LADDER.tiers}),
        (),
        MappingProxyType(_known(_rows(config.role_defaults))),
        MappingProxyType(
            {phase: MappingProxyType(_known(_rows(rows))) for phase, rows in _rows(config.phase_overrides).items()}
        ),
        MappingProxyType(escalations(entries(config))),
        MappingProxyType({}),
        rules.cool_down,
        rules.timeout,
        rules.providers,
    )


def escalations(written: Mapping[str, str]) -> dict[Subject, str]:
    """Return the valid entries, by subject."""
    subjects = {Subject.parse(key): tier for key, tier in _known(written).items()}
    return {subject: tier for subject, tier in subjects.items() if subject is not None}


def undefined(config: Config, subject: Subject, phase: str | None) -> str | None:
    """Return the tier of the config's first row for a request if the config does not define that tier, else None.

    Rules cannot see such a row, since the tier does not exist.
    """
    rows = (
        _rows(config.escalation_state).get(str(subject)),
        _rows(_rows(config.phase_overrides).get(phase)).get(subject.role),
        _rows(config.role_defaults).get(subject.role),
    )
    tier = next((_text(tier) for tier in rows if tier is not None), None)
    return None if tier is None or tier in defined(config) else tier


def defined(config: Config) -> set[str]:
    """Return the names of the tiers that the config defines."""
    return {_text(name) for name in _rows(config.tiers)}


def _tier(name: str, tier: Any) -> Tier:
    return Tier(name, "", MappingProxyType(dict(tier.providers) if tier is not None else {}))


def _known(rows: Mapping[str, Any]) -> dict[str, str]:
    return {key: _text(tier) for key, tier in rows.items() if _text(tier) in _LADDER.tiers}


def _rows(rows: Mapping[Any, Any] | None) -> dict[Any, Any]:
    """Return a copy, made in one step: other threads may change the original."""
    return dict(rows or {})


def _text(name: Any) -> str:
    return str(getattr(name, "value", name))
