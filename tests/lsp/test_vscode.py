"""The extension for VS Code: npm builds and packages it, and it starts the server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "editors" / "vscode"
DRIVER = Path(__file__).parent / "drivers" / "vscode.js"
OFFLINE = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|E403|ENOTCACHED")

pytestmark = pytest.mark.skipif(not EXTENSION.is_dir(), reason="the extension is in the source tree")


def test_extension_has_the_licence_and_version_of_the_program() -> None:
    """And it starts `resolver` unless a setting says otherwise, which a folder that is not trusted cannot set."""
    package = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (package["license"], package["version"]) == (project["license"], project["version"])
    assert (EXTENSION / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert package["contributes"]["configuration"]["properties"]["resolver.command"]["default"] == "resolver"
    assert package["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] == ["resolver.command"]
    assert "onLanguage:yaml" in package["activationEvents"]


@pytest.mark.slow
def test_npm_packages_an_extension_that_starts_the_server(policies: Path) -> None:
    """The package has what it needs to run, and nothing else; the client runs, or says what is missing."""
    built = _built(policies.parent / "vscode")
    with zipfile.ZipFile(built / "resolver.vsix") as package:
        names = set(package.namelist())
    assert {"extension/extension.js", "extension/package.json", "extension/LICENSE.txt"} <= names
    assert "extension/node_modules/vscode-languageclient/package.json" in names
    assert "extension/node_modules/vscode-languageclient/License.txt" in names
    assert not [name for name in names if "/@vscode/" in name or name.endswith((".map", ".d.ts", ".ts"))]
    program = policies.parent / "bin" / "resolver"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m resolver "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    shown = _started(built, "${workspaceFolder}/../bin/resolver", policies)
    assert shown == {"errors": [], "server": "resolver", "runs": True}
    shown = _started(built, "/nowhere/resolver", policies)
    assert not shown["runs"]
    assert "install it with `pip install 'tier-resolver[lsp]'`, or set `resolver.command`" in shown["errors"][-1]


def _built(folder: Path) -> Path:
    """Build and package a copy of the extension; the test is skipped without npm or its registry."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    shutil.copytree(EXTENSION, folder, ignore=shutil.ignore_patterns("node_modules", "*.vsix", "package-lock.json"))
    environment = os.environ | {"npm_config_cache": str(folder.parent / "cache"), "npm_config_fetch_retries": "0"}
    for command in (["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"], ["npm", "run", "package"]):
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
        )
        if done.returncode and OFFLINE.search(done.stderr):
            pytest.skip("npm's registry cannot be reached")
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


def _started(built: Path, command: str, policies: Path) -> Any:
    arguments = ["node", str(DRIVER), str(built / "extension.js"), command, str(policies)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
