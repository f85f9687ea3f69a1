"""Outcomes that an application reports, and their effects: streaks, escalations and the history."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from resolver.domain.effects import EffectKind
from resolver.domain.facts import Facts
from resolver.domain.subject import Subject


@dataclass(frozen=True, slots=True)
class Streak:
    """Consecutive failures of a subject: their number, and the highest tier that failed.

    A streak belongs to the entry of `escalation_state` under which it began. `entry` is None if there was no entry
    then. The streak ends when the subject's entry changes. `errors` are the texts of the failures, as the history
    records them.
    """

    strikes: int
    failed_tier: str
    entry: str | None
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Escalation:
    """A permanent rise: requests of the subject run on `to_tier`, unless a rule with a lower `pri` decides.

    `from_tier` is the tier of the request whose failure caused the escalation.
    """

    triad: str
    role: str
    from_tier: str
    to_tier: str
    phase: str | None
    kind: str | None
    rule: str
    revision: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The effect of a success or a failure.

    `effect` is `count`, `reset`, `ignore`, `hold` or `escalate`. It is `queued` if the state's database was
    unreachable; the rules then judge the outcome later. `rule` is the rule that decided. It is None for `queued`, and
    for `ignore` if the work ran on a tier that is no longer in force. `strikes` is the length of the streak after the
    outcome.
    """

    effect: EffectKind
    rule: str | None
    strikes: int
    escalation: Escalation | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a subject: its entry in `escalation_state`, and the streak that belongs to that entry."""

    entry: str | None = None
    streak: Streak | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the history.

    `what` is `escalate`, `hold`, `lower` (a person's reset) or `restore`, or a person's change to the policy file:
    `removed` (deleted the entry) or `edited` (wrote a different tier). `time` is in UTC. `process` has host and process
    id. `reason` is the reason that a person gave.
    """

    what: str
    subject: Subject
    time: datetime
    from_tier: str | None = None
    to_tier: str | None = None
    phase: str | None = None
    kind: str | None = None
    errors: tuple[str, ...] = ()
    rule: str | None = None
    revision: str = ""
    process: str = ""
    reason: str = field(default="")


@dataclass(frozen=True, slots=True)
class Recorded:
    """An outcome as it was reported and judged; `replay` runs a policy with such records.

    `standing` is the subject's state before the outcome, and `tier` the tier that was in force then. `effect`, `rule`,
    `to_tier` and `revision` are the judgement.
    """

    subject: Subject
    time: datetime
    failed: bool
    phase: str | None
    kind: str | None
    facts: Facts
    ran_on: str | None
    standing: Standing
    tier: str
    effect: EffectKind
    rule: str | None
    to_tier: str | None
    revision: str
