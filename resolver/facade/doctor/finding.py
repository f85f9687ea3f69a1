"""The result of one check of a setup."""

from __future__ import annotations

from enum import StrEnum

from resolver.frozen import frozen


class Grade(StrEnum):
    """The grade of a finding: a warning may be meant so, a problem keeps something from working."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@frozen
class Finding:
    """A finding, and what to do if its grade is not `ok`."""

    grade: Grade
    message: str
    help: str = ""


def ok(message: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding(Grade.OK, message)


def warning(message: str, help: str) -> Finding:
    """Return a finding that someone should look at."""
    return Finding(Grade.WARNING, message, help)


def problem(message: str, help: str) -> Finding:
    """Return a finding that keeps something from working."""
    return Finding(Grade.PROBLEM, message, help)
