"""Reads a policy and its learned state once, for a command that answers a question and ends."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from resolver.domain import Streak, Subject
from resolver.serving.proving import proven_as_saved
from resolver.state.beside import Beside, earlier_database
from resolver.table import DecisionTable

_NO_STREAKS: Mapping[Subject, Streak] = MappingProxyType({})


def read_table(path: Path, state: str | None = None) -> DecisionTable:
    """Return the decision table of a policy, with its learned entries.

    Args:
        path: The path of the policy.
        state: The URL of the database that holds the entries; None means the policy file.

    Raises:
        PolicyError: The policy is wrong.
        ResolverError: There is no policy to read, or the state cannot be read.
    """
    return proven_as_saved(path)[0] if state is None else _opened(path, state)[0]


def read_streaks(path: Path, state: str | None = None) -> tuple[DecisionTable, Mapping[Subject, Streak]]:
    """Return the decision table of a policy, and its running streaks.

    Args:
        path: The path of the policy.
        state: The URL of the database that holds entries and streaks; None means the files beside the policy.

    Raises:
        PolicyError: The policy is wrong.
        ResolverError: There is no policy to read, or the state cannot be read.
    """
    if state is None:
        table = proven_as_saved(path)[0]
        if not Beside.of(table.policy.state_file).database.exists() and not earlier_database(path).exists():
            return table, _NO_STREAKS
    return _opened(path, state)


def _opened(path: Path, state: str | None) -> tuple[DecisionTable, Mapping[Subject, Streak]]:
    from resolver.facade.resolver import Resolver  # noqa: PLC0415  many modules, which most questions do not need

    with Resolver.open(path, state=state) as resolver:
        return resolver.table, resolver.streaks()
