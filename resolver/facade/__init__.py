"""The facade: what an application opens a policy with, asks for tiers, and reports outcomes to."""

from resolver.facade.resolver import Resolver
from resolver.serving.decision_log import DecisionLog

__all__ = ["DecisionLog", "Resolver"]
