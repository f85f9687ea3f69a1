"""`ModelSelector` asks the provider manager as HFS does, with one test for each sentence of its contract."""

from __future__ import annotations

import inspect
from typing import Any
from unittest.mock import Mock, create_autospec

import keycycle
import pytest
from agno.models.base import Model
from agno.models.openai import OpenAIChat

from resolver import ResolverError
from resolver.agents.model import TieredModel
from resolver.hfs import ModelSelector
from tests.hfs.hfs import shipped_config
from tests.hfs.managers import Manager, Writing

ORDER = ("cerebras", "groq", "gemini", "openrouter")
GENERAL = {
    "cerebras": "llama-3.3-70b",
    "groq": "llama-3.3-70b-versatile",
    "gemini": "gemini-2.5-flash-lite",
    "openrouter": "meta-llama/llama-3.3-70b-instruct:free",
}


def test_it_takes_config_and_provider_manager_and_has_them_as_attributes() -> None:
    config, manager = shipped_config(), Writing(*ORDER)
    selector = ModelSelector(config, manager)
    assert selector.config is config
    assert selector.provider_manager is manager
    named = ModelSelector(config=config, provider_manager=manager)
    assert named.config is config
    assert list(inspect.signature(ModelSelector.get_model).parameters) == ["self", "triad_id", "role", "phase"]
    assert list(inspect.signature(ModelSelector.get_current_tier).parameters) == ["self", "triad_id", "role"]


def test_the_manager_is_called_with_provider_and_model_id_both_positional_and_nothing_else() -> None:
    manager = Writing(*ORDER)
    ModelSelector(shipped_config(), manager).get_model("t", "worker_a")
    assert manager.calls == [(("cerebras", "llama-3.3-70b"), {})]


def test_with_a_mock_the_only_call_is_that_one_and_its_model_is_handed_back_as_it_is() -> None:
    manager = Mock()
    manager.available_providers = ["groq"]
    model = ModelSelector(shipped_config(), manager).get_model("t", "worker_a", "execution")
    assert model is manager.get_model.return_value
    manager.get_model.assert_called_once_with("groq", "openai/gpt-oss-120b")
    assert model.mock_calls == []


def test_with_autospecced_manager_and_model_the_same_object_is_handed_back() -> None:
    """An autospecced model says that it is an agno model, and is none."""
    manager = create_autospec(Manager, instance=True)
    manager.available_providers = ["cerebras"]
    model = create_autospec(Model, instance=True)
    assert isinstance(model, Model)
    manager.get_model.return_value = model
    assert ModelSelector(shipped_config(), manager).get_model("t", "worker_a") is model
    manager.get_model.assert_called_once_with("cerebras", "llama-3.3-70b")


@pytest.mark.parametrize("model", ["a name", object(), None, 0], ids=["text", "object", "none", "number"])
def test_what_is_no_agno_model_is_handed_back_as_it_is(model: Any) -> None:
    assert ModelSelector(shipped_config(), Writing("groq", groq=model)).get_model("t", "r") is model


def test_what_is_an_agno_model_is_handed_out_as_one_that_resolves() -> None:
    given = OpenAIChat(id="llama-3.3-70b", api_key="none")
    model = ModelSelector(shipped_config(), Writing("cerebras", cerebras=given)).get_model("t", "worker_a")
    assert isinstance(model, TieredModel)
    assert model.id == "llama-3.3-70b"
    assert type(given) is OpenAIChat, "the manager's own model is not changed"


@pytest.mark.parametrize("order", [("groq", "cerebras"), ("openrouter",), ("unknown", "gemini", "groq")], ids=str)
def test_providers_are_tried_in_the_managers_order_if_the_tier_lists_them(order: tuple[str, ...]) -> None:
    manager = Writing(*order)
    first = next(provider for provider in order if provider in GENERAL)
    assert ModelSelector(shipped_config(), manager).get_model("t", "worker_a") == f"{first}/{GENERAL[first]}"
    assert manager.asked == [first]


@pytest.mark.parametrize(
    "error",
    [
        keycycle.NoAvailableKeyError("cerebras", "llama-3.3-70b", wait=False, timeout=0, total_keys=1, cooling_down=1),
        ImportError("no module named cerebras"),
        ValueError("bad"),
        RuntimeError("down"),
        KeyError("gone"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_provider_that_fails_in_any_way_is_followed_by_the_next(error: Exception) -> None:
    manager = Writing(*ORDER, cerebras=error, groq=error)
    assert ModelSelector(shipped_config(), manager).get_model("t", "worker_a") == "gemini/gemini-2.5-flash-lite"
    assert manager.asked == ["cerebras", "groq", "gemini"]


def test_an_interruption_is_not_a_failure_of_a_provider() -> None:
    manager = Mock(available_providers=[*ORDER])
    manager.get_model.side_effect = KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        ModelSelector(shipped_config(), manager).get_model("t", "worker_a")


def test_if_nothing_is_left_it_raises_keycycles_error_for_all() -> None:
    manager = Writing("cerebras", "groq", cerebras=ValueError("bad value"), groq=RuntimeError("down"))
    with pytest.raises(keycycle.NoAvailableKeyError) as caught:
        ModelSelector(shipped_config(), manager).get_model("t", "worker_a")
    assert caught.value.provider == "all"
    assert isinstance(caught.value, ResolverError)
    assert "bad value" in str(caught.value)
    assert "down" in str(caught.value)


@pytest.mark.parametrize("order", [(), ("unknown",)], ids=str)
def test_without_any_provider_of_the_tier_it_raises_the_same(order: tuple[str, ...]) -> None:
    manager = Writing(*order)
    with pytest.raises(keycycle.NoAvailableKeyError) as caught:
        ModelSelector(shipped_config(), manager).get_model("t", "worker_a")
    assert (caught.value.provider, manager.calls) == ("all", [])


def test_the_manager_of_the_moment_is_asked() -> None:
    selector = ModelSelector(shipped_config(), Writing("cerebras"))
    selector.provider_manager = Writing("groq")
    assert selector.get_model("t", "r") == "groq/llama-3.3-70b-versatile"
