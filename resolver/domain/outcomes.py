"""What an application reports, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from resolver.domain.effects import EffectKind
from resolver.domain.facts import Facts
from resolver.domain.subject import Subject


@dataclass(frozen=True, slots=True)
class Streak:
    """Failures of a subject in a row: how many, and the highest tier among those that failed.

    A streak belongs to the `entry` of `escalation_state` under which it began (None: there was none), and is over when
    the entry is another one. `errors` are the texts of its failures, as they go into the history.
    """

    strikes: int
    failed_tier: str
    entry: str | None
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Escalation:
    """A rise for good: requests of the subject run on `to_tier`, unless a rule outranks escalations.

    `from_tier` is the tier on which the request ran whose failure escalated.
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
    """What became of a success or a failure.

    `effect` is `count`, `reset`, `ignore`, `hold` or `escalate`, or `queued` where the database of the state could not
    be reached and the outcome is judged later. `rule` is the rule that decided it, or None where no rule did: where the
    work ran on a tier that is no longer in force, which is always `ignore`, and for `queued`. `strikes` is the length
    of the streak after it.
    """

    effect: EffectKind
    rule: str | None
    strikes: int
    escalation: Escalation | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a subject stands: its entry in `escalation_state`, and the streak that belongs to that entry."""

    entry: str | None = None
    streak: Streak | None = None

    @classmethod
    def of(cls, entry: str | None, streak: Streak | None) -> Standing:
        """Return the standing with this entry; a streak that began under another entry is over."""
        return cls(entry, streak if streak is not None and streak.entry == entry else None)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the history.

    `what` is `escalate`, `hold`, `lower` (a person's reset), `restore`, or what a person did to the policy file:
    `removed` (took the entry out) or `edited` (wrote another one). `time` is in UTC, `process` tells host and process
    id, `reason` what a person said.
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
    """An outcome as it was reported and judged: what a policy is replayed with.

    `standing` is where its subject stood before, `tier` the one in force then; the rest of it is what came of it.
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
