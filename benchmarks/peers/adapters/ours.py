"""The `Resolver` of this program, on the policy's files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from resolver import Resolver
from resolver.domain import Decision


def load(files: Path) -> Callable[..., Decision]:
    """Open the policy; its decisions hold the tier, its models and the reason."""
    return Resolver.open(files).resolve
