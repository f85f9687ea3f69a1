from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from resolver.loader import shipped_policy


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A copy of the shipped policy."""
    folder = tmp_path / "policies"
    shutil.copytree(shipped_policy(), folder)
    return folder
