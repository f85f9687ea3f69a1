"""Kinds of failure that models record, and that documents name."""

from __future__ import annotations

from enum import StrEnum


class FailureKind(StrEnum):
    """The cause of a failure. The shipped policy counts only `tool` and `task`."""

    CAPACITY = "capacity"
    OUTAGE = "outage"
    AUTH = "auth"
    NOT_FOUND = "not_found"
    REQUEST = "request"
    FILTERED = "filtered"
    CONTEXT = "context"
    TOOL = "tool"
    TASK = "task"

    @property
    def of_provider(self) -> bool:
        """Whether the failure is the provider's own, and says nothing about the model or the request."""
        return self not in NOT_THE_PROVIDERS


NOT_THE_PROVIDERS = (FailureKind.FILTERED, FailureKind.CONTEXT, FailureKind.TASK, FailureKind.TOOL)
"""The kinds that say something about the request or the model, the least telling first."""
