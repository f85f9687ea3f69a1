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
from resolver.domain.ladder import Ladder
from resolver.domain.outcomes import Escalation, Event, Outcome, Recorded, Standing, Streak
from resolver.domain.policy import ModelTiers, Policy, Rule, RulesetName, Tier
from resolver.domain.request import NO_FACTS, request_names
from resolver.domain.subject import Subject, subject_problem
from resolver.domain.unused_name import unused_name

__all__ = [
    "NO_FACTS",
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
    "Integer",
    "Ladder",
    "Lost",
    "ModelTiers",
    "OpenText",
    "Or",
    "Outcome",
    "Policy",
    "Present",
    "Recorded",
    "Reference",
    "RequestFact",
    "Rule",
    "RuleReport",
    "RulesetName",
    "SameAs",
    "Standing",
    "Streak",
    "Subject",
    "Text",
    "Tier",
    "Unequal",
    "Unmatched",
    "Value",
    "Won",
    "facts_of",
    "request_names",
    "subject_problem",
    "unused_name",
    "vocabulary",
]
