"""A witness of a changed outcome says everything that its result depends on."""

from __future__ import annotations

from resolver.author import Side, compare
from resolver.author.diff.diff_words import Words
from resolver.testing.strategies import Json
from tests.author.diff.asked import ALWAYS, ENTRY, table_of, third
from tests.small_policies import policy_data


def test_a_witness_says_what_failed_before() -> None:
    """A streak crosses phases: the tier that failed in another one decides where it escalates."""
    tier: Json = {"entry": ENTRY}
    for pri, fact in ((6, "phase_override"), (7, "role_default")):
        tier[fact] = {"pri": pri, "all": [{"m": {"$ex": {fact: 1}}}], "run": {"tier": {"$m": fact}}}
    tier["always"] = {**ALWAYS, "run": {"tier": "a"}}
    ladder = ["a", "b", "c", "d"]
    sides = [
        policy_data(
            tier,
            third({"escalate_to": {"$m": "raised_tier"}}),
            ladder=ladder,
            role_defaults={"r": "a"},
            phase_overrides={"p": {"r": override}},
        )
        for override in ("c", "b")
    ]
    tables = [table_of(side) for side in sides]
    words = Words(Side("old", tables[0]), Side("new", tables[1]))
    lines = [words.outcome(change) for change in compare(*tables).outcomes]
    witnesses = {line.witness for line in lines if "escalate to d" in line.change and "not escalated" in line.when}
    assert witnesses == {
        "any triad, r, no phase, failure 3 of a streak that failed on c → b, too: escalate to d → escalate to c"
    }
    assert len({line.witness.rpartition(":")[0] for line in lines}) == len(lines)
