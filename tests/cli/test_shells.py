"""Completion in bash, zsh and fish as a person sees it: a tab, and the words that the command then gets."""

from __future__ import annotations

import ast
import os
import pty
import select
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.state.own import own_policy

pytestmark = pytest.mark.slow

SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], 'eval "$(_RESOLVER_COMPLETE=bash_source resolver)"'),
    "zsh": (
        ["zsh", "-f", "-i"],
        'autoload -Uz compinit; compinit -u; eval "$(_RESOLVER_COMPLETE=zsh_source resolver)"',
    ),
    "fish": (["fish", "-i"], "_RESOLVER_COMPLETE=fish_source resolver | source"),
}
COMMAND = """\
import os, sys
if "_RESOLVER_COMPLETE" in os.environ:
    from resolver.cli import main
    main(prog_name="resolver")
print("GOT", ascii(sys.argv[1:]), "END")
"""
CASES = {
    "tab": ["table"],
    "resolve t my": ["resolve", "t", "my writer"],
    r"resolve t my\ w": ["resolve", "t", "my writer"],
    'resolve t "my w': ["resolve", "t", "my writer"],
    "resolve t it": ["resolve", "t", "it's"],
    r"resolve t \$H": ["resolve", "t", "$HOME"],
    "resolve t x --fact bud": ["resolve", "t", "x", "--fact", "budget="],
    "resolve t x --fact preset=s": ["resolve", "t", "x", "--fact", "preset=solo"],
    "resolve t x --fact=preset=s": ["resolve", "t", "x", "--fact=preset=solo"],
    "resolve t x --fact preset=x:": ["resolve", "t", "x", "--fact", "preset=x:y"],
    "resolve t x --fact preset=a": ["resolve", "t", "x", "--fact", "preset=a b"],
    "table --format=j": ["table", "--format=json"],
    "check --explain=wil": ["check", "--explain=wildcard"],
    "check --policies=pol": ["check", "--policies=policies"],
    "table --policies=policies --role crit": ["table", "--policies=policies", "--role", "critic"],
    "diff pol": ["diff", "policies"],
}


class _Shell:
    """An interactive shell with the completion of the command."""

    def __init__(self, name: str, folder: Path) -> None:
        home = folder / "home"
        (home / ".config" / "fish").mkdir(parents=True)
        command = home / "resolver"
        (home / "command.py").write_text(COMMAND, encoding="utf-8")
        python, script = shlex.quote(sys.executable), shlex.quote(str(home / "command.py"))
        command.write_text(f'#!/bin/sh\nexec {python} {script} "$@"\n', encoding="utf-8")
        command.chmod(0o755)
        root = str(Path(__file__).parent.parent.parent)
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "COV_"))},
            "HOME": str(home),
            "TERM": "dumb",
            "PATH": f"{home}:{os.environ['PATH']}",
            "PYTHONPATH": root,
        }
        words, setup = SHELLS[name]
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(words[0], words, environment)
        self.answer(f"{setup}; resolver ready")

    def answer(self, typed: str) -> list[str]:
        """Type a line and Enter, and return the words that the command gets."""
        os.write(self.terminal, f"{typed}\r".encode())
        shown, end = "", time.monotonic() + 30
        while time.monotonic() < end:
            if not select.select([self.terminal], [], [], 0.2)[0]:
                continue
            shown += os.read(self.terminal, 65_536).decode(errors="replace")
            _, got, words = shown.partition("GOT ")
            if got and "END" in words:
                answer: list[str] = ast.literal_eval(words.partition(" END")[0].strip())
                return answer
        raise AssertionError(f"{typed!r} was not answered: {shown}")

    def close(self) -> None:
        """End the shell."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[_Shell]:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    path = own_policy(tmp_path, "").rename(tmp_path / "policies")
    (path / "more.yaml").write_text(
        "facts: {preset: {values: [solo, both, a b, 'x:y']}, budget: {integer: true}}\n", encoding="utf-8"
    )
    tiers = path / "model_tiers.yaml"
    roles = "".join(f"    {name}: fast\n" for name in ("my writer", "it's", "$HOME"))
    text = tiers.read_text(encoding="utf-8")
    tiers.write_text(text.replace("  role_defaults:\n", f"  role_defaults:\n{roles}"), encoding="utf-8")
    shell = _Shell(request.param, tmp_path)
    yield shell
    shell.close()


def test_a_tab_completes_whole_words(shell: _Shell) -> None:
    """Names with spaces and signs are quoted, and what follows `=` is completed in every shell."""
    answers = {typed: shell.answer(f"resolver {typed}\t") for typed in CASES}
    answers = {typed: [word.removesuffix("/") for word in words] for typed, words in answers.items()}  # zsh does so
    assert answers == CASES
