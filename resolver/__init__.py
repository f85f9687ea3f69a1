"""A policy-as-data resolver: rule files decide on which model tier each agent of a multi-agent system runs."""

from resolver.diagnostics import Diagnostic, Level, Place, PolicyError, ResolverError
from resolver.domain import Decision, Escalation, Event, Explanation, Outcome, Streak, Subject
from resolver.facade import DecisionLog, Resolver

__all__ = [
    "Decision",
    "DecisionLog",
    "Diagnostic",
    "Escalation",
    "Event",
    "Explanation",
    "Level",
    "Outcome",
    "Place",
    "PolicyError",
    "Resolver",
    "ResolverError",
    "Streak",
    "Subject",
]
