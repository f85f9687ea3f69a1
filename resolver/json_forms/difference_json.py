"""The differences of two policies as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from resolver.author import (
    Answer,
    Difference,
    EntryChange,
    Name,
    OutcomeChange,
    OutcomeEffect,
    OutcomeGroup,
    RequestChange,
    RequestGroup,
    Side,
)
from resolver.diagnostics import Place
from resolver.domain import Rule, plain_option, plain_options
from resolver.table import ANY_OTHER, PolicyRow

MOST_ROWS = 100
"""Rows, and places, of one group that are listed; the rest is counted."""


def difference_json(old: Side, new: Side, difference: Difference) -> dict[str, Any]:
    """Return the differences as JSON, with all groups.

    Args:
        old: The policy before the change.
        new: The policy after it.
        difference: The differences of both, from `compare`.
    """
    return {
        "verdict": difference.verdict,
        "lowers": difference.lowers,
        "old": {"name": old.name, "revision": old.table.policy.revision},
        "new": {"name": new.name, "revision": new.table.policy.revision},
        "requests": list(map(_request, difference.requests)),
        "outcomes": list(map(_outcome, difference.outcomes)),
        "models": [
            {
                "tier": change.tier,
                "provider": change.provider or None,
                "old": change.old,
                "new": change.new,
                "old_options": plain_options(change.old_options),
                "new_options": plain_options(change.new_options),
                **_places(change.places),
            }
            for change in difference.models
        ],
        "providers": [
            {
                "provider": change.new.name,
                "setting": name,
                "old": plain_option(old),
                "new": plain_option(new),
                **_places(change.places),
            }
            for change in difference.providers
            for name, old, new in change.settings
        ]
        + [
            {"provider": None, "setting": "cool_down", "old": one.old, "new": one.new, **_places(one.places)}
            for one in ([difference.cool_down] if difference.cool_down else [])
        ],
        "escalations": [
            {
                "direction": change.direction,
                "subjects": [{"triad": subject.triad, "role": subject.role} for subject in change.subjects],
                "old_entry": change.old_entry,
                "new_entry": change.new_entry,
                **_names("phases", (change.phase,)),
                **_answers(change),
            }
            for change in difference.entries
        ],
        "refused_facts": list(difference.refused),
        "accepted_facts": list(difference.accepted),
        "fact_effects": [
            {
                "fact": effect.fact,
                "accepted": effect.accepted,
                "values": [
                    value if isinstance(value, str) else {"from": value[0], "to": value[1]} for value in effect.values
                ],
                "requests": list(map(_request, effect.requests)),
                "outcomes": list(map(_outcome, effect.outcomes)),
            }
            for effect in difference.effects
        ],
    }


def _request(change: RequestChange) -> dict[str, Any]:
    return {"direction": change.direction, **_who(change.who), **_answers(change)}


def _outcome(change: OutcomeChange) -> dict[str, Any]:
    return {
        "direction": change.direction,
        **_who(change.who),
        **_occasion(change.occasion),
        **_answers(change),
        "witness": _witness(*change.witness) if change.witness else None,
    }


def _witness(who: RequestGroup, occasion: OutcomeGroup) -> dict[str, Any]:
    earlier = dict(zip(("old", "new"), occasion.earlier, strict=True)) if occasion.earlier else None
    return {**_who(who), **_occasion(occasion), "failed_earlier": earlier}


def _answers(change: RequestChange | OutcomeChange | EntryChange) -> dict[str, Any]:
    """Return the old and the new answer, each with the rows that decide it, and where to look in the new policy."""
    return {
        "old": {**_answer(change.old), **_rows(change.cause.old_rows)},
        "new": {**_answer(change.new), **_rows(change.cause.new_rows)},
        **_places(change.cause.places),
    }


def _who(who: RequestGroup) -> dict[str, Any]:
    of = {**_names("roles", who.roles), **_names("triads", who.triads), **_names("phases", who.phases)}
    return {**of, "escalated": list(who.entries), "facts": dict(who.facts)}


def _occasion(occasion: OutcomeGroup) -> dict[str, Any]:
    result = "failure" if occasion.failed else "success"
    return {"result": result, "strikes": list(occasion.strikes), **_names("kinds", occasion.kinds)}


def _names(what: str, of: tuple[Name, ...]) -> dict[str, Any]:
    singular = what.removesuffix("s")
    listed: dict[str, Any] = {what: [name for name in of if isinstance(name, str)]}
    listed[f"other_{what}"] = ANY_OTHER in of
    return {**listed, f"no_{singular}": None in of} if what in ("phases", "kinds") else listed


def _rows(rows: tuple[PolicyRow, ...]) -> dict[str, Any]:
    listed = [{"path": list(row.path), "tier": row.tier, "where": str(row.place)} for row in rows[:MOST_ROWS]]
    return {"rows": listed, **({"more_rows": len(rows) - MOST_ROWS} if len(rows) > MOST_ROWS else {})}


def _places(places: Sequence[Place]) -> dict[str, Any]:
    more = {"more_places": len(places) - MOST_ROWS} if len(places) > MOST_ROWS else {}
    return {"places": [str(place) for place in places[:MOST_ROWS]], **more}


def _answer(answer: Answer | OutcomeEffect) -> dict[str, Any]:
    rule: Rule | None = answer.rule
    by = {"rule": rule.name if rule else None, "where": str(rule.place) if rule else None}
    return (
        {"tier": answer.tier, **by}
        if isinstance(answer, Answer)
        else {"effect": answer.effect, "to": answer.to_tier, **by}
    )
