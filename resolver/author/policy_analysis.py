"""The analysis of a policy: what its files mean, what is wrong with them, and how its tests end."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path

from resolver.author.policy_snapshot import Snapshot
from resolver.author.policy_tests.case_files import read_cases
from resolver.author.policy_tests.cases import Case
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
        cases: The cases of the tests.
        in_tests: Those of `diagnostics` that the files of tests have before any case runs.
    """

    snapshot: Snapshot
    diagnostics: tuple[Diagnostic, ...]
    policy: Policy | None = None
    table: DecisionTable | None = None
    is_complete: bool = True
    cases: tuple[Case, ...] = field(default=(), repr=False)
    in_tests: tuple[Diagnostic, ...] = field(default=(), repr=False)


def analyze_texts(snapshot: Snapshot) -> Analysis:
    """Return what the files say, before anything is proven."""
    try:
        policy = load_policy(snapshot.source)
    except PolicyError as error:
        return Analysis(snapshot, tuple(error.diagnostics))
    except ResolverError as error:
        place = Place(Source(str(snapshot.policy), "", snapshot.policy), 1, 1)
        return Analysis(snapshot, (Diagnostic("missing-section", str(error), place),))
    cases: list[Case] = []
    found: list[Diagnostic] = []
    for file in snapshot.tests:
        cases += _read_tests(snapshot, file, policy, found)
    return Analysis(
        snapshot, (*policy.warnings, *found), policy, is_complete=False, cases=tuple(cases), in_tests=tuple(found)
    )


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
        return Analysis(snapshot, (*error.diagnostics, *loaded.in_tests), policy)
    found = [*table.policy.warnings, *loaded.in_tests]
    for case in loaded.cases:
        check_stopped()
        if (failure := run_case(table, case).failure) is not None:
            found.append(failure)
    return Analysis(snapshot, tuple(found), table.policy, table)


def _read_tests(snapshot: Snapshot, file: Path, policy: Policy, found: list[Diagnostic]) -> list[Case]:
    """Return the cases of a file of tests, and add its problems to `found`."""
    try:
        return read_cases(file, policy, found, content=snapshot.content(file))
    except InputError as error:
        found += error.diagnostics
    except ResolverError:  # the file has just been removed
        pass
    return []
