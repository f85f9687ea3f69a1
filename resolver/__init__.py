"""A policy-as-data resolver: rule files decide on which model tier each agent of a multi-agent system runs.

Importing this package is quick: each name is loaded from its room when it is first used.
"""

from resolver.lazy_names import TYPE_CHECKING, lazy_names

if TYPE_CHECKING:
    from resolver.diagnostics import Diagnostic, Level, Place, PolicyError, RequestError, ResolverError
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
    "RequestError",
    "Resolver",
    "ResolverError",
    "Streak",
    "Subject",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "resolver.diagnostics": ("Diagnostic", "Level", "Place", "PolicyError", "RequestError", "ResolverError"),
        "resolver.domain": ("Decision", "Escalation", "Event", "Explanation", "Outcome", "Streak", "Subject"),
        "resolver.facade": ("DecisionLog", "Resolver"),
    },
)
