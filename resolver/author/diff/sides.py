"""The sides of a comparison: a policy directory or file, or a revision of a policy's repository."""

from __future__ import annotations

from pathlib import Path

from resolver.author.git_policy import policy_at_revision
from resolver.diagnostics import InputError, PolicyError, legible
from resolver.frozen import frozen
from resolver.loader import PolicySource
from resolver.serving import load_and_prove
from resolver.table import DecisionTable


@frozen
class Side:
    """A policy as one side of a comparison: its name as people know it, and its decision table."""

    name: str
    table: DecisionTable


def side(name: str, policy: Path) -> Side:
    """Return a policy to compare: a directory or a file, or else a revision of a repository.

    Args:
        name: The path of a policy, or a revision.
        policy: The path of the policy whose repository has the revision.

    Raises:
        InputError: The policy is wrong. The error has every problem.
        ResolverError: The policy or the revision does not exist.
    """
    path = Path(name)
    return of_path(path) if path.exists() else _side(name, policy_at_revision(name, policy))


def of_path(path: Path) -> Side:
    """Return the policy at `path` to compare.

    Raises:
        InputError: The policy is wrong. The error has every problem.
        ResolverError: The policy does not exist.
    """
    return _side(str(path), path)


def _side(name: str, policy: Path | PolicySource) -> Side:
    try:
        return Side(legible(name), load_and_prove(policy))
    except PolicyError as error:
        raise InputError(error.diagnostics) from error
