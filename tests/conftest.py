"""What holds for all tests.

`HYPOTHESIS_PROFILE=nightly pytest` lets properties look for counterexamples for hours, not seconds.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("ci", deadline=None, max_examples=45)
settings.register_profile("nightly", deadline=None, max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Make every warning in a test an error; as an option it would end the run where another plugin warns first."""
    for item in items:
        item.add_marker(pytest.mark.filterwarnings("error"), append=False)
