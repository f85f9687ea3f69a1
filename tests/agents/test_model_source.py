"""Sources of models that `providers=` takes, and those that it refuses at once."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from resolver import Resolver, ResolverError
from tests.agents.agents import agent_of, ran
from tests.agents.scripted import Scripted


def _get_model(provider: str, model_id: str) -> object:
    return object()


class _WithoutModels:
    available_providers = ("groq",)


class _Failing:
    @property
    def available_providers(self) -> list[str]:
        raise RuntimeError("no database yet")

    def get_model(self, provider: str, model_id: str) -> object:
        return object()


@pytest.mark.parametrize(
    ("providers", "why"),
    [
        (["groq"], "`list` has no such method `get_model`"),
        (_WithoutModels(), "`_WithoutModels` has no such method `get_model`"),
        (SimpleNamespace(available_providers=["groq"], get_model=7), "has no such method `get_model`"),
        (SimpleNamespace(get_model=_get_model), "`SimpleNamespace` has no `available_providers`"),
        (SimpleNamespace(get_model=_get_model, available_providers="groq"), "is the text `groq`, not a list of names"),
        (SimpleNamespace(get_model=_get_model, available_providers=7), "is `7`, not a list of names"),
        (SimpleNamespace(get_model=_get_model, available_providers=list), "is a method, not a list of names"),
        (_Failing, "`_Failing` is a class, not an instance of it"),
    ],
)
def test_a_wrong_shape_is_refused(policy: Path, providers: Any, why: str) -> None:
    """The error says what a source needs, and what is wrong with this one."""
    with pytest.raises(ResolverError, match="`providers` needs `available_providers`") as raised:
        Resolver.open(policy, providers=providers)
    assert str(raised.value).endswith(why)


def test_a_property_is_not_read_when_a_policy_is_opened(policy: Path) -> None:
    """Names that are worked out may not be ready yet."""
    Resolver.open(policy, providers=_Failing()).close()


@pytest.mark.parametrize("names", [["groq"], ("groq",), {"groq": 1}, {"groq": 1}.keys()])
def test_any_collection_of_names_will_do(policy: Path, names: Any) -> None:
    """A list, a tuple or a mapping is read at each call."""
    source = SimpleNamespace(available_providers=names, get_model=lambda provider, model_id: Scripted())
    with Resolver.open(policy, providers=source) as resolver:
        assert [ran(agent_of(resolver), "run").content for _ in range(2)] == ["whole"] * 2


def test_names_that_can_be_read_once_are_refused(policy: Path) -> None:
    """The second call would find none."""
    source = SimpleNamespace(available_providers=iter(["groq"]), get_model=_get_model)
    with pytest.raises(ResolverError, match="an iterator, which is used up after one call"):
        Resolver.open(policy, providers=source)
