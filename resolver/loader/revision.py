"""The revision of a policy: a digest of its meaning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

from resolver.domain import (
    DEFAULT_COOL_DOWN,
    DEFAULT_TIMEOUT,
    Absent,
    And,
    Compare,
    Condition,
    Effect,
    Equal,
    Fact,
    ModelTiers,
    Or,
    Present,
    Reference,
    Rule,
    RulesetName,
    SameAs,
    Text,
    Unequal,
    plain_options,
)

Json = str | int | list["Json"] | dict[str, "Json"]


def revision_of(tiers: ModelTiers, facts: Mapping[str, Fact], rules: Mapping[RulesetName, tuple[Rule, ...]]) -> str:
    """Return 16 hexadecimal digits that identify the meaning of a policy, and ignore its wording and layout.

    `escalation_state` is left out, since it changes while the policy stays the same, and so are the texts for people:
    `description`, `because` and comments.
    """
    meaning = {
        "ladder": tiers.ladder.tiers,
        "tiers": {name: list(tier.providers.items()) for name, tier in tiers.tiers.items()},
        "role_defaults": dict(tiers.role_defaults),
        "phase_overrides": {phase: dict(rows) for phase, rows in tiers.phase_overrides.items() if rows},
        "facts": {
            name: sorted(fact.domain.values) if isinstance(fact.domain, Text) else "integer"
            for name, fact in facts.items()
        },
        "rules": {
            name: [(rule.name, rule.pri, written(rule.condition), _effect(rule.effect)) for rule in ruleset]
            for name, ruleset in rules.items()
        },
        **_models_called(tiers),
    }
    text = json.dumps(meaning, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:16]


def _models_called(tiers: ModelTiers) -> dict[str, object]:
    """Return what else decides which model is tried; policies that leave all of it at its default have none of it."""
    used = tiers.used_providers
    options = {
        name: {provider: plain_options(options) for provider, options in tier.options.items()}
        for name, tier in tiers.tiers.items()
        if tier.options
    }
    providers = {
        name: (settings.api, settings.base_url, plain_options(settings.options))
        for name, settings in tiers.providers.items()
        if name in used and settings.changes_models
    }
    timeouts = {name: float(timeout) for name in used if (timeout := tiers.timeout_of(name)) != DEFAULT_TIMEOUT}
    calls = {
        name: (settings.api_key_env, None if settings.limits is None else dict(settings.limits))
        for name, settings in tiers.providers.items()
        if name in used and (settings.api_key_env, settings.limits) != (None, None)
    }
    cool_down = {} if tiers.cool_down == DEFAULT_COOL_DOWN else {"seconds": tiers.cool_down}
    parts = {"options": options, "providers": providers, "timeouts": timeouts, "calls": calls, "cool_down": cool_down}
    return {name: part for name, part in parts.items() if part}


def _effect(effect: Effect) -> list[object]:
    target = effect.target
    return [effect.kind, {"$m": target.fact} if isinstance(target, Reference) else target]


def written(condition: Condition) -> Json:
    """Return a condition as JSON, in the form of a rule file; the names of classes do not matter."""
    match condition:
        case Equal(fact, (value,)):
            return {fact: value}
        case Equal(fact, values):
            return {fact: list(values)}
        case Unequal(fact, value):
            return {"$neq": {fact: value}}
        case Compare(operator, fact, value):
            return {operator: {fact: value}}
        case SameAs(fact, second, equal):
            same: Json = {fact: {"$m": second}}
            return same if equal else {"$neq": same}
        case Present(fact):
            return {"$ex": {fact: 1}}
        case Absent(fact):
            return {"$nex": {fact: 1}}
        case And(parts):
            return {"$and": [written(part) for part in parts]}
        case Or(parts):
            return {"$or": [written(part) for part in parts]}
