"""The differences of two policies in words, for all output formats of `resolver diff`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from resolver.author import (
    Difference,
    Direction,
    EntryChange,
    ModelChange,
    Name,
    OutcomeChange,
    OutcomeEffect,
    OutcomeGroup,
    RequestChange,
    RequestGroup,
    Side,
    strikes_of,
)
from resolver.domain import Rule
from resolver.table import ANY_OTHER

MOST_NAMES = 6
"""Names that are shown before the rest is counted."""


@dataclass(frozen=True, slots=True)
class Line:
    """A group of changes in words: its requests, the old and new result, the rules, and one example."""

    direction: Direction
    who: str
    when: str
    change: str
    rules: str
    witness: str
    rule: Rule | None


class Words:
    """Describes the differences between two sides."""

    def __init__(self, old: Side, new: Side) -> None:
        self.old, self.new = old, new
        tables = old.table, new.table
        self.strikes = strikes_of(*(table.outcome for table in tables))
        named = (name for table in tables for q in (table.tier, table.outcome) for name in q.named("triad"))
        self.triads: list[Name] = [*dict.fromkeys(named), ANY_OTHER]
        self.all_entries = {None, *(tier for table in tables for tier in table.policy.model_tiers.ladder.tiers)}

    def sections(self, found: Difference) -> list[tuple[str, list[Line]]]:
        """Return the lines of each section that has lines."""
        sections = [
            ("requests", [self.request(one) for one in found.requests]),
            ("outcomes", [self.outcome(one) for one in found.outcomes]),
            ("models", [_model(one) for one in found.models]),
            ("escalations in force", [self.entry(one) for one in found.entries]),
            ("facts", [*map(_refused, found.refused), *map(_accepted, found.accepted)]),
        ]
        return [(title, lines) for title, lines in sections if lines]

    def request(self, one: RequestChange) -> Line:
        change = f"{one.old.tier or 'undecided'} → {one.new.tier or 'undecided'}"
        rules = self.rules(one.old.rule, one.new.rule)
        return Line(one.direction, *self.whose(one.who), change, rules, self.example(one.who), one.new.rule)

    def outcome(self, one: OutcomeChange) -> Line:
        assert one.witness is not None
        who, occasion = one.witness
        change = exactly = f"{reaction(one.old)} → {reaction(one.new)}"
        if one.old.effect != one.new.effect:  # the tier differs within the group
            change = f"{one.old.effect or 'undecided'} → {one.new.effect or 'undecided'}"
        whose, when = self.whose(one.who)
        when = f"{self.occasion(one.occasion)}; {when}"
        shown = f"{self.example(who)}, {self.occasion(occasion, first=True)}: {exactly}"
        return Line(one.direction, whose, when, change, self.rules(one.old.rule, one.new.rule), shown, one.new.rule)

    def entry(self, one: EntryChange) -> Line:
        names = [f"{subject}" for subject in one.subjects[:MOST_NAMES]]
        more = len(one.subjects) - len(names)
        who = ", ".join([*names, *([f"{more:,} more"] if more else [])])
        entries = one.old_entry or "none", one.new_entry or "none"
        when = f"entry {entries[0]}" if entries[0] == entries[1] else f"entry {entries[0]} → {entries[1]}"
        change = f"{one.old.tier or 'undecided'} → {one.new.tier or 'undecided'}"
        example = f"{one.subjects[0]}, {_phase(one.phase)}"
        rules = self.rules(one.old.rule, one.new.rule)
        return Line(one.direction, who, when, change, rules, example, one.new.rule)

    def whose(self, who: RequestGroup) -> tuple[str, str]:
        """Return the roles and triads of requests, and their phases and escalations."""
        roles = names(who.roles, "any other role") + of_triads(who.triads, every=len(who.triads) == len(self.triads))
        phases = "any phase" if None in who.phases and ANY_OTHER in who.phases else ""
        if phases and len(who.phases) < len(self._phases()):
            phases = f"any phase but {names([p for p in self._phases() if p not in who.phases], 'any other')}"
        when = [phases or names(who.phases, "any other phase", "no phase")]
        when.append(self.escalated(who.entries))
        when += [f"{name} {value}" for name, value in who.facts]
        return roles, ", ".join(filter(None, when))

    def example(self, who: RequestGroup) -> str:
        """Return one request of the group."""
        triad = f"triad {who.triads[0]}" if isinstance(who.triads[0], str) else _triad(self.triads)
        role = who.roles[0] if isinstance(who.roles[0], str) else "any other role"
        entry = who.entries[0]
        parts = [triad, role or '""', _phase(who.phases[0]), *([f"escalated to {entry}"] if entry else [])]
        return ", ".join([*parts, *(f"{name} {value}" for name, value in who.facts)])

    def _phases(self) -> list[Name]:
        tables = self.old.table, self.new.table
        overrides = [phase for table in tables for phase in table.policy.model_tiers.phase_overrides]
        named = [phase for table in tables for q in (table.tier, table.outcome) for phase in q.named("phase")]
        return [None, *dict.fromkeys((*overrides, *named)), ANY_OTHER]

    def escalated(self, entries: Sequence[str | None]) -> str:
        """Return the affected entries of `escalation_state` in words."""
        if {*entries} == self.all_entries:
            return "escalated or not"
        tiers = [tier for tier in entries if tier is not None]
        if not tiers:
            return "not escalated"
        to = "to any tier" if len(tiers) == len(self.all_entries) - 1 else f"to {', '.join(tiers)}"
        return f"not escalated or {to}" if None in entries else f"escalated {to}"

    def occasion(self, occasion: OutcomeGroup, *, first: bool = False) -> str:
        """Return the affected outcomes, or the first of them, in words."""
        if not occasion.failed:
            return "a success"
        strikes = occasion.strikes[:1] if first else occasion.strikes
        kinds: Sequence[Name] = occasion.kinds[:1] if first else occasion.kinds
        known = any(isinstance(kind, str) for kind in kinds)
        any_kind = not known and None in kinds and ANY_OTHER in kinds
        of = "" if any_kind or tuple(kinds) == (None,) else f" of kind {names(kinds, 'any other', 'none')}"
        numbers = sorted(strikes)
        later = self.strikes[self.strikes.index(numbers[0]) :] == numbers and len(numbers) > 1
        which = f"{numbers[0]} and later" if later else ", ".join(map(str, numbers))
        return f"{'any failure' if later and numbers[0] == 1 else f'failure {which}'}{of}"

    def rules(self, old: Rule | None, new: Rule | None) -> str:
        """Return the rules that decided before and decide now."""
        was = f"{old.name} ({old.place})" if old else "no rule"
        now = f"{new.name} ({new.place})" if new else "no rule"
        return f"{was} → {now}"


def names(of: Sequence[Name], other: str, none: str = "") -> str:
    """Return names with commas between them; if there are many, the first names and how many more there are."""
    listed = [name or '""' for name in of if isinstance(name, str)]
    shown = listed[:MOST_NAMES]
    more = [f"{len(listed) - MOST_NAMES:,} more"] if len(listed) > MOST_NAMES else []
    return ", ".join([*([none] if none and None in of else []), *shown, *more, *([other] if ANY_OTHER in of else [])])


def reaction(one: OutcomeEffect) -> str:
    """Return the effect of an outcome in words."""
    if one.effect is None:
        return "undecided"
    return f"escalate to {one.to_tier}" if one.to_tier else str(one.effect)


def of_triads(triads: Sequence[Name], *, every: bool) -> str:
    """Return the affected triads in words; an empty text for `every` triad."""
    if every:
        return ""
    return (
        f" of triad {names(triads, 'any other')}"
        if any(isinstance(one, str) for one in triads)
        else " of any other triad"
    )


def _triad(every: Sequence[Name]) -> str:
    return "any triad" if len(every) == 1 else "any other triad"


def _phase(phase: Name) -> str:
    return "any other phase" if phase is ANY_OTHER else f"phase {phase}" if phase else "no phase"


def _model(one: ModelChange) -> Line:
    at = f"at {one.provider}" if one.provider else "order of providers"
    change = f"{one.old or 'none'} → {one.new or 'none'}"
    return Line(Direction.CHANGES, f"tier {one.tier}", at, change, "", "", None)


def _refused(name: str) -> Line:
    return Line(Direction.CHANGES, name, "", "requests can no longer give it", "", "", None)


def _accepted(name: str) -> Line:
    return Line(Direction.CHANGES, name, "", "requests can now give it", "", "", None)
