"""Policy files to a checked policy."""

from resolver.loader.policy import load_policy, shipped_policy

__all__ = ["load_policy", "shipped_policy"]
