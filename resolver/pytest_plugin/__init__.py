"""A pytest plugin: `pytest policies/` runs the `*_test.yaml` files of a policy and collects each case as one test.

The plugin ignores test files that are not in the directory of a policy, because they belong to some other program.
"""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Return the collector of a file of policy tests; None for every other file."""
    if file_path.suffix not in (".yaml", ".yml") or not file_path.stem.endswith("_test"):
        return None
    from resolver.pytest_plugin.collecting import collector  # noqa: PLC0415  every run of pytest loads this module

    return collector(file_path, parent)
