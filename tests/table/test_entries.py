"""Entries that are laid over a table give the table that the policy would have with them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.domain import Subject
from resolver.loader import load_policy, shipped_policy
from resolver.table import DecisionTable, changed_mapping, compile_table
from resolver.table.rows import IndexRow
from resolver.testing import strategies
from resolver.testing.strategies import Json
from tests.small_policies import ALWAYS, loaded, policy_data, rules

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
    assert_equal_rows(changed, written)


def assert_equal_rows(changed: DecisionTable, written: DecisionTable) -> None:
    for role in {*written.rows, *changed.rows}:
        without_entries: IndexRow = written.index.row(role)
        assert changed.rows.get(role, without_entries) == written.rows.get(role, without_entries)


@pytest.mark.slow
@settings(max_examples=60)
@given(policy=strategies.policies(), data=st.data())
def test_entries_of_any_policy_are_laid_over(policy: Json, data: st.DataObject) -> None:
    """Also where rules name triads and roles: an escalation of one of these is judged by the rules about it."""
    with TemporaryDirectory() as folder:
        table = compile_table(loaded(Path(folder), policy))
    keys = data.draw(st.lists(strategies.escalations(policy), min_size=1, max_size=2))
    changed, left = table, dict(table.policy.model_tiers.escalation_state)
    for written_keys in keys:
        for key, tier in written_keys.items():
            subject = Subject.parse(key)
            assert subject is not None
            left[subject] = tier
        named = {subject: left[subject] for subject in left}
        changed = changed.with_entries(named)
    tiers = replace(table.policy.model_tiers, escalation_state=MappingProxyType(left))
    assert_equal_rows(changed, compile_table(replace(table.policy, model_tiers=tiers), table))


@st.composite
def steps(draw: st.DrawFn, policy: Json) -> dict[Subject, str | None]:
    """Draw new entries, of which some are deleted."""
    changes: dict[Subject, str | None] = {}
    for key, tier in draw(strategies.escalations(policy)).items():
        subject = Subject.parse(key)
        assert subject is not None
        changes[subject] = draw(st.sampled_from([tier, tier, None]))
    return changes


@pytest.mark.slow
@settings(max_examples=100)
@given(policy=strategies.policies(), data=st.data(), copied=st.integers(0, 6))
def test_any_changes_are_a_table_made_from_scratch(policy: Json, data: st.DataObject, copied: int) -> None:
    """One by one or together, while mappings are copied and when they are not; no older table changes by it."""
    with TemporaryDirectory() as folder:
        table = compile_table(loaded(Path(folder), policy))
    entries = dict(table.policy.model_tiers.escalation_state)
    versions: list[tuple[DecisionTable, dict[Subject, str]]] = [(table, entries.copy())]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changed_mapping, "COPIED", copied)
        patch.setattr(changed_mapping, "_BULK", 0)
        for changes in data.draw(st.lists(steps(policy), max_size=6)):
            if data.draw(st.booleans()):
                table = table.with_entries(changes)
            else:
                for subject, tier in changes.items():
                    table = table.with_entry(subject, tier)
            for subject, tier in changes.items():
                entries.pop(subject, None) if tier is None else entries.update({subject: tier})
            versions.append((table, entries.copy()))
    for version, expected in versions:
        held = version.policy.model_tiers.escalation_state
        assert [*held.items()] == [*expected.items()]
        tiers = replace(version.policy.model_tiers, escalation_state=MappingProxyType(expected))
        assert_equal_rows(version, compile_table(replace(version.policy, model_tiers=tiers), version))


@pytest.mark.slow
@pytest.mark.parametrize("role", ["worker_a", "role_{ten}", "role_{own}"])
def test_one_change_of_many_entries_copies_few(role: str) -> None:
    """Whether 100,000 subjects have one role, ten roles or as many roles, one more takes less than a thousandth."""
    count = 100_000

    def subject(at: int) -> Subject:
        return Subject(f"t{at}", role.format(ten=at % 10, own=at))

    table = TABLE.with_entries({subject(at): "reasoning" for at in range(count)})
    makers: list[Callable[[], Any]] = [
        lambda: table.with_entry(subject(7), "general"),
        lambda: table.with_entry(subject(7), None),
        lambda: table.with_entry(subject(count), "general"),
        lambda: table.with_entries({subject(at): "general" for at in range(10)}),
    ]
    for make in makers:
        make()
        tracemalloc.start()
        try:
            make()
            assert tracemalloc.get_traced_memory()[1] < 50_000
        finally:
            tracemalloc.stop()


def test_an_escalation_in_a_triad_that_a_rule_names() -> None:
    """A rule about a triad outranks the escalation there, and no such request falls when it is escalated."""
    pinned = {"pri": 0, "all": [{"m": {"triad": "t"}}], "run": {"tier": "reasoning"}}
    escalated = {"pri": 1, "all": [{"m": {"$ex": {"escalated_tier": 1}}}], "run": {"tier": {"$m": "escalated_tier"}}}
    last = {"pri": 2, "all": [{"m": ALWAYS}], "run": {"tier": "fast"}}
    with TemporaryDirectory() as folder:
        data = policy_data({"pinned": pinned, "escalated": escalated, "last": last})
        table = compile_table(loaded(Path(folder), data))
    changed = table.with_entries({Subject("t", "a"): "general", Subject("u", "a"): "general"})
    for triad, tier in (("t", "reasoning"), ("u", "general"), ("v", "fast")):
        triads, others = changed.rows["a"]
        decision = triads.get(triad, others)[None]
        assert decision
        assert decision.tier == tier


def test_a_new_value_of_a_fact_is_known_after_a_reload() -> None:
    """The rules are the same and are not judged again, but the values that requests can give are others."""
    tables: list[DecisionTable] = []
    for values in (["a"], ["a", "b"]):
        with TemporaryDirectory() as folder:
            data = policy_data(rules({"size": "a"}, ALWAYS), facts={"size": {"values": values}})
            tables.append(compile_table(loaded(Path(folder), data), *tables[:1]))
    for table in (tables[1], compile_table(tables[1].policy, tables[0])):
        decision = table.decide(table.facts_of(Subject("t", "r"), None, table.check_extra({"size": "b"})))
        assert decision
        assert decision.rule == "r1"
