"""Frozen, slotted values that every other layer passes around; without third-party imports."""

from resolver.domain.conditions import (
    Absent,
    And,
    Compare,
    Condition,
    Equal,
    Or,
    Present,
    Reference,
    SameAs,
    Unequal,
    facts_of,
)
from resolver.domain.decisions import Decision, Explanation, Lost, RequestFact, RuleReport, Unmatched, Won
from resolver.domain.effects import Effect, EffectKind
from resolver.domain.facts import Fact, Facts, Integer, OpenText, Text, Value, vocabulary
from resolver.domain.failure_kind import FailureKind
from resolver.domain.health import Health, PolicyHealth, StoreHealth
from resolver.domain.ladder import Ladder
from resolver.domain.options import (
    NO_OPTIONS,
    Options,
    OptionValue,
    PlainOption,
    plain_option,
    plain_options,
    same_options,
)
from resolver.domain.outcomes import Escalation, Event, LastFailure, Outcome, Recorded, Standing, Streak
from resolver.domain.policy import (
    DEFAULT_COOL_DOWN,
    DEFAULT_TIMEOUT,
    Ignore,
    ModelTiers,
    Policy,
    ProviderSettings,
    Rule,
    RulesetName,
    Tier,
)
from resolver.domain.renaming import NameKind, Renaming
from resolver.domain.request import NO_FACTS, request_names
from resolver.domain.subject import Subject, subject_problem
from resolver.domain.unused_name import unused_name

__all__ = [
    "DEFAULT_COOL_DOWN",
    "DEFAULT_TIMEOUT",
    "NO_FACTS",
    "NO_OPTIONS",
    "Absent",
    "And",
    "Compare",
    "Condition",
    "Decision",
    "Effect",
    "EffectKind",
    "Equal",
    "Escalation",
    "Event",
    "Explanation",
    "Fact",
    "Facts",
    "FailureKind",
    "Health",
    "Ignore",
    "Integer",
    "Ladder",
    "LastFailure",
    "Lost",
    "ModelTiers",
    "NameKind",
    "OpenText",
    "OptionValue",
    "Options",
    "Or",
    "Outcome",
    "PlainOption",
    "Policy",
    "PolicyHealth",
    "Present",
    "ProviderSettings",
    "Recorded",
    "Reference",
    "Renaming",
    "RequestFact",
    "Rule",
    "RuleReport",
    "RulesetName",
    "SameAs",
    "Standing",
    "StoreHealth",
    "Streak",
    "Subject",
    "Text",
    "Tier",
    "Unequal",
    "Unmatched",
    "Value",
    "Won",
    "facts_of",
    "plain_option",
    "plain_options",
    "request_names",
    "same_options",
    "subject_problem",
    "unused_name",
    "vocabulary",
]
