"""Outcomes that an application reports, and their effects: streaks, escalations and history."""

from __future__ import annotations

from datetime import datetime

from resolver.domain.effects import EffectKind
from resolver.domain.facts import Facts
from resolver.domain.subject import Subject
from resolver.frozen import frozen


@frozen
class Streak:
    """Failures of a subject in a row: their number, and the highest tier that failed.

    A streak belongs to the `entry` of `escalation_state` under which it began (None: there was none), and is over when
    the entry changes. `errors` are the texts of its failures, for the history.
    """

    strikes: int
    failed_tier: str
    entry: str | None
    errors: tuple[str, ...] = ()


@frozen
class Escalation:
    """A permanent rise: requests of the subject run on `to_tier`, unless a rule outranks escalations.

    `from_tier` is the tier of the request whose failure escalated. If `to_tier` is more than one step up, `why` gives
    the reason, such as the rule and the phase that give the role more.
    """

    triad: str
    role: str
    from_tier: str
    to_tier: str
    phase: str | None
    kind: str | None
    rule: str
    revision: str
    why: str = ""


@frozen
class Outcome:
    """The effect of a success or a failure.

    `effect` is `count`, `reset`, `ignore`, `hold` or `escalate`; or `queued` if the database of the state cannot be
    reached, so that the outcome is judged later. `rule` is the rule that decided. It is None for `queued`, and for work
    that ran on a tier that is no longer in force, which is always `ignore`. `strikes` is the length of the streak
    afterwards.

    `repeated` is whether an outcome was recorded before under the same key, so that this report has changed nothing.
    Effect, rule, strikes and escalation are those of the first outcome then. The effect is `ignore` if the store keeps
    only its key, as a database does, and `queued` if the first outcome still waits.
    """

    effect: EffectKind
    rule: str | None
    strikes: int
    escalation: Escalation | None = None
    because: str = ""
    repeated: bool = False


@frozen
class Standing:
    """The standing of a subject: its entry in `escalation_state`, and the streak under that entry."""

    entry: str | None = None
    streak: Streak | None = None

    @classmethod
    def of(cls, entry: str | None, streak: Streak | None) -> Standing:
        """Return the standing with this entry; a streak that began under another entry is over."""
        return cls(entry, streak if streak is not None and streak.entry == entry else None)


@frozen
class Event:
    """One line of the history.

    `what` is `escalate`, `hold`, `lower` (by a person, with a command), `restore`, or a person's change of the policy
    file: `removed` or `edited`. `time` is in UTC, `process` is host and process id. `reason` is a person's reason, or
    why an escalation is more than one step up.
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
    reason: str = ""


@frozen
class LastFailure:
    """The last failure of a provider that was noted.

    `model_id` is the model that was called, and `error` the error without keys. Until `cools_until`, the provider or
    this model of it is tried last by `process` (host and process id). Both times are in UTC.
    """

    provider: str
    model_id: str
    kind: str
    error: str
    time: datetime
    cools_until: datetime
    process: str = ""


@frozen
class Recorded:
    """A reported outcome with its judgement, for replays.

    `standing` is the standing of its subject before, `tier` the tier in force then; the other values are the effect.
    `key` is the kept key of the report, None without a key.
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
    key: str | None = None
