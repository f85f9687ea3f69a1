"""What an outcome does in corners that the shipped policy does not reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.domain import EffectKind, Standing, Streak, Subject
from resolver.table import Report, compile_table, judge_outcome
from tests.small_policies import ALWAYS, loaded, policy_data, rules

FAILED = Report(Subject("t", "r"), None, {}, failed=True, error="no plan")


@pytest.mark.parametrize("entry", [None, "fast", "general", "reasoning"])
def test_an_escalation_to_the_entry_in_force_is_a_hold(tmp_path: Path, entry: str | None) -> None:
    """Nothing would change: no escalation is reported, and the streak ends as after any hold."""
    tier = rules({"$ex": {"phase": 1}}, ALWAYS)
    outcome = rules(ALWAYS, run={"escalate_to": "general"})
    table = compile_table(loaded(tmp_path, policy_data(tier, outcome)))
    decided = judge_outcome(table, FAILED, Standing(entry, Streak(2, "fast", entry)))
    if entry == "general":
        assert (decided.effect, decided.to_tier, decided.streak) == (EffectKind.HOLD, None, None)
    else:
        assert (decided.effect, decided.to_tier, decided.streak) == (EffectKind.ESCALATE, "general", None)
