"""The facade: what an application opens a policy with, asks for tiers, and reports outcomes to."""

from resolver.lazy_names import TYPE_CHECKING, lazy_names

if TYPE_CHECKING:
    from resolver.facade.event_feed import EventFeed
    from resolver.facade.resolver import Resolver
    from resolver.serving.decision_log import DecisionLog

__all__ = ["DecisionLog", "EventFeed", "Resolver"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "resolver.facade.event_feed": ("EventFeed",),
        "resolver.facade.resolver": ("Resolver",),
        "resolver.serving.decision_log": ("DecisionLog",),
    },
)
