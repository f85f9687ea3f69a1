"""The name under which this package is installed is ours, and the releases it is tested with are written down."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
FOREIGN = re.compile(r"pip install [^\n`]*(?<![\w./-])resolver\b|(?<![\w.-])resolver\[[a-z,]+\](?=['\"`\s])")
"""Somebody else's package of that name is on PyPI."""


def texts() -> list[Path]:
    """Every text file of the project; in a copy without git, those that are there."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.splitlines() or [str(path.relative_to(ROOT)) for path in (ROOT / "resolver").rglob("*.py")]
    return [ROOT / name for name in names if not name.endswith((".png", ".ico")) and (ROOT / name).is_file()]


def test_nobody_is_told_to_install_somebody_elses_package() -> None:
    """`pip install resolver` would run a stranger's code."""
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in texts()
        if path != Path(__file__)
        for match in FOREIGN.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text", ["pip install resolver", "pip install -U resolver", "pip install 'resolver[watch]'", "`resolver[otel]`"]
)
def test_the_search_would_find_it(text: str) -> None:
    """In a command, with an extra, or with an extra alone."""
    assert FOREIGN.search(text)


@pytest.mark.parametrize("text", ["pip install tier-resolver", "pip install 'tier-resolver[watch]'", "pip install ."])
def test_the_search_lets_our_name_pass(text: str) -> None:
    """Our own name has the other one in it."""
    assert not FOREIGN.search(text)


def test_constraints_hold_every_dependency() -> None:
    """Each dependency of each extra, and what builds the package, has one release in `constraints.txt`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    held = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert not [line for line in lines if "://" in line or line.startswith("-")]
    wanted = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    for extra in project["project"]["optional-dependencies"].values():
        wanted += extra
    releases = {canonicalize_name(pin.name): pin.specifier for pin in held}
    for requirement in map(Requirement, wanted):
        if requirement.name != project["project"]["name"]:
            [release] = releases[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(release.version), requirement
