"""durable-rules with the policy's ruleset, asked once for each request."""

from __future__ import annotations

from pathlib import Path

from benchmarks.bare import Decide
from benchmarks.contenders import Direct
from resolver import Resolver


def load(files: Path) -> Decide:
    """Give the engine the rules; the facts of a request are looked up as this program does it."""
    with Resolver.open(files) as resolver:
        return Direct(resolver).__enter__().decide
