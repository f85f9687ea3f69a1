"""The public names are loaded when they are first used, and their values work with the standard library."""

from __future__ import annotations

import ast
import copy
import dataclasses
import importlib
import json
import pickle
import pprint
import subprocess
import sys
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from pydantic import TypeAdapter

import resolver
from resolver import Decision, PolicyError, Resolver, ResolverError
from tests.state.own import own_policy

VALUES = [
    public for name in resolver.__all__ if dataclasses.is_dataclass(public := getattr(resolver, name))
]  # fmt: skip


PACKAGE = Path(resolver.__file__).parent
LAZY = [path for path in sorted(PACKAGE.rglob("__init__.py")) if "lazy_names(" in path.read_text("utf-8")]


@pytest.mark.parametrize("path", LAZY, ids=lambda path: path.parent.name)
def test_the_lists_of_a_lazy_package_agree(path: Path) -> None:
    """A name is imported for type checkers, is in `__all__`, and is loaded from the same module when it is used."""
    tree = ast.parse(path.read_text("utf-8"))
    for_checkers = {
        (imported.name, block.module)
        for branch in tree.body
        if isinstance(branch, ast.If)
        for block in branch.body
        if isinstance(block, ast.ImportFrom)
        for imported in block.names
    }
    [call] = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "lazy_names"]
    when_used = {(name, module) for module, names in ast.literal_eval(call.args[1]).items() for name in names}
    assert for_checkers == when_used
    package = ".".join(("resolver", *path.parent.relative_to(PACKAGE).parts))
    assert {name for name, _ in when_used} <= {*importlib.import_module(package).__all__}


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__name__)
def test_the_types_of_a_value_can_be_read(value: Any) -> None:
    """An application that serves decisions, as with FastAPI, makes a schema of them."""
    assert list(get_type_hints(value)) == [each.name for each in dataclasses.fields(value)]
    assert TypeAdapter(value).json_schema(mode="serialization")


def test_values_can_be_copied_pickled_and_written_as_json(tmp_path: Path) -> None:
    """A decision goes to another process, and an outcome into a log."""
    path = own_policy(tmp_path)
    models = path / "model_tiers.yaml"
    text = models.read_text("utf-8").replace(
        "cerebras: llama-3.3-70b\n",
        "cerebras: {id: llama-3.3-70b, temperature: 0, stop: [a], extra_body: {a: {b: 1}}}\n",
    )
    models.write_text(text, "utf-8")
    with Resolver.open(path) as opened:
        decision = opened.resolve("layout", "worker_b")
        assert decision.options["cerebras"]["temperature"] == 0
        values: list[Any] = [
            decision,
            opened.record_failure("layout", "worker_b", ran_on=pickle.loads(pickle.dumps(decision))),
            opened.explain("layout", "worker_b"),
            opened.health(),
            *opened.history(),
            *opened.streaks().values(),
        ]
    for value in values:
        assert copy.copy(value) == value
        assert repr(copy.deepcopy(value)) == repr(value)  # a place belongs to its own reading of a file
        assert repr(pickle.loads(pickle.dumps(value))) == repr(value)
        assert json.loads(json.dumps(dataclasses.asdict(value), default=str))
        assert type(value).__name__ in pprint.pformat(value, width=20)
    with pytest.raises(TypeError, match="a frozen dictionary cannot be changed"):
        decision.models["groq"] = "mine"  # type: ignore[index]


def test_an_error_keeps_its_diagnostics_in_another_process(tmp_path: Path) -> None:
    """A pool of processes passes exceptions on as pickles."""
    bad = tmp_path / "bad.yaml"
    bad.write_text("model_tiers: [", "utf-8")
    with pytest.raises(PolicyError) as caught:
        Resolver.open(bad)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert list(map(repr, again.diagnostics)) == list(map(repr, caught.value.diagnostics))


@pytest.mark.parametrize("name", ["nope", "", "a.b", "..state", ".state", "a b", "a\x00b", "\udc80", "1"])
def test_a_name_that_is_none_is_an_attribute_error(name: str) -> None:
    """`hasattr` and mocks ask for any names."""
    assert not hasattr(resolver, name)


def test_modules_can_be_used_by_their_names() -> None:
    """Each name of `__all__` is in `dir`, and pattern matching works with it."""
    code = (
        "import resolver\n"
        "assert resolver.diagnostics.ResolverError is resolver.ResolverError\n"
        "assert set(resolver.__all__) < set(dir(resolver))\n"
        "from resolver import *\n"
        "assert issubclass(PolicyError, ResolverError)\n"
    )
    for option in ("-O", "-OO", "-B"):
        subprocess.run([sys.executable, "-W", "error", option, "-c", code], check=True)


def test_a_pattern_takes_a_decision_apart() -> None:
    """Fields by position and by name."""
    with Resolver.open() as opened:
        match opened.resolve("layout", "code_execution"):
            case Decision(tier, _, models=models):
                assert (tier, bool(models)) == ("fast", True)
    assert issubclass(PolicyError, ResolverError)
