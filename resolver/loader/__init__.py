"""Loads policy files into a checked policy."""

from resolver.loader.files import is_misnamed, is_policy_file, policy_files
from resolver.loader.ignores import without_ignored
from resolver.loader.policy import load_policy, problems_of
from resolver.loader.revision import revision_of
from resolver.loader.shipped import is_packaged, place_of_policy, sections_beneath, shipped_policy, with_reason
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
    "place_of_policy",
    "policy_files",
    "presets_of",
    "problems_of",
    "revision_of",
    "sections_beneath",
    "shipped_policy",
    "with_reason",
    "without_ignored",
]
