"""Recorded outcomes never lower the tier that a request gets, whatever their sequence."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver import Resolver
from resolver.loader import shipped_policy
from resolver.testing.strategies import Json, yaml_text
from tests.small_policies import policy_data
from tests.state.own import STATE

ROLES = ["a", "b", "code_execution", "nobody"]
PHASES = ["p", "q", "other"]
TRIADS = ["", "t:u", "t"]


@st.composite
def row_policies(draw: st.DrawFn) -> Json:
    """The shipped rules over other rows: ladders, defaults, overrides, and entries that people wrote."""
    ladder = draw(
        st.lists(st.sampled_from(["fast", "general", "reasoning", "x", "y"]), min_size=1, max_size=5, unique=True)
    )
    ladder = ladder if "fast" in ladder else ["fast", *ladder]
    ladder = ladder if "general" in ladder else [*ladder, "general"]
    tier = st.sampled_from(ladder)
    rows = st.dictionaries(st.sampled_from(ROLES[:3]), tier, max_size=3)
    keys = st.builds("{}:{}".format, st.sampled_from(TRIADS), st.sampled_from(ROLES))
    return policy_data(
        {"any": {"pri": 1, "all": [{"m": {"$ex": {"role": 1}}}], "run": {"tier": "fast"}}},
        ladder=ladder,
        role_defaults=draw(rows),
        phase_overrides={phase: draw(rows) for phase in draw(st.lists(st.sampled_from(PHASES[:2]), unique=True))},
        escalation_state=draw(st.dictionaries(keys, tier, max_size=2)),
    )


def floor(policy: Json) -> Json:
    """The policy without entries that an author put below what the policy gives: those lower by a person's hand."""
    tables = policy["model_tiers"]
    rank = tables["ladder"].index
    kept = {}
    for key, tier in tables["escalation_state"].items():
        role = key.rpartition(":")[2]
        given = [tables["role_defaults"].get(role), *(rows.get(role) for rows in tables["phase_overrides"].values())]
        given = (
            [each for each in given if each] if tables["role_defaults"].get(role) else [*filter(None, given), "general"]
        )
        if all(rank(tier) >= rank(each) for each in given):
            kept[key] = tier
    return {**policy, "model_tiers": {**tables, "escalation_state": kept}}


steps = st.lists(
    st.tuples(
        st.sampled_from(["failure", "failure", "failure", "success", "restart"]),
        st.sampled_from(TRIADS[:2]),
        st.sampled_from(ROLES),
        st.sampled_from([None, *PHASES]),
        st.booleans(),
    ),
    max_size=25,
)


class TestNoDeEscalation:
    """`for every triad, role, phase and extra facts, no sequence of successes and failures ever lowers the tier a
    request gets`.
    """

    @pytest.mark.slow
    @settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=25)
    @given(policy=row_policies(), taken=steps)
    def test_no_sequence_lowers(self, tmp_path_factory: pytest.TempPathFactory, policy: Json, taken: list[Any]) -> None:
        folder = tmp_path_factory.mktemp("rows")
        for file in shipped_policy().glob("*.yaml"):
            shutil.copy(file, folder)
        rows = yaml_text({"model_tiers": floor(policy)["model_tiers"]})
        (folder / STATE).write_text(rows, encoding="utf-8")
        rank = policy["model_tiers"]["ladder"].index
        resolver = Resolver.open(folder)
        before = self.tiers(resolver)
        decisions = {(t, r, p): resolver.resolve(t, r, phase=p) for t in TRIADS for r in ROLES for p in (None, *PHASES)}
        for step, triad, role, phase, stale in taken:
            if step == "restart":
                resolver.close()
                resolver = Resolver.open(folder)
            elif step == "success":
                resolver.record_success(triad, role, phase=phase)
            else:
                decision = decisions[triad, role, phase] if stale else resolver.resolve(triad, role, phase=phase)
                outcome = resolver.record_failure(triad, role, phase=phase, ran_on=decision)
                assert outcome.strikes < 3
                if outcome.escalation:
                    assert rank(outcome.escalation.to_tier) > rank(outcome.escalation.from_tier)
                    assert role != "code_execution"
            after = self.tiers(resolver)
            for request, tier in before.items():
                assert rank(after[request]) >= rank(tier), request
                assert request[1] != "code_execution" or after[request] == "fast"
            before = after
        resolver.close()

    @staticmethod
    def tiers(resolver: Resolver) -> dict[tuple[str, str, str | None], str]:
        return {
            (triad, role, phase): resolver.resolve(triad, role, phase=phase).tier
            for triad in TRIADS
            for role in ROLES
            for phase in (None, *PHASES)
        }
