"""Hypothesis strategies and a state machine for property tests of policies and of whatever asks them.

Needs the extra `testing`; nothing else of the package imports it.
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
