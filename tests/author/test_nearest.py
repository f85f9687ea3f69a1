"""What is said to change a decision does, and the number of failures is the first that does."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from resolver import Resolver
from resolver.author import nearest
from resolver.diagnostics import PolicyError
from resolver.domain import Subject
from tests import oracle
from tests.prover.small import small_policies
from tests.small_policies import written
from tests.store.own import fail, own_policy


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
        extra = {one.fact: one.value} if one.fact in (policy["facts"] or {}) and one.value else {}
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
