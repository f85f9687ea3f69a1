"""The result of a replay: the escalations that a policy would have made, and where they differ from the record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from resolver.author.replay.declared_facts import LeftOut
from resolver.author.replay.replay_decisions import Decided
from resolver.diagnostics import Diagnostic
from resolver.domain import EffectKind, Subject
from resolver.frozen import frozen


class Moment(NamedTuple):
    """An escalation or a hold: its subject, line, time, tiers and rule, and why it is more than one step up."""

    subject: Subject
    what: str
    line: int
    time: str
    from_tier: str
    to_tier: str | None
    rule: str
    why: str = ""


@frozen
class Divergence:
    """A subject whose recorded escalations differ from those of the replay."""

    subject: Subject
    happened: tuple[Moment, ...]
    would: tuple[Moment, ...]


@dataclass(slots=True)
class Replay:
    """The result of a replay: counts, the moments of the policy, and the recorded moments.

    `events` counts the outcomes, `judged` the outcomes with a recorded effect, and `left_out` the bad lines, of which
    `bad` has some. `first` and `last` are times. `decided` is the result for decisions. `facts_left_out` has the facts
    that the policy does not declare, or not with this value.
    """

    events: int = 0
    subjects: int = 0
    judged: int = 0
    left_out: int = 0
    first: str = ""
    last: str = ""
    moments: list[Moment] = field(default_factory=list)
    happened: list[Moment] = field(default_factory=list)
    bad: list[Diagnostic] = field(default_factory=list)
    effects: dict[str, int] = field(default_factory=dict)
    decided: Decided = field(default_factory=Decided)
    facts_left_out: LeftOut = field(default_factory=dict)

    @property
    def diverging(self) -> list[Divergence]:
        """Return the subjects whose escalations differ from the record; none if the record has no effects."""
        if not self.judged:
            return []
        would, happened = _by_subject(self.moments), _by_subject(self.happened)
        return [
            Divergence(subject, tuple(happened.get(subject, ())), tuple(would.get(subject, ())))
            for subject in sorted({*would, *happened})
            if _ladder(would.get(subject, [])) != _ladder(happened.get(subject, []))
        ]


def _by_subject(moments: Iterable[Moment]) -> dict[Subject, list[Moment]]:
    groups: dict[Subject, list[Moment]] = {}
    for moment in moments:
        if moment.what == EffectKind.ESCALATE:
            groups.setdefault(moment.subject, []).append(moment)
    return groups


def _ladder(moments: Iterable[Moment]) -> list[tuple[int, str | None]]:
    return [(moment.line, moment.to_tier) for moment in moments]
