"""`ModelSelector` reads tiers, roles, phases and escalations from its config at each call."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest

from resolver import ResolverError
from resolver.hfs import ModelSelector
from tests.hfs.hfs import TierSection, TiersSection, shipped_config
from tests.hfs.managers import Writing

ORDER = ("cerebras", "groq", "gemini", "openrouter")


def test_an_unknown_role_runs_on_general() -> None:
    selector = ModelSelector(shipped_config(), Writing("groq"))
    assert selector.get_model("t", "nobody") == "groq/llama-3.3-70b-versatile"
    assert selector.get_current_tier("t", "nobody") == "general"


def without(*tiers: str) -> TiersSection:
    config = shipped_config()
    for tier in tiers:
        del config.tiers[tier]
    return config


def test_a_tier_that_the_config_does_not_define_is_a_key_error() -> None:
    selector = ModelSelector(without("reasoning"), Writing(*ORDER))
    with pytest.raises(KeyError, match="reasoning"):
        selector.get_model("t", "orchestrator")
    assert selector.get_current_tier("t", "orchestrator") is None
    assert selector.get_model("t", "worker_a") == "cerebras/llama-3.3-70b"


def test_a_tier_of_a_row_that_is_none_is_a_key_error() -> None:
    config = shipped_config()
    config.role_defaults["worker_a"] = "turbo"  # type: ignore[assignment]
    selector = ModelSelector(config, Writing(*ORDER))
    with pytest.raises(KeyError, match="turbo"):
        selector.get_model("t", "worker_a")
    assert selector.get_model("t", "worker_a", "execution") == "cerebras/zai-glm-4.7", "the phase comes first"
    config.escalation_state["t:worker_a"] = "reasoning"
    assert selector.get_current_tier("t", "worker_a") == "reasoning", "the escalation comes first"


def test_general_not_defined_is_a_key_error_for_an_unknown_role() -> None:
    with pytest.raises(KeyError, match="general"):
        ModelSelector(without("general"), Writing(*ORDER)).get_model("t", "nobody")


def test_a_mock_as_config_will_do() -> None:
    config = Mock(
        tiers={"general": Mock(providers={"groq": "g"})}, role_defaults={}, phase_overrides={}, escalation_state={}
    )
    selector = ModelSelector(config, Writing("groq"))
    assert selector.get_model("t", "r") == "groq/g"
    config.escalation_state["t:r"] = "fast"
    with pytest.raises(KeyError, match="fast"):
        selector.get_model("t", "r")


def test_the_phase_is_positional_and_an_escalation_outranks_it() -> None:
    selector = ModelSelector(shipped_config(), Writing("cerebras"))
    assert selector.get_model("t", "worker_a", "execution") == "cerebras/zai-glm-4.7"
    assert selector.get_model("t", "worker_a", "deliberation") == "cerebras/llama-3.3-70b"
    assert selector.get_model("t", "worker_a", None) == "cerebras/llama-3.3-70b"
    assert selector.get_model("t", "worker_a", "") == "cerebras/llama-3.3-70b"
    selector.config.escalation_state["t:worker_a"] = "reasoning"
    assert selector.get_model("t", "worker_a", "execution") == "cerebras/qwen-3-235b-a22b-instruct-2507"


def test_the_phase_of_the_moment_is_what_hfs_says_in_one_line() -> None:
    selector = ModelSelector(shipped_config(), Writing("cerebras"))
    with selector.in_phase("execution"):
        assert selector.get_current_tier("t", "worker_a") == "fast"
        assert selector.get_model("t", "worker_a") == "cerebras/zai-glm-4.7"
        assert selector.get_model("t", "worker_a", "deliberation") == "cerebras/llama-3.3-70b"
    assert selector.get_current_tier("t", "worker_a") == "general"


def test_the_tier_in_force_is_text() -> None:
    selector = ModelSelector(shipped_config(), Writing("cerebras"))
    assert type(selector.get_current_tier("t", "worker_a")) is str


def changes() -> dict[str, Any]:
    def default(config: TiersSection) -> None:
        config.role_defaults["worker_a"] = "reasoning"

    def defaults(config: TiersSection) -> None:
        config.role_defaults = {"worker_a": "reasoning"}

    def override(config: TiersSection) -> None:
        config.phase_overrides["deliberation"] = {"worker_a": "reasoning"}

    def overrides(config: TiersSection) -> None:
        config.phase_overrides = {"deliberation": {"worker_a": "reasoning"}}

    def entry(config: TiersSection) -> None:
        config.escalation_state["t:worker_a"] = "reasoning"

    def entries(config: TiersSection) -> None:
        config.escalation_state = {"t:worker_a": "reasoning"}

    def model(config: TiersSection) -> None:
        config.tiers["general"].providers["cerebras"] = "qwen-3-235b-a22b-instruct-2507"

    def tier(config: TiersSection) -> None:
        config.tiers["general"] = TierSection(providers={"cerebras": "qwen-3-235b-a22b-instruct-2507"})

    def tiers(config: TiersSection) -> None:
        config.tiers = {"general": TierSection(providers={"cerebras": "qwen-3-235b-a22b-instruct-2507"})}

    found = (default, defaults, override, overrides, entry, entries, model, tier, tiers)
    return {change.__name__: change for change in found}


@pytest.mark.parametrize("change", changes().values(), ids=changes().keys())
def test_the_config_is_read_live(change: Any) -> None:
    config = shipped_config()
    selector = ModelSelector(config, Writing("cerebras"))
    assert selector.get_model("t", "worker_a", "deliberation") == "cerebras/llama-3.3-70b"
    change(config)
    assert selector.get_model("t", "worker_a", "deliberation") == "cerebras/qwen-3-235b-a22b-instruct-2507"


def test_what_is_taken_out_of_the_config_is_gone() -> None:
    config = shipped_config()
    config.escalation_state["t:worker_a"] = "reasoning"
    selector = ModelSelector(config, Writing("cerebras"))
    assert selector.get_current_tier("t", "worker_a") == "reasoning"
    config.escalation_state.clear()
    assert selector.get_current_tier("t", "worker_a") == "general"
    config.role_defaults.clear()
    assert selector.get_current_tier("t", "orchestrator") == "general"


def test_a_triad_with_a_colon_is_not_a_role_with_one() -> None:
    config = shipped_config()
    config.escalation_state["a:b:c"] = "reasoning"
    selector = ModelSelector(config, Writing("cerebras"))
    assert selector.get_current_tier("a:b", "c") == "reasoning"
    with pytest.raises(ResolverError, match="b:c"):
        selector.get_model("a", "b:c")
