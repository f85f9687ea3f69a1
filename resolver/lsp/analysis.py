"""The analysis of a policy: what its files mean, what is wrong with them, and how its tests end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from resolver.author import read_cases, run_case
from resolver.diagnostics import Diagnostic, InputError, Place, PolicyError, ResolverError, Source
from resolver.domain import Policy
from resolver.frozen import frozen
from resolver.loader import load_policy
from resolver.lsp.open_files import Snapshot
from resolver.prover import prove
from resolver.serving.proving import with_proof
from resolver.table import DecisionTable, compile_table
from resolver.table.budget import stoppable


@frozen
class Analysis:
    """The findings about a policy at one moment.

    Args:
        snapshot: The files.
        diagnostics: The problems that were found, in all files.
        policy: The policy, None if its files have errors.
        table: The decision table; None if the files have errors, or the policy is not proven yet.
        is_complete: Whether nothing is left to do. A policy that loads is still to be proven and tested.
    """

    snapshot: Snapshot
    diagnostics: tuple[Diagnostic, ...]
    policy: Policy | None = None
    table: DecisionTable | None = None
    is_complete: bool = True


def load(snapshot: Snapshot) -> Analysis:
    """Return what the files say, before anything is proven."""
    try:
        policy = load_policy(snapshot.source)
    except PolicyError as error:
        return Analysis(snapshot, tuple(error.diagnostics))
    except ResolverError as error:
        place = Place(Source(str(snapshot.policy), "", snapshot.policy), 1, 1)
        return Analysis(snapshot, (Diagnostic("missing-section", str(error), place),))
    return Analysis(snapshot, policy.warnings, policy, is_complete=False)


def complete(loaded: Analysis, is_stopped: Callable[[], bool]) -> Analysis:
    """Return the analysis of a policy that loads, after its proof and its tests.

    Args:
        loaded: What `load` returned.
        is_stopped: Whether the analysis is no longer wanted.

    Raises:
        StoppedError: The analysis is no longer wanted.
    """
    assert loaded.policy is not None
    snapshot, policy = loaded.snapshot, loaded.policy
    with stoppable(is_stopped):
        try:
            table = compile_table(policy)
            proven = with_proof(table, prove(table))
        except PolicyError as error:
            return Analysis(snapshot, tuple(error.diagnostics), policy)
        found = list(proven.policy.warnings)
        for file in snapshot.tests:
            found += _test(snapshot, file, proven)
    return Analysis(snapshot, tuple(found), proven.policy, proven)


def _test(snapshot: Snapshot, file: Path, table: DecisionTable) -> list[Diagnostic]:
    """Return the problems of a file of tests, and the failures of its cases."""
    found: list[Diagnostic] = []
    try:
        cases = read_cases(file, table.policy, found, content=snapshot.content(file))
    except InputError as error:
        return [*found, *error.diagnostics]
    except ResolverError:  # the file has just been removed
        return []
    return [*found, *(result.failure for case in cases if (result := run_case(table, case)).failure is not None)]
