"""Loads and proves policies without serving them, from any source of their files."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from resolver.diagnostics import Level, PolicyError
from resolver.domain import Policy
from resolver.loader import PolicySource, load_policy, with_reason, without_ignored
from resolver.prover import Proof, prove
from resolver.serving.files_read import FilesRead
from resolver.table import DecisionTable, compile_table

_log = logging.getLogger("resolver")


def load_and_prove(policy: Path | PolicySource) -> DecisionTable:
    """Return the decision table of a policy, without serving it.

    Args:
        policy: The path of the policy on disk, or another source of its files.

    Raises:
        PolicyError: The policy is wrong. The error has every problem, including those that the prover finds.
        ResolverError: There is no policy to read.
    """
    return proven(load_policy(policy))[0]


def proven_as_saved(path: Path) -> tuple[DecisionTable, Proof]:
    """Return the decision table of the policy at `path` and its proof, without following its files.

    If another program is just saving a file, this waits for it, and logs a warning if that takes too long. Errors are
    those of `load_and_prove`.
    """
    files = FilesRead(path)
    if not files.wait_for_save():
        _log.warning("policy %s is still open for writing in another program; it is read as it is", path)
    return proven(files.load(load_policy))


def proven(policy: Policy) -> tuple[DecisionTable, Proof]:
    """Return the decision table of a policy that is loaded, and its proof; PolicyError if that found an error."""
    table = compile_table(policy)
    proof = prove(table)
    return with_proof(table, proof), proof


def with_proof(table: DecisionTable, proof: Proof) -> DecisionTable:
    """Return the table of a policy with the warnings of its proof; PolicyError if the proof found an error."""
    policy = table.policy
    reasoned = with_reason(proof.diagnostics, policy.shipped_sections, policy.state_file)
    found = sorted((*policy.warnings, *reasoned), key=lambda diagnostic: diagnostic.sort_key)
    diagnostics, ignored = without_ignored(found)
    if any(diagnostic.level is Level.ERROR for diagnostic in diagnostics):
        raise PolicyError(diagnostics)
    ignored = [*policy.ignored, *ignored]
    return replace(table, policy=replace(policy, warnings=tuple(diagnostics), ignored=tuple(ignored)))
