"""The policies that are measured, as files: the shipped one, and larger ones of the same rules."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from benchmarks.rows import TIERS, Rows
from resolver.loader import shipped_policy


def shipped_rows() -> Rows:
    """Return the rows of the shipped policy."""
    with (shipped_policy() / "model_tiers.yaml").open(encoding="utf-8") as file:
        section = yaml.safe_load(file)["model_tiers"]
    return Rows(section["role_defaults"], section["phase_overrides"], {})


def write(rows: Rows, directory: Path) -> Path:
    """Write a policy directory with the shipped rules over these rows."""
    shutil.copytree(shipped_policy(), directory)
    file = directory / "model_tiers.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    section = content["model_tiers"]
    section["role_defaults"] = rows.defaults
    section["phase_overrides"] = rows.overrides
    section["escalation_state"] = {f"{triad}:{role}": tier for (triad, role), tier in rows.escalated.items()}
    file.write_text(yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=False), encoding="utf-8")
    if rows.triads:
        rule = {"pri": 15, "all": [{"m": {"triad": list(rows.triads)}}], "run": {"tier": TIERS[-1]}}
        (directory / "pinned.yaml").write_text(yaml.dump({"rulesets": {"tier": {"pinned": rule}}}), encoding="utf-8")
    return directory
