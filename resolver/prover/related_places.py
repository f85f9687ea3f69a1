"""The places that a witness goes through: the rules that decide, and the rows that they refer to."""

from __future__ import annotations

from collections.abc import Iterator

from resolver.diagnostics import Place, Related, legible
from resolver.domain import ModelTiers
from resolver.prover.finding import Witness
from resolver.prover.machine import Request
from resolver.table import row_at, row_path


def related_places(witness: Witness, tiers: ModelTiers) -> tuple[Related, ...]:
    """Return the places that a witness goes through, each once.

    Args:
        witness: The witness.
        tiers: The section `model_tiers` of the policy, which has the rows.
    """
    found: dict[Place, str] = {}
    for message, place in _all(witness, tiers):
        found.setdefault(place, legible(message))
    return tuple(Related(message, place) for place, message in found.items())


def _all(witness: Witness, tiers: ModelTiers) -> Iterator[tuple[str, Place]]:
    for request in witness.before:
        yield from _of_request(request, witness, tiers, "")
    for step in witness.steps:
        yield from _of_request(step.request, witness, tiers, "")
        if step.rule is not None and step.effect is not None:
            result = "failure" if step.failed else "success"
            to_tier = f" to {step.to_tier}" if step.to_tier else ""
            yield f"`{step.rule.name}` decides the {result}: {step.effect}{to_tier}", step.rule.place
    for request in witness.after:
        yield from _of_request(request, witness, tiers, " afterwards")


def _of_request(request: Request, witness: Witness, tiers: ModelTiers, when: str) -> Iterator[tuple[str, Place]]:
    """Yield the rule that decides a request, and the row that gives the rule its tier."""
    rule = request.rule
    if rule is None:
        return
    yield f"`{rule.name}` decides the request{when}: {request.tier or 'no tier'}", rule.place
    path = row_path(rule.effect.referred_fact or "", witness.subject.subject, request.phase.name)
    if path is not None and (row := row_at(tiers, path)) is not None:
        yield f"{row} gives the rule its tier", row.place
