"""Fields that choose extra facts: the values that they offer, and the value that is chosen at first."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.author.diff.fact_choices import FactChoice, choices
from resolver.table import DecisionTable, compile_table
from tests.small_policies import ALWAYS, loaded, policy_data

CUTS = {
    "zero is the end of a range": [{"$lte": {"budget": 0}}],
    "zero is a range": [{"budget": 0}],
    "below zero": [{"$lt": {"budget": -2}}, {"$gte": {"budget": 4}}],
    "no rule divides": [{"$ex": {"budget": 1}}],
}


def offered(table: DecisionTable, budget: int | None = None) -> FactChoice:
    given = {} if budget is None else {"budget": budget}
    chosen = choices((table,), ([table.tier.root],), given)
    assert chosen is not None
    [choice] = chosen.facts
    return choice


@pytest.mark.parametrize("conditions", CUTS.values(), ids=CUTS)
def test_each_number_is_in_exactly_one_range_that_is_chosen_at_first(
    conditions: list[dict[str, object]], tmp_path: Path
) -> None:
    """The page shows the answers for the number that was given, whatever the bounds of the ranges are."""
    rules = {
        f"r{at}": {"pri": at, "all": [{"m": each}], "run": {"tier": "general"}} for at, each in enumerate(conditions)
    }
    rules["last"] = {"pri": 90, "all": [{"m": ALWAYS}], "run": {"tier": "fast"}}
    table = compile_table(loaded(tmp_path, policy_data(rules, facts={"budget": {"integer": True}})))
    for number in (-(2**40), *range(-6, 7), 2**40):
        choice = offered(table, number)
        of_number = [
            index
            for index, value in enumerate(choice.values)
            if isinstance(value, tuple)
            and (value[0] is None or value[0] <= number)
            and (value[1] is None or number <= value[1])
        ]
        assert of_number == [choice.given]
    assert offered(table).given is None
