"""A policy: the content of all its files together, checked and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from pathlib import Path

from resolver.diagnostics import Diagnostic, Place
from resolver.domain.conditions import Condition, facts_of
from resolver.domain.effects import Effect
from resolver.domain.facts import Fact
from resolver.domain.ladder import Ladder
from resolver.domain.options import NO_OPTIONS, Options
from resolver.domain.subject import Subject
from resolver.frozen import frozen

RowPath = tuple[str, ...]
"""The path to an entry of a file, such as `("role_defaults", "worker_a")`; it starts inside `model_tiers`."""


DEFAULT_LADDER = ("fast", "general", "reasoning")
"""The tiers of a policy without a `ladder`, lowest first."""
DEFAULT_PROVIDERS = ("cerebras", "groq", "gemini", "openrouter")
"""The providers that are tried first without a `provider_order`."""
DEFAULT_COOL_DOWN = 30
"""Seconds for which a provider that failed is tried last, unless the policy says otherwise."""
DEFAULT_TIMEOUT = 60
"""Seconds for one call of a provider, unless the policy says otherwise."""


class RulesetName(StrEnum):
    """The two rulesets: `tier` answers requests, and `outcome` judges outcomes."""

    TIER = "tier"
    OUTCOME = "outcome"


@frozen
class Tier:
    """A tier: its model id at each provider, in the order to try them, and the options of models that have some."""

    name: str
    description: str
    providers: Mapping[str, str]
    options: Mapping[str, Options] = field(default_factory=lambda: NO_OPTIONS)


@frozen
class ProviderSettings:
    """Settings for the calls of a provider.

    Args:
        name: The provider's name in tiers.
        api: The key by which agno knows the provider.
        base_url: The server's URL; None means the provider's own.
        api_key_env: The environment variable that has the key; None means the provider's usual variable.
        timeout: Seconds for one call; None means the policy's `timeout`.
        limits: The most requests and tokens in a time, by the names in the policy. An empty mapping lifts all limits;
            None keeps those that come with the key.
        options: Options of the class of the provider's models.

    """

    name: str
    api: str
    base_url: str | None = None
    api_key_env: str | None = None
    timeout: float | None = None
    limits: Mapping[str, int] | None = None
    options: Options = field(default_factory=dict)

    @property
    def changes_models(self) -> bool:
        """Return whether another model answers because of these settings than without them."""
        return self.api != self.name or self.base_url is not None or bool(self.options)


@frozen
class ModelTiers:
    """The section `model_tiers`: the ladder, its tiers, and the rows that rules read as facts."""

    ladder: Ladder
    tiers: Mapping[str, Tier]
    provider_order: tuple[str, ...]
    role_defaults: Mapping[str, str]
    phase_overrides: Mapping[str, Mapping[str, str]]
    escalation_state: Mapping[Subject, str]
    places: Mapping[RowPath, Place]
    """The place of each row, tier, model and provider, and of some settings; of those that a single file takes from the
    shipped policy in the shipped file."""
    cool_down: int = DEFAULT_COOL_DOWN
    """Seconds for which a provider that failed is tried last."""
    timeout: float = DEFAULT_TIMEOUT
    """Seconds for one call of a provider."""
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict)
    """The settings of each provider that the policy has settings for."""
    phases: tuple[str, ...] = ()
    """Every phase that exists; empty means that any phase is allowed."""
    triads: tuple[str, ...] = ()
    """Every triad that exists; empty means that any triad is allowed."""
    kinds: tuple[str, ...] = ()
    """The kinds of failure that the application reports beside `FailureKind`; empty means that any kind is allowed."""

    @property
    def used_providers(self) -> frozenset[str]:
        """Return the providers that a tier has a model at."""
        return frozenset(provider for tier in self.tiers.values() for provider in tier.providers)

    def timeout_of(self, provider: str) -> float:
        """Return the seconds for one call of a provider."""
        settings = self.providers.get(provider)
        return self.timeout if settings is None or settings.timeout is None else settings.timeout


@frozen
class Rule:
    """A rule of a ruleset: the matching rule with the lowest `pri` wins; `because` tells people its reason."""

    name: str
    ruleset: RulesetName
    pri: int
    condition: Condition
    effect: Effect
    because: str
    place: Place
    run_place: Place | None = None

    @property
    def facts(self) -> tuple[str, ...]:
        """Return the names of the facts that the condition or the effect reads, each once."""
        referred = self.effect.referred_fact
        return tuple(dict.fromkeys((*facts_of(self.condition), *([] if referred is None else [referred]))))


@frozen
class Ignore:
    """A comment `# resolver: ignore[code]`, which suppresses the warnings with `code` about its line.

    `code` is empty for a comment that suppresses nothing, because it has a typo or no code.
    """

    code: str
    place: Place


@frozen
class Policy:
    """A policy that the loader accepted.

    `rules` has the rules of both rulesets by ascending `pri`, `facts` the extra facts by name, and `files` the number
    of files. `state_file` is the file that holds `escalation_state`, or would. `warnings` are problems that do not keep
    the policy from loading. `texts` has the text of each of its files. `ignores` are the comments that suppress
    warnings, and `ignored` are the warnings that they suppress. `shipped_sections` names the sections that a single
    file takes from the shipped policy, as a base or as a whole.
    """

    model_tiers: ModelTiers
    facts: Mapping[str, Fact]
    rules: Mapping[RulesetName, tuple[Rule, ...]]
    revision: str
    files: int
    state_file: Path
    warnings: tuple[Diagnostic, ...] = ()
    texts: Mapping[Path, str] = field(default_factory=dict, repr=False, compare=False)
    ignores: tuple[Ignore, ...] = ()
    ignored: tuple[Diagnostic, ...] = ()
    shipped_sections: tuple[str, ...] = ()
