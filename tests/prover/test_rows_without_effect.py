"""A row has the warning `no-effect` exactly if no request depends on it, and the message names what is in force."""

import copy
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings

from resolver.diagnostics import Level
from resolver.prover import prove
from resolver.table import compile_table
from resolver.testing.strategies import Json
from tests import oracle
from tests.prover.brute import Circumstances
from tests.prover.small import small_policies
from tests.small_policies import ALWAYS, loaded, policy_data

Decided = tuple[str, str] | None
IN_FORCE = re.compile(r"on `(\w+)` by `(\w+)`")


def decisions(policy: Json, role: str, phase: str, *, entries: bool) -> dict[object, Decided]:
    """The tier and the rule of each request of the role in the phase, without an entry or with any."""
    around = Circumstances(policy)
    standing = [None, *oracle.ladder(policy)] if entries else [None]
    return {
        (triad, extra, entry): oracle.tier(policy, triad, role, phase, dict(extra), escalated=entry)
        for triad, extra, entry in product(around.triads, around.extras, standing)
    }


def overrides(policy: Json) -> Iterator[tuple[str, str, Json]]:
    """Each override, and the policy without it."""
    for phase, rows in policy["model_tiers"]["phase_overrides"].items():
        for role in rows:
            without = copy.deepcopy(policy)
            del without["model_tiers"]["phase_overrides"][phase][role]
            yield role, phase, without


def tiers_of(decided: dict[object, Decided]) -> list[str | None]:
    return [each and each[0] for each in decided.values()]


def assert_tells_the_truth(policy: Json) -> None:
    with TemporaryDirectory() as folder:
        diagnostics = prove(compile_table(loaded(Path(folder), policy))).diagnostics
    if any(diagnostic.level is Level.ERROR for diagnostic in diagnostics):
        return
    messages = [diagnostic.message for diagnostic in diagnostics if diagnostic.code == "no-effect"]
    for role, phase, without in overrides(policy):
        with_it = decisions(policy, role, phase, entries=True)
        same = tiers_of(with_it) == tiers_of(decisions(without, role, phase, entries=True))
        matching = [message for message in messages if f"override of `{role}` in `{phase}` " in message]
        assert bool(matching) == same
        for message in matching:
            said = without if "without it" in message else policy
            assert {*IN_FORCE.findall(message)} <= {*decisions(said, role, phase, entries=False).values()}
            assert ("without it" in message) or with_it == decisions(without, role, phase, entries=True)


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(small_policies())
def test_no_effect_tells_the_truth(policy: Json) -> None:
    """Random policies, each override of which is taken out."""
    assert_tells_the_truth(policy)


def test_a_rule_that_reads_the_row_but_does_not_match_is_to_be_widened(tmp_path: Path) -> None:
    """Its `pri` is low enough, so the help names the condition, and where it is."""
    condition = {"$and": [{"$ex": {"phase_override": 1}}, {"role": "critic"}]}
    rules = {
        "escalation": {
            "pri": 0,
            "all": [{"m": {"$ex": {"escalated_tier": 1}}}],
            "run": {"tier": {"$m": "escalated_tier"}},
        },
        "override": {"pri": 1, "all": [{"m": condition}], "run": {"tier": {"$m": "phase_override"}}},
        "last": {"pri": 2, "all": [{"m": ALWAYS}], "run": {"tier": "fast"}},
    }
    overrides = {"execution": {"critic": "general", "worker": "general"}}
    table = compile_table(loaded(tmp_path, policy_data(rules, phase_overrides=overrides)))
    [found] = [diagnostic for diagnostic in prove(table).diagnostics if diagnostic.code == "no-effect"]
    assert found.help.startswith("widen the condition of `override` (policy.yaml:")
    assert found.help.endswith(") so that it matches these requests, or remove the override")
