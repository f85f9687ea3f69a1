"""Explanations as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from resolver.author import Nearest
from resolver.domain import Explanation, Lost, Unmatched
from resolver.json_forms.decision_json import decision_json
from resolver.table import PolicyRow


def explanation_json(explanation: Explanation, rows: Sequence[PolicyRow], changes: Sequence[Nearest]) -> dict[str, Any]:
    """Return an explanation as JSON.

    Args:
        explanation: The decision, and the result of every rule.
        rows: The rows of the policy that decide.
        changes: The nearest changes that would give another tier.

    """
    return {
        "triad": explanation.subject.triad,
        "role": explanation.subject.role,
        "phase": explanation.phase,
        **decision_json(explanation.decision),
        "rows": [
            {"path": list(row.path), "tier": row.tier, "file": row.place.source.name, "line": row.place.line}
            for row in rows
        ],
        "unlisted": list(explanation.unlisted),
        "rules": [
            {
                "rule": report.rule.name,
                "pri": report.rule.pri,
                "outcome": {"Won": "won", "Lost": "outranked", "Unmatched": "not matched"}[
                    type(report.outcome).__name__
                ],
                "by": report.outcome.to.name if isinstance(report.outcome, Lost) else None,
                "blockers": list(report.outcome.blockers) if isinstance(report.outcome, Unmatched) else [],
                "because": report.rule.because,
                "file": report.rule.place.source.name,
                "line": report.rule.place.line,
            }
            for report in explanation.rules
        ],
        "facts": [
            {
                "fact": fact.name,
                "value": fact.value,
                "file": fact.place.source.name if fact.place else None,
                "line": fact.place.line if fact.place else None,
            }
            for fact in explanation.facts
        ],
        "nearest": [_nearest(change) for change in changes],
    }


def _nearest(change: Nearest) -> dict[str, Any]:
    where = {"file": change.rule.place.source.name, "line": change.rule.place.line}
    return {
        "fact": change.fact,
        "value": change.value,
        "words": change.words,
        "tier": change.tier,
        "rule": change.rule.name,
        "why": change.why or None,
        **where,
    }
