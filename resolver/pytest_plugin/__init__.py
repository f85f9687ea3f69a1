"""A pytest plugin: `pytest policies/` runs the `*_test.yaml` files of a policy, a case each.

A YAML file of anybody else is left alone: one that stands beside no policy.
"""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take a file of policy tests."""
    if file_path.suffix not in (".yaml", ".yml") or not file_path.stem.endswith("_test"):
        return None
    from resolver.pytest_plugin.collecting import collector  # noqa: PLC0415  every run of pytest loads this module

    return collector(file_path, parent)
