"""A policy with tiers and roles of one's own is clean, and passes its tests."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.author import coverage, new_policy, read_cases, run_case
from resolver.diagnostics import Diagnostic
from resolver.loader.odd_names import oddity
from resolver.serving import load_and_prove
from resolver.testing.strategies import AWKWARD, identifiers


def _clean(folder: Path, tiers: Sequence[str], roles: Mapping[str, str], providers: Sequence[str]) -> None:
    for name, text in new_policy(tiers, roles, providers).items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    table = load_and_prove(folder)
    policy = table.policy
    assert [warning.message for warning in policy.warnings] == []
    warnings: list[Diagnostic] = []
    results = [run_case(table, case) for case in read_cases(folder / "policy_test.yaml", policy, warnings)]
    assert [warning.message for warning in warnings] == []
    assert [result.failure for result in results if result.failure] == []
    covered = coverage(table, results)
    assert (covered.percent, covered.never, covered.missed) == (100, (), ())
    assert [rule.name for rule in covered.unreachable] == ["phase_override"]
    assert policy.model_tiers.ladder.tiers == tuple(tiers)
    assert policy.model_tiers.role_defaults == roles
    assert policy.model_tiers.provider_order == tuple(providers)


@pytest.mark.parametrize("number", [2, 3, 7])
def test_any_ladder_is_clean(number: int, tmp_path: Path) -> None:
    """With roles on each tier, or on one only."""
    tiers = [f"t{at}" for at in range(number)]
    _clean(tmp_path, tiers, {f"r{at}": tier for at, tier in enumerate(tiers)}, ["openai", "ollama"])
    for tier in (tiers[0], tiers[-1]):
        _clean(tmp_path, tiers, {"only": tier}, ["openai"])


@pytest.mark.parametrize("role", ["another_role", "another_roles", "Another Role", "another_role_too"])
def test_the_role_that_is_not_listed_is_no_misspelling_of_a_role(role: str, tmp_path: Path) -> None:
    """The tests would warn of it from the first day on."""
    _clean(tmp_path, ["low", "high"], {role: "low", "worker": "high"}, ["openai"])


words = identifiers | st.sampled_from([name for name in AWKWARD if oddity(name) is None])


@pytest.mark.slow
@settings(max_examples=10)
@given(
    st.data(),
    st.lists(words, min_size=2, max_size=4, unique=True),
    st.lists(words, min_size=1, max_size=2, unique=True),
)
def test_any_names_are_clean(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, tiers: list[str], providers: list[str]
) -> None:
    """Names that YAML takes for something else, and the name of the role that is in no list."""
    names = (words | st.sampled_from(["another_role", "another_roles", "Another-Role"])).map(
        lambda name: name.replace(":", ";")
    )
    apart = st.lists(names, min_size=1, max_size=4, unique_by=lambda name: re.sub(r"[-_. ]", "", name.casefold()))
    roles = {role: data.draw(st.sampled_from(tiers)) for role in data.draw(apart)}
    _clean(tmp_path_factory.mktemp("policy"), tiers, roles, providers)
