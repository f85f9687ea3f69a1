"""The change of HFS that docs/hfs.md describes: two modules of HFS become one line each."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "hfs.md").read_text(encoding="utf-8")
MODULES = dict(re.findall(r"`(hfs/core/\w+\.py)`:\n\n```python\n(.*?)```", PAGE, re.DOTALL))
USE = """
from types import SimpleNamespace
from unittest.mock import Mock, create_autospec
from hfs.core.escalation_tracker import EscalationTracker
from hfs.core.model_selector import ModelSelector, ModelTiersConfig
import resolver.hfs

assert ModelSelector is resolver.hfs.ModelSelector and EscalationTracker is resolver.hfs.EscalationTracker
config = ModelTiersConfig(
    tiers={name: {"providers": {"groq": f"{name}-model"}} for name in ("fast", "general", "reasoning")},
    role_defaults={"worker_a": "general"},
    phase_overrides={"execution": {"worker_a": "fast"}},
)
manager = Mock(available_providers=["groq"])
step = SimpleNamespace(model_selector=ModelSelector(config, manager))
assert step.model_selector.get_model("layout", "worker_a") is manager.get_model.return_value
manager.get_model.assert_called_with("groq", "general-model")
with step.model_selector.in_phase("execution"):
    step.model_selector.get_model("layout", "worker_a")
manager.get_model.assert_called_with("groq", "fast-model")
create_autospec(EscalationTracker)("hfs.yaml", config).record_failure("layout", "worker_a")
"""


def test_the_two_modules_are_hfss(tmp_path: Path) -> None:
    """They have one line each, and what HFS and its tests import from them is the resolver's."""
    assert {name: text.count("\n") for name, text in MODULES.items()} == {
        "hfs/core/model_selector.py": 1,
        "hfs/core/escalation_tracker.py": 1,
    }
    for name, text in MODULES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", USE], cwd=tmp_path, env=_with_path(tmp_path), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _with_path(folder: Path) -> dict[str, str]:
    import os  # noqa: PLC0415  beside its one use

    paths = (str(folder), str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", ""))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}
