"""What an application opens a policy with, asks, and reports to."""

from resolver.facade.decision_log import DecisionLog
from resolver.facade.resolver import Resolver

__all__ = ["DecisionLog", "Resolver"]
