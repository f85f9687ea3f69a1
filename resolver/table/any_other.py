"""The name that stands for every name a policy does not list."""

from __future__ import annotations

from typing import Final


class AnyOther:
    """The key of what is not listed; no name equals it."""


ANY_OTHER: Final = AnyOther()
