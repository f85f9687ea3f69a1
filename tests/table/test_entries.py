"""Entries that are laid over a table give the table that the policy would have with them."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from resolver.domain import Subject
from resolver.loader import load_policy, shipped_policy
from resolver.table import compile_table
from resolver.table.rows import Row

TABLE = compile_table(load_policy(shipped_policy()))
TIERS = TABLE.policy.model_tiers.ladder.tiers
subjects = st.builds(Subject, st.sampled_from(["t", "u", ""]), st.sampled_from(["worker_a", "code_execution", "new"]))
entries = st.dictionaries(subjects, st.sampled_from([None, *TIERS]))


@given(first=entries, second=entries)
def test_changed_entries_are_those_of_a_policy_that_has_them(
    first: dict[Subject, str | None], second: dict[Subject, str | None]
) -> None:
    """However entries come and go, no trace of the old ones stays, and no other row changes."""
    changed = TABLE.with_entries(first).with_entries(second)
    left = {subject: tier for subject, tier in {**first, **second}.items() if tier is not None}
    tiers = replace(TABLE.policy.model_tiers, escalation_state=MappingProxyType(left))
    written = compile_table(replace(TABLE.policy, model_tiers=tiers), TABLE)
    assert changed.policy.model_tiers.escalation_state == left
    for role in {*written.rows, *changed.rows}:
        empty: Row = ({}, written.index.row(role)[1])
        assert changed.rows.get(role, empty) == written.rows.get(role, empty)
