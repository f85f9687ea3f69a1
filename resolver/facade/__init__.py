"""What an application opens a policy with, asks, and reports to."""

from resolver.facade.resolver import Resolver

__all__ = ["Resolver"]
