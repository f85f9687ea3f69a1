"""Changed models, options and settings of providers are in a difference; unchanged ones are not."""

from __future__ import annotations

from typing import Any

import pytest

from resolver.author import Difference, ModelChange, Verdict, compare
from resolver.testing.strategies import LADDER
from tests.author.diff.asked import table_of
from tests.small_policies import ALWAYS, policy_data, rules


def _difference(old: Any, new: Any, *, settings: tuple[Any, Any] = ({}, {})) -> Difference:
    """Compare two policies whose tier `fast` has these models at the provider `local`."""
    tables = []
    for model, providers in zip((old, new), settings, strict=True):
        policy = policy_data(rules(ALWAYS), providers={"local": providers})
        policy["model_tiers"]["tiers"][LADDER[0]]["providers"]["local"] = model
        tables.append(table_of(policy))
    return compare(*tables)


def test_changed_options_are_a_changed_model() -> None:
    """The id is the same, and both sets of options are there."""
    found = _difference({"id": "m", "effort": "low"}, {"id": "m", "effort": "high"})
    assert found.models == (ModelChange(LADDER[0], "local", "m", "m", {"effort": "low"}, {"effort": "high"}),)
    assert found.verdict is Verdict.MIXED


@pytest.mark.parametrize("new", ["m", {"id": "m", "a": True}, {"id": "m", "a": 1.0}, {"id": "n", "a": 1}])
def test_every_change_of_a_model_shows(new: Any) -> None:
    """So does an option that is gone, and a value of another type."""
    assert len(_difference({"id": "m", "a": 1}, new).models) == 1


def test_the_order_of_options_is_no_change() -> None:
    """Options are called by name."""
    assert _difference({"id": "m", "a": 1, "b": 2}, {"b": 2, "id": "m", "a": 1}).verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ({}, {"api": "x"}, [("api", "local", "x")]),
        ({"base_url": "http://x"}, {"base_url": "http://y"}, [("base_url", "http://x", "http://y")]),
        ({"options": {"a": 1}}, {"options": {"a": 2}}, [("options", {"a": 1}, {"a": 2})]),
        ({"options": {"a": 1}}, {"api": "x"}, [("api", "local", "x"), ("options", {"a": 1}, {})]),
        ({}, {"api": "local", "timeout": 5, "limits": "none", "api_key_env": "KEY"}, []),
    ],
)
def test_settings_that_change_models_show(old: Any, new: Any, changed: list[Any]) -> None:
    """A timeout, limits and the name of a variable change no decision."""
    found = _difference("m", "m", settings=(old, new))
    assert [setting for change in found.providers for setting in change.settings] == changed
    assert (found.verdict is Verdict.EQUIVALENT) == (not changed)
