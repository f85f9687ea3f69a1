"""What load and proof cost as a policy grows: rules that each name their own triad, role and phase, and own facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.proving import Line, Policy, measured, write_rules
from benchmarks.rows import TIERS

Rules = dict[str, Any]


def growth_lines(scratch: Path, *, quick: bool) -> Iterator[Line]:
    """Yield what policies cost whose rules tell many subjects apart, and how that grows with their number."""
    counts = (100, 1_000) if quick else (100, 1_000, 10_000)
    for name, facts in (("triad and role", ("triad", "role")), ("triad, role and phase", ("triad", "role", "phase"))):
        yield from _steps(scratch, f"rules, each with its own {name}", counts, _own(facts))
    yield from _steps(scratch, "outcome rules, each with names, kind and strikes of its own", (10, 100), _outcomes)
    yield from _steps(scratch, "(triad, role, phase) in one `$or`", (200, 2_000), _alternatives)
    yield from _steps(scratch, "own facts of tiers, each the target of a rule", (3, 12), _targets)


def _steps(
    scratch: Path, name: str, counts: tuple[int, ...], policy: Callable[[int], tuple[Rules, Rules]]
) -> Iterator[Line]:
    before: Policy | None = None
    for count in counts:
        rulesets, facts = policy(count)
        folder = scratch / f"growth_{len([*scratch.iterdir()])}"
        done = measured(write_rules(folder, rulesets, facts))
        grown = f", {done.seconds / before.seconds:.1f} × the row above" if before is not None else ""
        bound = "15 × the row above" if before is not None else ""
        yield (
            f"… {count:,} {name}",
            f"{done.seconds * 1e3:.0f} ms{grown}",
            f"{done.subjects:,} subjects, {done.states:,} states, {done.memory:.0f} MiB",
            ", ".join(filter(None, [_REACH.get((name, count), ""), bound])),
        )
        before = done


_REACH = {
    ("rules, each with its own triad and role", 1_000): "3 s, 300 MiB",
    ("rules, each with its own triad, role and phase", 1_000): "3 s, 300 MiB",
    ("outcome rules, each with names, kind and strikes of its own", 100): "3 s",
    ("(triad, role, phase) in one `$or`", 2_000): "3 s",
    ("own facts of tiers, each the target of a rule", 12): "2 s",
}


def _own(facts: tuple[str, ...]) -> Callable[[int], tuple[Rules, Rules]]:
    def rules(count: int) -> tuple[Rules, Rules]:
        tier = {f"rule_{at}": _rule(100 + at, _names(facts, at), {"tier": TIERS[at % 3]}) for at in range(count)}
        return {"tier": tier}, {}

    return rules


def _outcomes(count: int) -> tuple[Rules, Rules]:
    found = {}
    for at in range(count):
        condition = [{"result": "failure"}, *_names(("triad", "role", "phase", "kind"), at)]
        found[f"rule_{at}"] = _rule(20_100 + at, [*condition, {"$gte": {"strikes": at % 5 + 1}}], "hold")
    return {"outcome": found}, {}


def _alternatives(count: int) -> tuple[Rules, Rules]:
    names = [{"$and": _names(("triad", "role", "phase"), at)} for at in range(count)]
    return {"tier": {"rule": {"pri": 5, "all": [{"m": {"$or": names}}], "run": {"tier": "fast"}}}}, {}


def _targets(count: int) -> tuple[Rules, Rules]:
    rules = {
        f"rule_{at}": _rule(5 + at, [{"$ex": {f"wish_{at}": 1}}], {"tier": {"$m": f"wish_{at}"}}) for at in range(count)
    }
    return {"tier": rules}, {f"wish_{at}": {"values": [*TIERS]} for at in range(count)}


def _names(facts: tuple[str, ...], at: int) -> list[Any]:
    return [{fact: f"{fact}_{at}"} for fact in facts]


def _rule(pri: int, parts: list[Any], run: Any) -> Rules:
    return {"pri": pri, "all": [{"m": {"$and": parts}}], "run": run}
