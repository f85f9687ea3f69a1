"""The rows of the policies that are measured, and requests to them; the standard library is all this needs."""

from __future__ import annotations

import random
from dataclasses import dataclass

TIERS = ("fast", "general", "reasoning")
Request = tuple[str, str, str | None]


@dataclass(frozen=True)
class Rows:
    """What a policy's tables hold, as a program without this one would keep it."""

    defaults: dict[str, str]
    overrides: dict[str, dict[str, str]]
    escalated: dict[tuple[str, str], str]
    triads: tuple[str, ...] = ()
    """Triads that a rule pins to the highest tier."""


def large_rows(rows: int, escalated: int, triads: int = 0) -> Rows:
    """Return `rows` overrides over ten phases with a default for each of their roles, and `escalated` entries."""
    chance = random.Random(1)
    roles = [f"role_{at}" for at in range(max(1, rows // 10))]
    overrides = {f"phase_{phase}": {role: chance.choice(TIERS) for role in roles} for phase in range(min(10, rows))}
    entries = {
        (f"triad_{at // len(roles)}", roles[at % len(roles)]): chance.choice(TIERS[1:]) for at in range(escalated)
    }
    defaults = {role: chance.choice(TIERS) for role in roles}
    return Rows(
        {**defaults, "code_execution": "fast"}, overrides, entries, tuple(f"pinned_{at}" for at in range(triads))
    )


def requests(rows: Rows, *, listed: bool, count: int = 100) -> list[Request]:
    """Return requests by names that the tables list, or by names that they do not."""
    chance = random.Random(2)
    if not listed:
        return [(f"elsewhere_{at}", f"nobody_{at % 7}", chance.choice((None, "", "dreaming"))) for at in range(count)]
    roles, phases = list(rows.defaults), [None, "deliberation", *rows.overrides]
    escalated = list(rows.escalated)
    found: list[Request] = []
    for at in range(count):
        triad, role = f"triad_{at}", chance.choice(roles)
        if escalated and at % 2:
            triad, role = chance.choice(escalated)
        elif rows.triads and at % 4 == 0:
            triad = chance.choice(rows.triads)
        found.append((triad, role, chance.choice(phases)))
    return found
