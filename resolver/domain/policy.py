"""Policies: the content of all files of a policy directory, checked and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from resolver.diagnostics import Diagnostic, Place
from resolver.domain.conditions import Condition
from resolver.domain.effects import Effect
from resolver.domain.facts import Fact
from resolver.domain.ladder import Ladder
from resolver.domain.subject import Subject

Row = tuple[str, ...]
"""The path of keys to an entry of a file, such as `("role_defaults", "worker_a")`; it starts inside `model_tiers`."""


class RulesetName(StrEnum):
    """The two rulesets: `tier` answers requests, and `outcome` judges outcomes."""

    TIER = "tier"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier, with its model id at each provider, in the order in which a client tries the providers."""

    name: str
    description: str
    providers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ModelTiers:
    """The section `model_tiers`: the ladder, its tiers, and the rows that rules read as facts."""

    ladder: Ladder
    tiers: Mapping[str, Tier]
    provider_order: tuple[str, ...]
    role_defaults: Mapping[str, str]
    phase_overrides: Mapping[str, Mapping[str, str]]
    escalation_state: Mapping[Subject, str]
    places: Mapping[Row, Place]
    """The place of each row; a row that a single file borrows from the shipped policy has its place in that policy."""
    cool_down: int = 30
    """Seconds for which a provider that failed comes last."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a ruleset. Of the rules that match, the lowest `pri` wins. `because` explains the rule to people."""

    name: str
    ruleset: RulesetName
    pri: int
    condition: Condition
    effect: Effect
    because: str
    place: Place
    run_place: Place | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy that the loader accepted.

    `rules` has the rules of both rulesets by ascending `pri`, and `facts` the extra facts by name. `files` is the
    number of files that the loader read. `state_file` is the file that holds `escalation_state`, or will hold it.
    `warnings` are problems that do not stop the policy from loading. `texts` has the text of each of the policy's own
    files, as it was when the loader read it.
    """

    model_tiers: ModelTiers
    facts: Mapping[str, Fact]
    rules: Mapping[RulesetName, tuple[Rule, ...]]
    revision: str
    files: int
    state_file: Path
    warnings: tuple[Diagnostic, ...] = ()
    texts: Mapping[Path, str] = field(default_factory=dict, repr=False, compare=False)
