"""Policy files to a checked policy."""

from resolver.loader.files import policy_files
from resolver.loader.policy import is_packaged, load_policy, shipped_policy

__all__ = ["is_packaged", "load_policy", "policy_files", "shipped_policy"]
