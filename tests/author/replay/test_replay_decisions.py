"""A replay asks a policy again for what was decided, and says which requests would get another tier."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from resolver import Resolver
from resolver.author import replay_records
from resolver.diagnostics import PolicyError
from resolver.loader import shipped_policy
from resolver.serving import load_and_prove
from resolver.table import compile_table
from tests import oracle
from tests.prover.small import small_policies
from tests.small_policies import loaded, written

SHIPPED = load_and_prove(shipped_policy())

acts = st.tuples(
    st.sampled_from(["ask", "ask", "ask", "fail"]),
    st.sampled_from(["t", "u", "", "\ud800"]),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from([None, "", "p", "q", "x"]),
    st.dictionaries(st.sampled_from(["size", "wish"]), st.sampled_from(["s", "l", "low", "mid", "top"])),
)


def _lines(*events: dict[str, Any]) -> list[bytes]:
    return [json.dumps(event).encode() + b"\n" for event in events]


def _decision(**more: Any) -> dict[str, Any]:
    return {"event": "decision", "triad": "layout", "role": "worker_a", "tier": "general", **more}


def _known(policy: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in facts.items() if value in (policy["facts"] or {}).get(name, {}).get("values", ())
    }


def _logged(folder: Path, policy: dict[str, Any], todo: list[Any]) -> list[bytes]:
    """What the log says of requests between failures, and the outcomes among it."""
    log = folder / "log"
    try:
        resolver = Resolver.open(written(folder, policy), decision_log=log)
    except PolicyError:
        assume(False)
    with resolver:
        for act, triad, role, phase, facts in todo:
            if act == "ask":
                resolver.resolve(triad, role, phase=phase, facts=_known(policy, facts))
            else:
                resolver.record_failure(triad.replace("\ud800", "t"), role, phase=phase)
        outcomes = [line.encode() + b"\n" for line in resolver.outcomes()]
    return [*log.read_bytes().splitlines(keepends=True), *outcomes]


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(small_policies(), small_policies(), st.lists(acts, min_size=1, max_size=30))
def test_decisions_replayed(policy: dict[str, Any], other: dict[str, Any], todo: list[Any]) -> None:
    """The same policy decides as it did; of another one the replay says what the oracle says of each request."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        lines = _logged(Path(one), policy, todo)
        same = replay_records(load_and_prove(Path(one)), "events", lines, keep_going=False)
        changed = replay_records(compile_table(loaded(Path(two), other)), "events", lines, keep_going=False)
    decisions = [line for line in map(json.loads, lines) if "event" in line]
    assert (same.bad, changed.bad) == ([], [])
    assert same.decided.count == changed.decided.count == len(decisions) == sum(act[0] == "ask" for act in todo)
    assert (same.decided.otherwise, same.decided.other, same.decided.without_entry) == ((), 0, 0)
    expected: dict[Any, int] = {}
    for line in decisions:
        entry = line["entry"] if line["entry"] in oracle.ladder(other) else None
        facts = _known(other, line["facts"])
        answer = oracle.tier(other, line["triad"], line["role"], line["phase"], facts, escalated=entry)
        tier, rule = answer or (None, None)
        if tier != line["tier"]:
            key = (line["role"], line["phase"], line["entry"], line["tier"], tier, rule)
            expected[key] = expected.get(key, 0) + 1
    got = {
        (one.role, one.phase, one.entry, one.from_tier, one.to_tier, one.rule and one.rule.name): one.count
        for one in changed.decided.otherwise
    }
    assert got == expected
    assert changed.decided.other == sum(expected.values())


def test_equal_decisions_are_one_group() -> None:
    """Whatever triad they are of; the first line of the group is told, and the most frequent group comes first."""
    lines = _lines(
        _decision(role="worker_b", phase="execution", entry=None),
        _decision(triad="a", tier="fast", entry=None, phase=""),
        _decision(triad="b", tier="fast", entry=None),
        _decision(entry=None),
    )
    found = replay_records(SHIPPED, "events", lines, keep_going=False).decided
    told = [(one.role, one.phase, one.from_tier, one.to_tier, one.count, one.first) for one in found.otherwise]
    assert told == [("worker_a", None, "fast", "general", 2, 2), ("worker_b", "execution", "general", "fast", 1, 1)]


def test_lines_of_an_older_log_have_no_entry() -> None:
    """They are asked again without one, and counted; what the log dropped is summed."""
    lines = _lines(
        _decision(),
        _decision(tier="reasoning", entry="reasoning", dropped=3),
        _decision(tier="reasoning", dropped=4),
        _decision(entry=None, dropped=None),
    )
    found = replay_records(SHIPPED, "events", lines, keep_going=False).decided
    assert (found.count, found.other, found.without_entry, found.dropped) == (4, 1, 2, 7)


