"""Real editors, set up by the lines in docs/editors.md, on the shipped policy."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs" / "editors.md"
DRIVERS = Path(__file__).parent / "drivers"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not DOCS.is_file(), reason="the pages are in the source tree")]


def lines_of(language: str) -> list[str]:
    """Return the blocks of a language in the page of editors."""
    return re.findall(rf"```{language}\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


def version_of(program: str) -> tuple[int, ...]:
    """Return the version of an editor; the test is skipped if the editor is not there."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    text = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)\.(\d+)", text)
    assert found is not None
    return tuple(map(int, found.groups()))


def run(command: list[str], policies: Path) -> Any:
    """Run an editor with `resolver` on its path, and return what its driver has written."""
    folder = policies.parent / "bin"
    folder.mkdir()
    (folder / "resolver").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m resolver "$@"\n', encoding="utf-8")
    (folder / "resolver").chmod(0o755)
    shown = policies.parent / "shown.json"
    environment = os.environ | {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(DOCS.parents[1]),
        "HOME": str(policies.parent),
        "FILE": str(policies / "model_tiers.yaml"),
        "SHOWN": str(shown),
    }
    done = subprocess.run(
        command, env=environment, cwd=policies.parent, capture_output=True, text=True, timeout=120, check=False
    )
    assert shown.is_file(), done.stdout + done.stderr
    return json.loads(shown.read_text(encoding="utf-8"))


def check(shown: Any) -> None:
    """Check that a mistake was shown, and that the tier `general` was found and renamed."""
    [message] = shown.pop("diagnostics")
    assert "unknown tier `genral`" in message
    assert shown.pop("references") > 10
    assert shown == {"definition": 19, "outline": "model_tiers", "renamed": "    critic: middle"}


def test_neovim(policies: Path) -> None:
    """The lines for its version start the server, and its own commands use the features."""
    newer, older = lines_of("lua")
    set_up = policies.parent / "init.lua"
    set_up.write_text(newer if version_of("nvim") >= (0, 11) else older, encoding="utf-8")
    command = ["nvim", "--headless", "-i", "NONE", "-n", "-u", str(set_up), str(policies / "model_tiers.yaml")]
    check(run([*command, "-c", f"luafile {DRIVERS / 'neovim.lua'}", "-c", "cquit"], policies))


def test_emacs(policies: Path) -> None:
    """The lines start the server by eglot, which comes with Emacs 29 and is a package before."""
    version_of("emacs")
    batch = ["emacs", "--batch", "-f", "package-initialize"]
    needed = [*batch, "--eval", "(progn (require 'eglot) (require 'yaml-mode))"]
    if subprocess.run(needed, capture_output=True, check=False).returncode:
        pytest.skip("Emacs has no eglot or no yaml-mode")
    set_up = policies.parent / "init.el"
    set_up.write_text("\n".join(lines_of("elisp")), encoding="utf-8")
    check(run([*batch, "-l", str(set_up), "-l", str(DRIVERS / "emacs.el")], policies))


def test_each_editor_has_few_lines() -> None:
    """Helix, Zed and others need a block each that its program can read."""
    [helix] = lines_of("toml")
    read = tomllib.loads(helix)
    assert read["language-server"]["resolver"] == {"command": "resolver", "args": ["lsp"]}
    assert read["language"][0]["language-servers"][0] in read["language-server"]
    [zed] = lines_of("json")
    assert json.loads(zed)["lsp"]["yaml-language-server"]["binary"] == {"path": "resolver", "arguments": ["lsp"]}
    for block in (helix, zed, *lines_of("lua"), *lines_of("elisp")):
        assert len([line for line in block.splitlines() if line]) <= 5
