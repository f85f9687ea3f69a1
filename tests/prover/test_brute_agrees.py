"""The prover and a search that tries everything find the same, on random policies."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from resolver.prover import prove
from resolver.table import compile_table
from resolver.testing.strategies import Json
from tests.prover.brute import Brute
from tests.prover.small import findings, small_policies
from tests.small_policies import ALWAYS, loaded, policy_data, rules

CODES = {"gap", "dangling", "lowers", "success-effect", "hair-trigger", "stuck", "futile"}
EXAMPLES = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 120


def assert_agrees(policy: Json) -> None:
    """The same codes, and a `lowers` of the same length."""
    with TemporaryDirectory() as folder:
        table = compile_table(loaded(Path(folder), policy))
    brute = Brute(policy)
    found = {one.code for one in prove(table).diagnostics} & CODES
    assert found == brute.codes
    lengths = [one.witness.length for one in findings(table) if one.code == "lowers"]
    assert min(lengths, default=None) == brute.lowers


TIER = rules({"$ex": {"escalated_tier": 1}}, run={"tier": {"$m": "escalated_tier"}}) | {
    "last": {"pri": 9, "all": [{"m": ALWAYS}], "run": {"tier": "reasoning"}}
}


def outcome(*found: tuple[Json, Any]) -> Json:
    """Rules of `outcome` in the order of `pri`, after one that resets the streak of a success."""
    conditions = [({"result": "success"}, "reset"), *found]
    return {f"o{at}": {"pri": at, "all": [{"m": each}], "run": run} for at, (each, run) in enumerate(conditions)}


def codes_of(policy: Json) -> set[str]:
    assert_agrees(policy)
    return Brute(policy).codes


def test_stuck_only_under_an_entry() -> None:
    """Without an entry everything runs on the top; a person's entry below it is never left again."""
    assert codes_of(policy_data(TIER, outcome((ALWAYS, "count")))) == {"stuck"}


def test_stuck_only_with_an_extra_fact() -> None:
    """All but large requests escalate; both run on the same tier by the same rule."""
    escalates = outcome(({"size": "l"}, "count"), ({"$ex": {"raised_tier": 1}}, {"escalate_to": {"$m": "raised_tier"}}))
    escalates |= {"last": {"pri": 9, "all": [{"m": ALWAYS}], "run": "hold"}}
    facts = {"size": {"values": ["s", "l"]}}
    assert codes_of(policy_data(TIER, escalates, facts)) == {"stuck"}


def test_success_that_counts_makes_no_streak() -> None:
    """What is wrong with it is its effect; no `lowers` can come of a streak that there is not."""
    failures = outcome(({"$gte": {"strikes": 2}}, {"escalate_to": "fast"}), ({"result": "failure"}, "ignore"))
    failures["o0"]["run"] = "count"
    assert codes_of(policy_data(TIER, failures)) == {"success-effect"}


@pytest.mark.slow
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(small_policies())
def test_random_policies(policy: Json) -> None:
    """Whatever is wrong with a policy is found, nothing else is, and the witness is the shortest."""
    assert_agrees(policy)
