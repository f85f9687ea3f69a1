"""What is said to change a decision does, and the number of failures is the first that does."""

from __future__ import annotations

import tempfile
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from resolver import Resolver
from resolver.author import nearest
from resolver.diagnostics import PolicyError
from resolver.domain import Subject
from tests import oracle
from tests.prover.small import small_policies
from tests.small_policies import opened, policy_data, written
from tests.state.own import fail, own_policy


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(small_policies(), st.sampled_from(["t", "u"]), st.sampled_from(["a", "b", "c"]), st.sampled_from([None, "p"]))
def test_every_change_gives_the_tier_it_says(policy: dict[str, Any], triad: str, role: str, phase: str | None) -> None:
    """Asked again with the one changed fact, the oracle says that tier, which is not the one in force."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            resolver = Resolver.open(written(Path(folder), policy))
        except PolicyError:
            assume(False)
        with resolver:
            explanation = resolver.explain(triad, role, phase=phase)
            found = nearest(resolver.table, explanation, {}, None)
            for one in found:
                if one.fact == "failures":
                    outcomes = [resolver.record_failure(triad, role, phase=phase) for _ in range(int(one.value or 0))]
                    assert resolver.resolve(triad, role, phase=phase).tier == one.tier
                    assert outcomes[-1].rule == one.rule.name
    for one in found:
        assert one.tier != explanation.decision.tier
        asked_phase = ("nowhere" if one.value == "*" else one.value) if one.fact == "phase" else phase
        extra = {one.fact: one.value} if one.fact in (policy["facts"] or {}) and one.value is not None else {}
        entry = one.value if one.fact == "escalated_tier" else None
        if one.fact != "failures":
            answer = oracle.tier(policy, triad, role, asked_phase, extra, escalated=entry)  # type: ignore[arg-type]
            assert answer == (one.tier, one.rule.name)


def test_failures_count_from_the_streak(tmp_path: Path) -> None:
    """After two failures it takes one more; what is escalated would change without its escalation."""
    with Resolver.open(own_policy(tmp_path)) as resolver:
        fail(resolver, times=2)
        streak = resolver.streaks()[Subject("layout", "worker_a")]
        found = nearest(resolver.table, resolver.explain("layout", "worker_a"), {}, streak)
        assert [(one.words, one.tier) for one in found if one.fact == "failures"] == [("1 more failure", "reasoning")]
        fail(resolver)
        found = nearest(resolver.table, resolver.explain("layout", "worker_a"), {}, None)
        assert ("without its escalation", "general") in [(one.words, one.tier) for one in found]


NUMBERS = st.lists(st.tuples(st.sampled_from(["$lt", "$lte", "$gt", "$gte"]), st.integers(-6, 6)), max_size=2)
MIDDLE = {"always": {"pri": 90, "all": [{"m": {"$ex": {"role": 1}}}], "run": {"tier": "general"}}}


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(NUMBERS, st.sampled_from(["fast", "reasoning"])), max_size=3), st.integers(-8, 8) | st.none())
def test_a_number_that_is_named_is_the_nearest(drawn: Any, present: int | None) -> None:
    """No number between it and the present one (0 if there is none) gives that tier."""
    budget = {"$ex": {"budget": 1}}
    tier = {
        f"r{at}": {"pri": at, "all": [{"m": {"$and": [budget, budget, *({op: {"budget": to}} for op, to in limits)]}}],
                   "run": {"tier": tier}}
        for at, (limits, tier) in enumerate(drawn)
    }  # fmt: skip
    policy = policy_data({**tier, **MIDDLE}, facts={"budget": {"integer": True}})
    extra = {} if present is None else {"budget": present}
    with tempfile.TemporaryDirectory() as folder:
        resolver = opened(Path(folder), policy)
        table, explanation = resolver.table, resolver.explain("t", "a", facts=extra)
        found = {one.tier: one.value for one in nearest(table, explanation, extra, None) if one.fact == "budget"}
    expected: dict[str, int] = {}
    start = present or 0
    for number in chain.from_iterable((start - step, start + step) for step in range(20)):
        answer = oracle.tier(policy, "t", "a", None, {"budget": number}, escalated=None)
        if answer is not None and answer[0] != explanation.decision.tier:
            expected.setdefault(answer[0], abs(number - start))
    without = oracle.tier(policy, "t", "a", None, {}, escalated=None)
    if without is not None and without[0] in expected and present is not None:
        assert found.pop(without[0]) is None
        del expected[without[0]]
    assert {tier: abs(int(value or 0) - start) for tier, value in found.items() if value is not None} == expected
