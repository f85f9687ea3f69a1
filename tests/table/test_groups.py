from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.domain import Subject
from resolver.table import ANY_OTHER, Line, compile_table, grouped
from resolver.table.rows import Rows
from resolver.testing import strategies
from resolver.testing.strategies import Json
from tests.small_policies import loaded


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("policy")


def cells(line: Line) -> list[tuple[object, ...]]:
    return [*product(line.roles, line.triads, line.phases, line.escalated)]


class TestLinesSayAllOfTheTable:
    """`The decision table in as few lines as say all of it`."""

    @pytest.mark.slow
    @given(policy=strategies.policies(total=False))
    def test_lines_say_what_the_rows_say(self, folder: Path, policy: Json) -> None:
        rows = compile_table(loaded(folder, policy)).index
        lines = grouped(rows)
        all_cells = [cell for line in lines for cell in cells(line)]
        assert len(all_cells) == len({*all_cells})
        for line in lines:
            for role, triad, phase, escalated in cells(line):
                decided = decision(rows, triad, role, phase, escalated)
                if line.same:
                    assert (decided and (decided.rule, decided.tier)) == (line.same.rule, escalated)
                else:
                    assert decided == line.decision
        everything = {(role, triad, tier) for role, triad, _, tier in all_cells}
        roles, tiers = [*rows.listed_roles(), ANY_OTHER], [None, *rows.policy.model_tiers.ladder.tiers]
        assert everything == {
            (role, triad, tier)
            for role in roles
            for triad, tier in product([*rows.triads(role if isinstance(role, str) else None), ANY_OTHER], tiers)
        }


@pytest.mark.slow
@given(policy=strategies.policies(total=False), data=st.data())
def test_rows_with_extra_facts_decide_like_requests_that_have_them(policy: Json, data: st.DataObject) -> None:
    """Whatever the facts, a row says what each request with them gets."""
    triad, role, phase, extra = data.draw(strategies.requests(policy))
    with TemporaryDirectory() as folder:
        table = compile_table(loaded(Path(folder), policy))
    rows = Rows(table.policy, table.tier, table.check_extra(extra))
    for escalated in (None, *table.policy.model_tiers.ladder.tiers):
        facts = table.facts_of(Subject(triad, role), phase, extra, entry=escalated)
        by_phase = rows.decisions(triad, role, escalated)
        assert by_phase[phase or None if (phase or None) in by_phase else ANY_OTHER] == table.decide(facts)


def decision(rows: Rows, triad: object, role: object, phase: object, escalated: object):  # type: ignore[no-untyped-def]
    named = [name if isinstance(name, str) else None for name in (triad, role, escalated)]
    by_phase = rows.decisions(*named)
    return by_phase[phase if phase in by_phase else ANY_OTHER]
