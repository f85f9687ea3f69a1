"""What an application opens a policy with, asks, and reports to."""

from resolver.facade.resolver import Resolver
from resolver.serving.decision_log import DecisionLog

__all__ = ["DecisionLog", "Resolver"]
