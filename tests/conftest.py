"""What holds for all tests.

`HYPOTHESIS_PROFILE=nightly pytest` lets properties look for counterexamples for hours, not seconds.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("ci", deadline=None, max_examples=20)
settings.register_profile("nightly", deadline=None, max_examples=10_000)
FIGURES = ("decisions", "longest_decision_ms", "longest_report_s", "statements_per_second")
"""Properties of tests that are printed at the end, as far as tests record them."""

settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return half as many workers again as there are cores: many tests wait for a server or for another process."""
    return max(2, len(os.sched_getaffinity(0)) * 3 // 2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Make every warning in a test an error; as an option it would end the run where another plugin warns first."""
    for item in items:
        item.add_marker(pytest.mark.filterwarnings("error"), append=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that the drills have recorded."""
    figures = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            recorded = dict(getattr(report, "user_properties", []))
            if chosen := [f"{name}={recorded[name]}" for name in FIGURES if name in recorded]:
                figures[report.nodeid] = "  ".join(chosen)
    if figures:
        terminalreporter.section("figures of the drills")
    for name, line in sorted(figures.items()):
        terminalreporter.line(f"{name.rpartition('/')[2]}: {line}")
