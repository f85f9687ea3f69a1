"""The analysis of a policy: what its files mean, what is wrong with them, and how its tests end."""

from __future__ import annotations

from pathlib import Path

from resolver.author.policy_snapshot import Snapshot
from resolver.author.policy_tests.case_files import read_cases
from resolver.author.policy_tests.run_cases import run_case
from resolver.diagnostics import Diagnostic, InputError, Place, PolicyError, ResolverError, Source
from resolver.domain import Policy
from resolver.frozen import frozen
from resolver.loader import load_policy
from resolver.serving.proving import proven
from resolver.table import DecisionTable
from resolver.table.budget import check_stopped


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


def analyze_texts(snapshot: Snapshot) -> Analysis:
    """Return what the files say, before anything is proven."""
    try:
        policy = load_policy(snapshot.source)
    except PolicyError as error:
        return Analysis(snapshot, tuple(error.diagnostics))
    except ResolverError as error:
        place = Place(Source(str(snapshot.policy), "", snapshot.policy), 1, 1)
        return Analysis(snapshot, (Diagnostic("missing-section", str(error), place),))
    return Analysis(snapshot, policy.warnings, policy, is_complete=False)


def prove_and_test(loaded: Analysis) -> Analysis:
    """Return the analysis of a policy that loads, after its proof and its tests.

    Args:
        loaded: What `analyze_texts` returned.

    Raises:
        StoppedError: The work was stopped, see `resolver.table.budget.stoppable`.
    """
    assert loaded.policy is not None
    snapshot, policy = loaded.snapshot, loaded.policy
    try:
        table, _ = proven(policy)
    except PolicyError as error:
        return Analysis(snapshot, tuple(error.diagnostics), policy)
    found = list(table.policy.warnings)
    for file in snapshot.tests:
        found += _test(snapshot, file, table)
    return Analysis(snapshot, tuple(found), table.policy, table)


def _test(snapshot: Snapshot, file: Path, table: DecisionTable) -> list[Diagnostic]:
    """Return the problems of a file of tests, and the failures of its cases."""
    found: list[Diagnostic] = []
    try:
        cases = read_cases(file, table.policy, found, content=snapshot.content(file))
    except InputError as error:
        return [*found, *error.diagnostics]
    except ResolverError:  # the file has just been removed
        return []
    for case in cases:
        check_stopped()
        if (failure := run_case(table, case).failure) is not None:
            found.append(failure)
    return found
