"""Which rules some decision needs, found in two ways: by all runners-up at once, and by leaving each rule out."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings

from resolver.compiler import TooLargeError
from resolver.prover.essential import essential_rules
from resolver.table import compile_table
from resolver.testing.strategies import Json
from tests.prover.small import small_policies
from tests.small_policies import ALWAYS, loaded, policy_data, rules


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(small_policies())
def test_both_ways_agree(policy: Json) -> None:
    """Whichever of the two a policy is small enough for, the answer is the same."""
    with TemporaryDirectory() as folder:
        table = compile_table(loaded(Path(folder), policy))
    for question in (table.tier, table.outcome):
        together = essential_rules(question)
        with patch("resolver.prover.essential._WORK_FOR_A_NODE", 0):
            assert essential_rules(question) == together


@pytest.mark.parametrize("work", [100, 0], ids=["together", "one by one"])
def test_a_rule_that_changes_nothing_is_not_essential(tmp_path: Path, work: int) -> None:
    """Another rule decides the same wherever it wins; without the last one some request would be undecided."""
    table = compile_table(
        loaded(tmp_path, policy_data(rules({"role": "a"}, {"role": ["a", "b"]}, {"role": "b"}, ALWAYS)))
    )
    with patch("resolver.prover.essential._WORK_FOR_A_NODE", work):
        assert essential_rules(table.tier) == {3}


def test_what_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """The search has a budget of its own."""
    table = compile_table(loaded(tmp_path, policy_data(rules({"role": "a"}, ALWAYS))))
    with (
        patch("resolver.prover.essential._WORK_FOR_A_NODE", 0),
        patch("resolver.prover.essential.MOST_WORK", 0),
        pytest.raises(TooLargeError),
    ):
        essential_rules(table.tier)
