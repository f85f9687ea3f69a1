"""Changed models, options and settings of providers are in a difference; unchanged ones are not."""

from __future__ import annotations

from typing import Any

import pytest

from resolver.author import CoolDownChange, Difference, ModelChange, Verdict, compare
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
        ({}, {"timeout": 5}, [("timeout", 60, 5)]),
        ({"timeout": 60}, {}, []),
        ({}, {"limits": "none"}, [("limits", None, "none")]),
        ({"limits": {"requests_per_day": 5}}, {"limits": "none"}, [("limits", {"requests_per_day": 5}, "none")]),
        ({"api_key_env": "KEY"}, {"api_key_env": "OTHER"}, [("api_key_env", "KEY", "OTHER")]),
        ({}, {"api": "local"}, []),
    ],
)
def test_settings_that_change_models_show(old: Any, new: Any, changed: list[Any]) -> None:
    """So do a timeout, limits and the name of a variable, which decide whether another model is tried."""
    found = _difference("m", "m", settings=(old, new))
    assert [setting for change in found.providers for setting in change.settings] == changed
    assert (found.verdict is Verdict.EQUIVALENT) == (not changed)


def _tables(old: Any, new: Any) -> Difference:
    """Compare two policies with these parts of `model_tiers`, which have models at `a` and `b`."""
    tables = []
    for parts in (old, new):
        policy = policy_data(rules(ALWAYS), **{key: part for key, part in parts.items() if key != "models"})
        policy["model_tiers"]["tiers"][LADDER[0]]["providers"] = parts.get("models", {"a": "m", "b": "m"})
        tables.append(table_of(policy))
    return compare(*tables)


def test_the_cool_down_is_compared() -> None:
    """The default counts as not given."""
    assert _tables({}, {"cool_down": 0}).cool_down == CoolDownChange(30, 0)
    assert _tables({}, {"cool_down": 0}).verdict is Verdict.MIXED
    assert _tables({}, {"cool_down": 30}).verdict is Verdict.EQUIVALENT


def test_the_timeout_of_a_policy_is_that_of_its_providers() -> None:
    """A provider with a timeout of its own keeps it."""
    own = {"providers": {"b": {"timeout": 7}}}
    found = _tables(own, {**own, "timeout": 20})
    assert [(one.new.name, [*one.settings]) for one in found.providers if one.new.name in "ab"] == [
        ("a", [("timeout", 60, 20)])
    ]


@pytest.mark.parametrize(
    ("new", "order"),
    [
        ({"c": "m", "a": "m", "b": "m"}, True),
        ({"a": "m", "c": "m", "b": "m"}, True),
        ({"a": "m", "b": "m", "c": "m"}, False),
        ({"b": "m", "a": "m"}, True),
        ({"b": "m"}, False),
    ],
)
def test_a_new_provider_that_is_not_tried_last_changes_the_order(new: Any, order: bool) -> None:
    """Else its model is there without a word on when it is tried."""
    found = _tables({}, {"models": new})
    assert any(not one.provider for one in found.models) is order
