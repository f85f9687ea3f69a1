"""Loads policy files into a checked policy."""

from resolver.loader.files import is_misnamed, is_policy_file, policy_files
from resolver.loader.ignores import without_ignored
from resolver.loader.policy import is_packaged, load_policy, problems_of, sections_beneath, shipped_policy
from resolver.loader.revision import revision_of
from resolver.loader.sources import DiskSource, MemorySource, PolicySource
from resolver.loader.triads import presets_of

__all__ = [
    "DiskSource",
    "MemorySource",
    "PolicySource",
    "is_misnamed",
    "is_packaged",
    "is_policy_file",
    "load_policy",
    "policy_files",
    "presets_of",
    "problems_of",
    "revision_of",
    "sections_beneath",
    "shipped_policy",
    "without_ignored",
]
