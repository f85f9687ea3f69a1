"""What the code may import, and what it may know: it says nothing that a policy says."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import resolver
from resolver.agents import Kind
from resolver.domain import Equal
from resolver.domain.conditions import atoms
from resolver.loader import load_policy, shipped_policy

PACKAGE = Path(resolver.__file__).parent
MODULES = {".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts): file for file in PACKAGE.rglob("*.py")}
CONTRACT = PACKAGE.parent / "pyproject.toml"


@pytest.mark.skipif(not CONTRACT.exists(), reason="the layers are declared in the source tree")
def test_imports_go_one_way_down() -> None:
    """`One way down, enforced by import-linter`, as pyproject.toml declares it."""
    lint = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
    done = subprocess.run(
        [sys.executable, "-c", lint],
        cwd=CONTRACT.parent,
        env={**os.environ, "PYTHONPATH": str(CONTRACT.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("imported", "owners"),
    [
        ("durable_rules_engine", ("resolver.engine",)),
        ("durable", ()),
        ("yaml", ("resolver.yaml_text",)),
        ("ruamel", ("resolver.yaml_text",)),
        ("agno", ("resolver.agents",)),
        ("keycycle", ("resolver.agents",)),
        ("click", ("resolver.cli",)),
        ("rich", ("resolver.cli",)),
        ("hypothesis", ("resolver.testing",)),
        ("pytest", ("resolver.pytest_plugin",)),
        ("pygls", ("resolver.lsp",)),
        ("lsprotocol", ("resolver.lsp",)),
        ("watchfiles", ("resolver.cli.watch",)),
        ("sqlalchemy", ("resolver.state.sql",)),
        ("alembic", ("resolver.state.sql",)),
        ("psycopg", ("resolver.state.sql",)),
        ("opentelemetry", ("resolver.serving.telemetry", "resolver.serving.exposition")),
        ("prometheus_client", ("resolver.serving.exposition",)),
        ("fastapi", ("resolver.server",)),
        ("starlette", ("resolver.server",)),
        ("uvicorn", ("resolver.server",)),
    ],
)
def test_only_its_owner_imports_it(imported: str, owners: tuple[str, ...]) -> None:
    """`Only engine imports durable_rules_engine; only loader and the file store read YAML`, and so on."""
    importers = [name for name, file in MODULES.items() if imported in imports(file)]
    assert [name for name in importers if not f"{name}.".startswith(tuple(f"{owner}." for owner in owners))] == []


@pytest.mark.parametrize("below", ["diagnostics", "domain"])
def test_values_need_nothing_but_python(below: str) -> None:
    """`domain is frozen, slotted values with no third-party import`."""
    files = [file for name, file in MODULES.items() if name.startswith(f"resolver.{below}")]
    assert files
    assert {name for file in files for name in imports(file)} <= {*sys.stdlib_module_names, "resolver"}


def test_the_code_names_nothing_that_the_policy_names() -> None:
    """No tier, role, phase, provider or kind of failure of the shipped policy stands in the code.

    But for the ladder and the order of providers that a policy has if it does not say otherwise, for what running
    agents takes (the names of providers' SDKs, the kinds of failure that models record), and for the ladder that is
    part of HFS's interface.
    """
    policy = load_policy(shipped_policy())
    tiers = policy.model_tiers
    literals = [atom for ruleset in policy.rules.values() for rule in ruleset for atom in atoms(rule.condition)]
    named = {
        value for atom in literals if isinstance(atom, Equal) and atom.fact in ("role", "kind") for value in atom.values
    }
    named |= {*tiers.tiers, *tiers.provider_order, *tiers.role_defaults, *tiers.phase_overrides}
    named -= {"request"}  # a kind of failure, and an ordinary word
    observed = {kind.value for kind in Kind} | {*tiers.provider_order}
    named |= {rule.name for ruleset in policy.rules.values() for rule in ruleset if "_" in rule.name}
    assert {"capacity", "code_execution", "orchestrator", "fast", "execution", "three_strikes"} <= named
    # The strategies make up policies and never ask one, so they must have the words themselves.
    decides = {name: file for name, file in MODULES.items() if not name.startswith("resolver.testing")}
    known = {(name, text) for name, file in decides.items() for text in texts(file) if text in named}
    running = ("resolver.agents.", "resolver.domain.failure_kind")
    known -= {(name, text) for name, text in known if name.startswith(running) and text in observed}
    defaults = {*tiers.ladder.tiers, *tiers.provider_order}
    known -= {("resolver.hfs.config", tier) for tier in tiers.ladder.tiers}
    assert {found for found in known if found[0] != "resolver.domain.policy"} - FACTS == set()
    assert {text for name, text in known if name == "resolver.domain.policy"} <= defaults


FACTS = {(name, fact) for name in MODULES for fact in ("phase_override", "role_default")}
"""Rules of the shipped policy that are called like the fact that they are about."""


def imports(file: Path) -> set[str]:
    """The top-level names of what a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return found


def texts(file: Path) -> Iterator[str]:
    """The texts in a module's code; docstrings, with their examples, are longer than any name."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
