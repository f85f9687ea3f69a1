"""Collectors with which pytest reads and runs files of policy tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resolver.author import Case, CaseFailure, Known, is_test_file, judged, policy_of, read_cases, run_case
from resolver.diagnostics import ResolverError, render
from resolver.table import DecisionTable

_KNOWN = pytest.StashKey[Known]()
_TABLES = pytest.StashKey[dict[Path, DecisionTable]]()


def collector(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Return the collector of a file of policy tests, or None if the file has no policy tests.

    Args:
        path: The file.
        parent: The collector of its directory.

    """
    policy = policy_of(path, parent.config.stash.setdefault(_KNOWN, {})) if is_test_file(path) else None
    if policy is None:
        return None
    file: PolicyTests = PolicyTests.from_parent(parent, path=path)
    file.policy = policy
    return file


class PolicyTests(pytest.File):
    """A file of policy tests. All files of one policy share its decision table."""

    policy: Path

    def collect(self) -> Iterator[pytest.Item]:
        tables = self.config.stash.setdefault(_TABLES, {})
        try:
            if self.policy not in tables:
                tables[self.policy] = judged(self.policy)
            table = tables[self.policy]
            cases = read_cases(self.path, table.policy)
        except ResolverError as error:
            raise self.CollectError(str(error)) from error
        for case in cases:
            item: PolicyCase = PolicyCase.from_parent(self, name=case.label)
            item.case, item.table = case, table
            yield item


class PolicyCase(pytest.Item):
    """A case of a policy test, run on the decision table of its policy."""

    case: Case
    table: DecisionTable

    def runtest(self) -> None:
        failure = run_case(self.table, self.case).failure
        if failure is not None:
            raise CaseFailure(failure)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, CaseFailure):
            return render(excinfo.value.diagnostic)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.place.line - 1, self.name