def test_values_of_facts_that_are_equal_and_not_the_same(tmp_path: Path) -> None:
    """`true` is not an integer, although Python takes it for 1."""
    rules = {"r": {"pri": 1, "all": [{"m": {"n": 1}}], "run": {"tier": "reasoning"}}}
    rules["rest"] = {"pri": 2, "all": [{"m": {"$ex": {"role": 1}}}], "run": {"tier": "fast"}}
    policy = {
        "model_tiers": {"tiers": {name: {"providers": {"local": name}} for name in ("fast", "general", "reasoning")}},
        "facts": {"n": {"integer": True}},
        "rulesets": {
            "tier": rules,
            "outcome": {"o": {"pri": 1, "all": [{"m": {"$ex": {"role": 1}}}], "run": "ignore"}},
        },
    }
    table = compile_table(loaded(tmp_path, policy))
    lines = _lines(*(_decision(tier="reasoning", facts={"n": value}) for value in (1, True, 1.0, [1], 1)))
    assert [one.count for one in replay_records(table, "events", lines, keep_going=False).decided.otherwise] == [3]


BAD = {
    b'{"event": "decided", "triad": "t", "role": "r", "tier": "x"}': "`event` is never `decided`",
    b'{"event": ["decision"]}': "`event` is never `['decision']`",
    b'{"event": "decision", "triad": "t", "role": "r"}': "the decision has no `tier`",
    b'{"event": "decision", "triad": "t", "role": "r", "tier": null}': "`tier` is text, not `None`",
    b'{"event": "decision", "triad": "t", "role": "r", "tier": "x", "result": "failure"}': "unknown key `result`",
    b'{"event": "decision", "triad": "t", "role": "a:b", "tier": "x"}': "the role `a:b` has a colon, which ends the "
    "triad in `triad:role`",
    b'{"event": "decision", "triad": "t", "role": "r", "tier": "x", "entry": ["x"]}': "`entry` is text, not `['x']`",
    b'{"event": "decision", "triad": "t", "role": "r", "tier": "x", "dropped": -1}': "`dropped` is a number from 0 on, "
    "not `-1`",
    b'{"event": "decision", "triad": "t", "role": "r", "tier": "x", "state_revision": true}': "`state_revision` is a "
    "number from 0 on, not `True`",
    b'{"event": "decision", "triad": "t", "role": "r", "tier": "x", "facts": ""}': "`facts` is an object",
    b'{"event": "decision", "triad": "t", "role": "r", "tier": "x", "time": 1}': "`time` is text, not `1`",
    b'{"event": "decision", "triad": "layout", "role": "worker_a", "tier": "general"} {}': "the line is not JSON: "
    "extra data",
}


@pytest.mark.parametrize("bad", BAD, ids=[str(at) for at in range(len(BAD))])
def test_a_line_that_is_no_decision_is_named(bad: bytes) -> None:
    """Whatever good lines stood before it."""
    more: list[dict[str, Any]] = [{}, {"state_revision": 1}, {"facts": {}}, {"time": ""}]
    before = [_decision(), *(_decision(triad="t", role="r", tier="x") | each for each in more)]
    lines = [*_lines(*before), bad + b"\n", *_lines(_decision())]
    ended = replay_records(SHIPPED, "events", lines, keep_going=False)
    assert [(one.message, one.place.line) for one in ended.bad] == [(BAD[bad], 6)]
    went_on = replay_records(SHIPPED, "events", lines, keep_going=True)
    assert (went_on.decided.count, went_on.left_out, [one.message for one in went_on.bad]) == (6, 1, [BAD[bad]])


scraps = st.recursive(st.none() | st.booleans() | st.integers(-1, 1) | st.sampled_from(["t", "decision", ""]), st.lists)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(["event", "triad", "role", "tier", "entry", "dropped", "facts"]), scraps))
)
def test_no_line_is_too_odd(found: list[dict[str, Any]]) -> None:
    """The same line is good or bad wherever it stands."""
    lines = _lines(*found)
    alone = [replay_records(SHIPPED, "events", [line], keep_going=True).decided.count for line in lines]
    together = replay_records(SHIPPED, "events", lines, keep_going=True)
    assert together.decided.count == sum(alone)
    assert together.decided.count + together.left_out == len(lines)


def test_the_progress_sums_to_the_lines() -> None:
    """Whoever shows how far it is is told of decisions, too."""
    told: list[int] = []
    lines = _lines(*[_decision(), {"triad": "t", "role": "r", "result": "success"}] * 10_500)
    replay_records(SHIPPED, "events", lines, keep_going=False, tell=told.append)
    assert sum(told) == 21_000
