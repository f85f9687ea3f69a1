"""GoRules Zen: one decision table, of which the first row that matches decides."""

from __future__ import annotations

import json
from collections.abc import Iterator

import zen

from benchmarks.bare import Decide
from benchmarks.rows import Rows


def load(rows: Rows) -> Decide:
    """Load the decision table as a named, compiled decision of an engine; `create_decision` compiles at each call."""
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"tier": _graph(rows)}}})

    def decide(triad: str, role: str, *, phase: str | None = None) -> str:
        answer = engine.evaluate("tier", {"triad": triad, "role": role, "phase": phase})
        tier: str = answer["result"]["tier"]
        return tier

    return decide


def _graph(rows: Rows) -> dict[str, object]:
    table = {
        "hitPolicy": "first",
        "inputs": [{"id": name, "name": name, "field": name} for name in ("triad", "role", "phase")],
        "outputs": [{"id": "tier", "name": "tier", "field": "tier"}],
        "rules": list(_rules(rows)),
    }
    nodes = [("request", "inputNode", {}), ("table", "decisionTableNode", table), ("answer", "outputNode", {})]
    edges = [("request", "table"), ("table", "answer")]
    return {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            {"id": name, "name": name, "type": kind, "position": {"x": 0, "y": 0}, "content": content}
            for name, kind, content in nodes
        ],
        "edges": [{"id": source, "type": "edge", "sourceId": source, "targetId": end} for source, end in edges],
    }


def _rules(rows: Rows) -> Iterator[dict[str, str]]:
    yield _rule("fast", role="code_execution")
    for (triad, role), tier in rows.escalated.items():
        yield _rule(tier, triad=triad, role=role)
    for phase, tiers in rows.overrides.items():
        for role, tier in tiers.items():
            yield _rule(tier, role=role, phase=phase)
    for role, tier in rows.defaults.items():
        yield _rule(tier, role=role)
    yield _rule("general")


def _rule(tier: str, **cells: str) -> dict[str, str]:
    """Return a row of the table; a cell that is not given matches anything."""
    name = "/".join((tier, *cells.values()))
    return {"_id": name, **{cell: json.dumps(value) for cell, value in cells.items()}, "tier": json.dumps(tier)}
