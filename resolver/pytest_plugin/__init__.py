"""A pytest plugin: runs the policy tests of the policies that the option `resolver_policies` names, a case each."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option `resolver_policies` to pytest's configuration file."""
    help = "policies whose tests are collected: directories, or single files, relative to the configuration file"
    parser.addini("resolver_policies", help, type="paths")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a policy that does not exist: its tests would be skipped silently."""
    for policy in config.getini("resolver_policies"):
        if not policy.exists():
            raise pytest.UsageError(f"`resolver_policies` names `{policy}`, which does not exist")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a file of policy tests: of a policy that the option names, or named itself on the command line."""
    if file_path.suffix not in (".yaml", ".yml") or not file_path.stem.endswith("_test"):
        return None
    from resolver.pytest_plugin.collecting import collector  # noqa: PLC0415  every run of pytest loads this module

    return collector(file_path, parent)
