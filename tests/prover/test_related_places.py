"""Each problem with a witness leads to the rules and rows that the witness goes through."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.prover.shipped import edited, found_in
from tests.prover.test_codes import CASES

_CITED = re.compile(r"\((\w+\.yaml):(\d+)\)")


@pytest.mark.parametrize("case", CASES)
def test_every_rule_of_a_witness_is_a_related_place(case: str, tmp_path: Path) -> None:
    """What the lines of a witness cite is among the related places, each of which is a line of a rule or a row."""
    setup, bad = CASES[case]
    for diagnostic in found_in(edited(tmp_path, *setup, bad)):
        places = {(Path(related.place.source.name).name, related.place.line) for related in diagnostic.related}
        cited = {(name, int(line)) for note in diagnostic.notes for name, line in _CITED.findall(note)}
        assert cited <= places
        assert len(places) == len(diagnostic.related)
        for related in diagnostic.related:
            name = related.message.split("`")[1].split(":")[0]
            assert name in related.place.source.text.splitlines()[related.place.line - 1]


def test_escalation_of_a_witness_leads_to_its_rule_and_to_the_row_of_the_request(tmp_path: Path) -> None:
    """Of a rule that lowers, the related places are the request's rule and row, and what the failures do."""
    setup, bad = CASES["lowers"]
    (lowers,) = found_in(edited(tmp_path, *setup, bad))
    assert [related.message.partition(" (")[0] for related in lowers.related] == [
        "`phase_override` decides the request: reasoning",
        "`critic: reasoning` in `planning`",
        "`role_default` decides the request: fast",
        "`critic: fast`",
        "`failure` decides the failure: count",
        "`three_strikes` decides the failure: escalate to general",
        "`escalation` decides the request afterwards: general",
    ]
