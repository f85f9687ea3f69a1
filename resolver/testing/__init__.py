"""Hypothesis strategies and a state machine for property tests of policies, and of applications that use them.

This package needs the extra `testing`. No other part of `resolver` imports it.
"""

try:
    import hypothesis as _hypothesis  # noqa: F401
except ImportError as error:
    raise ImportError("`resolver.testing` needs Hypothesis; `pip install 'tier-resolver[testing]'` has it") from error

from resolver.testing.machine import PolicyMachine
from resolver.testing.strategies import Json, Request, escalations, kinds, mutations, policies, requests, yaml_text

__all__ = [
    "Json",
    "PolicyMachine",
    "Request",
    "escalations",
    "kinds",
    "mutations",
    "policies",
    "requests",
    "yaml_text",
]
