"""What the prover says of random policies is so of the real thing: with a store on the disk, restarts and all."""

import os
import random
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from resolver import PolicyError, Resolver
from resolver.prover import NOTHING_PROVEN
from resolver.prover.finding import Found
from resolver.serving import LivePolicy
from resolver.state import FileStore
from resolver.testing.strategies import Json
from tests.prover.brute import Asked, Circumstances
from tests.prover.small import findings, small_policies
from tests.small_policies import written

EXAMPLES = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 30
Tiers = dict[Any, str]


def tiers_of(resolver: Resolver, around: Circumstances) -> Tiers:
    """What every request gets."""
    return {
        (triad, role, phase, extra): resolver.resolve(triad, role, phase=phase, facts=dict(extra)).tier
        for triad in around.triads
        for role in around.roles
        for phase in around.phases
        for extra in around.extras
    }


def assert_never_lowers(folder: Path, policy: Json, seed: int) -> None:
    """Any outcomes of any requests, across restarts, are decided and raise tiers or leave them."""
    pick, around, ladder = random.Random(seed), Circumstances(policy), policy["model_tiers"]["ladder"]
    resolver = Resolver.open(written(folder, policy))
    subjects = pick.choices([(t, r) for t in around.triads for r in around.roles], k=2)
    try:
        before = tiers_of(resolver, around)
        for _ in range(25):
            (triad, role), phase, extra = pick.choice(subjects), pick.choice(around.phases), pick.choice(around.extras)
            if pick.random() < 0.15:
                resolver.record_success(triad, role, phase=phase, facts=dict(extra))
            else:
                kind = pick.choice([None, None, *around.kinds])
                resolver.record_failure(triad, role, phase=phase, kind=kind, facts=dict(extra))
            if pick.random() < 0.1:
                resolver.close()
                resolver = Resolver.open(folder)
            now = tiers_of(resolver, around)
            lowered = [asked for asked in before if ladder.index(now[asked]) < ladder.index(before[asked])]
            assert not lowered
            before = now
    finally:
        resolver.close()


@pytest.mark.slow
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(small_policies(), st.integers(0, sys.maxsize))
def test_policy_that_passes_lowers_nobody(policy: Json, seed: int) -> None:
    """An escalation that changes nothing else does not happen either: every request is decided, and none falls."""
    with TemporaryDirectory() as folder:
        try:
            assert_never_lowers(Path(folder), policy, seed)
        except PolicyError:
            assume(False)


def unproven(folder: Path, policy: Json) -> Resolver:
    live = LivePolicy(written(folder, policy), prover=lambda _: NOTHING_PROVEN)
    return Resolver(live, FileStore(live))


def assert_shows(folder: Path, policy: Json, found: Found) -> None:
    """The last step of the witness lowers a request, or escalates to a tier not above the one that failed."""
    witness, around, ladder = found.witness, Circumstances(policy), policy["model_tiers"]["ladder"]
    subject = witness.subject.subject
    if witness.start is not None:
        key = f"{subject.triad}:{subject.role}"
        policy = {**policy, "model_tiers": {**policy["model_tiers"], "escalation_state": {key: witness.start}}}
    asked = [Asked(phase, extra) for phase in around.phases for extra in around.extras]

    def tiers(resolver: Resolver) -> Tiers:
        found: Tiers = {}
        for each in asked:
            decision = resolver.table.decide(
                resolver.table.facts_of(
                    subject, each.phase, dict(each.extra), entry=dict(resolver.escalations()).get(subject)
                )
            )
            found |= {each: decision.tier} if decision else {}
        return found

    with closing(unproven(folder, policy)) as resolver:
        for at, step in enumerate(witness.steps):
            before, ran_on = tiers(resolver), step.request.tier
            assert ran_on is not None
            names: Any = {"phase": step.request.phase.name, "facts": dict(step.request.extra)}
            if step.failed:
                outcome = resolver.record_failure(subject.triad, subject.role, kind=step.kind, **names)
            else:
                outcome = resolver.record_success(subject.triad, subject.role, **names)
            assert (outcome.escalation is not None) == (at == witness.length - 1)
        assert outcome.escalation is not None
        now, to_tier = tiers(resolver), outcome.escalation.to_tier
        lowered = [each for each in before if each in now and ladder.index(now[each]) < ladder.index(before[each])]
        assert to_tier == witness.escalated_to
        assert lowered or ladder.index(to_tier) <= ladder.index(ran_on)


@pytest.mark.slow
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(small_policies())
def test_witness_shows_that_an_agent_is_lowered(policy: Json) -> None:
    """The outcomes of the shortest witness, reported one after the other, do what the prover says."""
    with TemporaryDirectory() as folder, closing(unproven(Path(folder), policy)) as resolver:
        found = [one for one in findings(resolver.table) if one.code == "lowers"]
    if found:
        with TemporaryDirectory() as folder:
            assert_shows(Path(folder), policy, min(found, key=lambda one: one.witness.rank))
