"""Commands import only what they need, so that a prompt does not wait."""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import resolver
from resolver.cli.main import main
from resolver.loader import shipped_policy

PROGRAM = """
import contextlib, io, json, sys
if sys.argv[1:] != ["import"]:
    from resolver.cli import main
    with contextlib.redirect_stdout(io.StringIO()):
        main(sys.argv[1:], standalone_mode=False)
else:
    import resolver
print(json.dumps(sorted(sys.modules)))
"""
LAZY = [resolver, *(importlib.import_module(f"resolver.{room}") for room in ("author", "facade", "serving", "state"))]


def modules_of(*arguments: str) -> set[str]:
    """The modules that a process has after a command."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


EVERY = ["pydantic", "rich", "sqlalchemy", "agno", "keycycle", "opentelemetry", "importlib.metadata"]
ASKING = [*EVERY, "sqlite3", "resolver.facade.resolver", "resolver.state.file_store", "resolver.cli.diff"]


@pytest.mark.parametrize(
    ("arguments", "unneeded"),
    [
        (["import"], [*ASKING, "typing", "dataclasses", "resolver.diagnostics", "resolver.domain"]),
        (["--help"], [*ASKING, "yaml", "resolver.domain", "resolver.loader", "resolver.cli.resolve"]),
        (["resolve", "layout", "worker_a"], [*ASKING, "resolver.author"]),
        (
            ["explain", "layout", "worker_a"],
            [*ASKING, "resolver.author.policy_tests.run_cases", "resolver.author.diff"],
        ),
        (["check", "--policies", str(shipped_policy())], [*ASKING, "resolver.author.policy_tests.run_cases"]),
    ],
)
def test_a_command_imports_only_what_it_needs(arguments: list[str], unneeded: list[str]) -> None:
    """No module that a command does not need is imported by it."""
    assert modules_of(*arguments).intersection(unneeded) == set()


@pytest.mark.parametrize("name", sorted(main.commands))
def test_the_list_of_commands_is_true(name: str) -> None:
    """Each command is where the list says, under its name."""
    command = main.imported(name)
    assert command.name == name
    assert command.callback is not None


@pytest.mark.parametrize("package", LAZY, ids=lambda package: package.__name__)
def test_all_names_of_a_package_can_be_used(package: object) -> None:
    """Each public name is loaded from its module, and listed; no other name is."""
    names = getattr(package, "__all__")  # noqa: B009  a module has no such attribute for mypy
    assert all(getattr(package, name) is not None for name in names)
    assert set(names) <= set(dir(package))
    modules = {module.name for module in pkgutil.iter_modules(getattr(package, "__path__"))}  # noqa: B009
    assert modules.isdisjoint(names), "a module that is imported would take the place of the name"
    with pytest.raises(AttributeError, match="has no attribute `nothing`"):
        getattr(package, "nothing")  # noqa: B009


def test_every_command_has_a_module() -> None:
    """No module of a command is left out of the list."""
    folder = Path(resolver.__file__).parent / "cli"
    texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
    commands = {name for name, text in texts.items() if f"\ndef {name}(" in text and "@click.command(" in text}
    assert commands | {"state"} == set(main.commands) | {"state"}


def test_a_process_of_its_own_spends_little_on_garbage() -> None:
    """The program that people start looks for cycles seldom; a program that imports the command does as before."""
    started = (
        "import runpy, sys; sys.argv = ['resolver', '--version']; runpy.run_module('resolver', run_name='__main__')"
    )
    for run, is_as_before in (("import resolver.cli", "True"), (started, "False")):
        shown = (
            "import atexit, gc; atexit.register(lambda before=gc.get_threshold(): print(before == gc.get_threshold()))"
        )
        done = subprocess.run([sys.executable, "-c", f"{shown}; {run}"], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == is_as_before
