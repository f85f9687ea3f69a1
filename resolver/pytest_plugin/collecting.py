"""Files of policy tests, collected and run by pytest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resolver.author import Case, CaseFailure, files_of_tests, policy_beside, read_cases, run_case
from resolver.diagnostics import Diagnostic, ResolverError, render, safe_lines, visible
from resolver.serving import load_and_prove
from resolver.table import DecisionTable

_TABLES = pytest.StashKey[dict[Path, DecisionTable]]()


def collector(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Return the collector of a file of policy tests, or None if it is not to be collected."""
    policy = _policy_of(path, parent.config)
    if policy is None:
        return None
    file: PolicyTests = PolicyTests.from_parent(parent, path=path)
    file.policy = policy
    return file


def _policy_of(path: Path, config: pytest.Config) -> Path | None:
    """Return the policy that a file of tests is about: the one that the option names, or the one beside the file."""
    for policy in config.getini("resolver_policies"):
        if any(file.exists() and file.samefile(path) for file in files_of_tests(policy)):
            return Path(policy)
    folder = config.invocation_params.dir
    named = (Path(os.path.abspath(folder / argument.split("::")[0])) for argument in config.args)
    return policy_beside(path) if path in named else None


class PolicyTests(pytest.File):
    """A file of policy tests."""

    policy: Path

    def collect(self) -> Iterator[pytest.Item]:
        tables = self.config.stash.setdefault(_TABLES, {})
        try:
            if self.policy not in tables:
                tables[self.policy] = load_and_prove(self.policy)
            table = tables[self.policy]
            warnings: list[Diagnostic] = []
            cases = read_cases(self.path, table.policy, warnings)
        except ResolverError as error:
            raise self.CollectError(safe_lines(str(error))) from error
        for diagnostic in warnings:
            self.warn(pytest.PytestCollectionWarning(safe_lines(render(diagnostic))))
        for case in cases:
            item: PolicyCase = PolicyCase.from_parent(self, name=safe_lines(visible(case.label)))
            item.case, item.table = case, table
            yield item


class PolicyCase(pytest.Item):
    """A case of a policy test."""

    case: Case
    table: DecisionTable

    def runtest(self) -> None:
        failure = run_case(self.table, self.case).failure
        if failure is not None:
            raise CaseFailure(failure)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, CaseFailure):
            return safe_lines(render(excinfo.value.diagnostic))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.place.line - 1, self.name
