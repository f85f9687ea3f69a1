"""Properties of the options of every policy."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from resolver.author import compare
from resolver.cli import main
from resolver.domain import plain_options
from resolver.table import compile_table
from resolver.testing import strategies
from resolver.testing.strategies import Json
from tests.small_policies import ALWAYS, loaded, policy_data, rules, written


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("policy")


def _with(model: Any, **tables: Any) -> Json:
    policy = policy_data(rules(ALWAYS), **tables)
    policy["model_tiers"]["tiers"]["fast"]["providers"]["local"] = model
    return policy


def _as_json(value: Any) -> str:
    """Return the text of a value, which tells `1` from `true` and from `1.0`."""
    return json.dumps(value, sort_keys=True)


class TestText:
    """`What the author wrote is what the decision has.`"""

    @pytest.mark.slow
    @given(policy=strategies.policies())
    def test_each_decision_has_what_its_tier_says(self, folder: Path, policy: Json) -> None:
        tables = policy["model_tiers"]
        table = compile_table(loaded(folder, policy))
        decisions = [
            decision
            for triads, others in (*table.rows.values(), table.others)
            for phases in (*triads.values(), others)
            for decision in phases.values()
            if decision is not None
        ]
        for decision in decisions:
            models = tables["tiers"][decision.tier]["providers"]
            wrote = {name: {**model} for name, model in models.items() if isinstance(model, dict)}
            ids = {name: wrote[name].pop("id") if name in wrote else model for name, model in models.items()}
            assert decision.models == ids
            options = {name: plain_options(of) for name, of in decision.options.items()}
            assert _as_json(options) == _as_json(wrote)

    @pytest.mark.slow
    @given(policy=strategies.policies())
    def test_settings_are_what_the_author_wrote(self, folder: Path, policy: Json) -> None:
        tables, read = policy["model_tiers"], loaded(folder, policy).model_tiers
        assert read.timeout == (tables.get("timeout") or 60)
        assert read.providers.keys() == (tables.get("providers") or {}).keys()
        for name, provider in read.providers.items():
            wrote = tables["providers"][name] or {}
            assert (provider.api, provider.base_url) == (wrote.get("api", name), wrote.get("base_url"))
            assert (provider.api_key_env, provider.timeout) == (wrote.get("api_key_env"), wrote.get("timeout"))
            assert provider.limits == ({} if wrote.get("limits") == "none" else wrote.get("limits"))
            assert _as_json(plain_options(provider.options)) == _as_json(wrote.get("options") or {})


class TestChange:
    """`A policy and the same policy with one option changed differ in revision, and the difference shows it.`"""

    @pytest.mark.slow
    @settings(max_examples=30)
    @given(options=strategies.options, value=strategies.option_values, data=st.data())
    def test_one_changed_option_shows(self, folder: Path, options: Json, value: Any, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(options)))
        assume(_as_json(options[name]) != _as_json(value))
        changed = {**options, name: value}
        for of_model in (True, False):
            policies = [
                _with({"id": "m", **each}) if of_model else _with("m", providers={"local": {"options": each}})
                for each in (options, changed)
            ]
            old, new = (compile_table(loaded(folder, policy)) for policy in policies)
            assert old.policy.revision != new.policy.revision
            difference = compare(old, new)
            assert (len(difference.models), len(difference.providers)) == (of_model, not of_model)
            assert compare(old, old).verdict == "equivalent"


class TestJson:
    """`Option values are plain data when they are printed as JSON.`"""

    @pytest.mark.slow
    @settings(max_examples=15)
    @given(options=strategies.options)
    def test_commands_print_options_as_they_were_written(self, folder: Path, options: Json) -> None:
        written(folder, _with({"id": "m", **options}))
        for command in ("resolve", "explain"):
            arguments = [command, "t", "r", "--policies", str(folder), "--format", "json"]
            printed = json.loads(CliRunner().invoke(main, arguments).stdout)
            assert _as_json(printed["options"]) == _as_json({"local": options})
