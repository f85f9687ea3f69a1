"""The differences of two policies in words, for `resolver diff` and for editors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from resolver.author.diff.diff_lines import Line, of_accepted, of_cool_down, of_model, of_provider, of_refused
from resolver.author.diff.difference import (
    Cause,
    Difference,
    EntryChange,
    FactEffect,
    FactValue,
    Name,
    OutcomeChange,
    OutcomeEffect,
    OutcomeGroup,
    RequestChange,
    RequestGroup,
    worst_first,
)
from resolver.author.diff.name_groups import strikes_of
from resolver.author.diff.sides import Side
from resolver.domain import Rule
from resolver.table import ANY_OTHER, PolicyRow

MOST_NAMES = 6
"""Names that are shown before the rest is counted."""


class Words:
    """Describes the differences between two sides; of a list of names it shows the first `most_names`."""

    def __init__(self, old: Side, new: Side, most_names: int = MOST_NAMES) -> None:
        self.old, self.new, self.most_names = old, new, most_names
        tables = old.table, new.table
        self.strikes = strikes_of(*(table.outcome for table in tables))
        named = (name for table in tables for q in (table.tier, table.outcome) for name in q.named("triad"))
        self.triads: list[Name] = [*dict.fromkeys(named), ANY_OTHER]
        self.all_entries = {None, *(tier for table in tables for tier in table.policy.model_tiers.ladder.tiers)}

    def sections(self, difference: Difference) -> list[tuple[str, list[Line]]]:
        """Return the lines of each section that has lines."""
        sections = [
            ("requests", [self.request(change) for change in difference.requests]),
            ("outcomes", [self.outcome(change) for change in difference.outcomes]),
            (
                "models",
                [
                    *map(of_model, difference.models),
                    *map(of_provider, difference.providers),
                    *([of_cool_down(difference.cool_down)] if difference.cool_down else []),
                ],
            ),
            ("escalations in force", [self.entry(change) for change in difference.entries]),
            (
                "facts",
                [
                    *(of_refused(name, self.new.table.policy) for name in difference.refused),
                    *(of_accepted(name, self.new.table.policy) for name in difference.accepted),
                    *worst_first(line for effect in difference.effects for line in self.effect(effect)),
                ],
            ),
        ]
        return [(title, lines) for title, lines in sections if lines]

    def request(self, request: RequestChange) -> Line:
        change = f"{request.old.tier or 'undecided'} → {request.new.tier or 'undecided'}"
        rules = self.rules(request.old.rule, request.new.rule)
        rows, example = self.rows(request.cause), self.example(request.who)
        return Line(request.direction, *self.whose(request.who), change, rules, rows, example, request.cause.places)

    def outcome(self, outcome: OutcomeChange) -> Line:
        assert outcome.witness is not None
        who, occasion = outcome.witness
        change = exactly = f"{reaction(outcome.old)} → {reaction(outcome.new)}"
        if outcome.old.effect != outcome.new.effect:  # the tier differs within the group
            change = f"{outcome.old.effect or 'undecided'} → {outcome.new.effect or 'undecided'}"
        whose, when = self.whose(outcome.who)
        when = f"{self.occasion(outcome.occasion)}; {when}"
        shown = f"{self.example(who)}, {self.occasion(occasion, first=True)}: {exactly}"
        return Line(
            outcome.direction,
            whose,
            when,
            change,
            self.rules(outcome.old.rule, outcome.new.rule),
            self.rows(outcome.cause),
            shown,
            outcome.cause.places,
        )

    def entry(self, entry: EntryChange) -> Line:
        names = [f"{subject}" for subject in entry.subjects[: self.most_names]]
        more = len(entry.subjects) - len(names)
        who = ", ".join([*names, *([f"{more:,} more"] if more else [])])
        entries = entry.old_entry or "none", entry.new_entry or "none"
        when = f"entry {entries[0]}" if entries[0] == entries[1] else f"entry {entries[0]} → {entries[1]}"
        change = f"{entry.old.tier or 'undecided'} → {entry.new.tier or 'undecided'}"
        example = f"{entry.subjects[0]}, {_phase(entry.phase)}"
        rules = self.rules(entry.old.rule, entry.new.rule)
        return Line(entry.direction, who, when, change, rules, self.rows(entry.cause), example, entry.cause.places)

    def effect(self, effect: FactEffect) -> Iterator[Line]:
        """Yield the requests and the outcomes that a fact changes."""
        words = Words(self.new, self.new, self.most_names) if effect.accepted else self
        given = f"{'with' if effect.accepted else 'without'} {effect.fact}={_values(effect.values, self.most_names)}"
        for line in [*map(words.request, effect.requests), *map(words.outcome, effect.outcomes)]:
            yield replace(line, who=f"{given}; {line.who}")

    def whose(self, who: RequestGroup) -> tuple[str, str]:
        """Return the roles and triads of requests, and their phases and escalations."""
        most = self.most_names
        every = len(who.triads) == len(self.triads)
        roles = names(who.roles, "any other role", most=most) + of_triads(who.triads, every=every, most=most)
        phases = "any phase" if None in who.phases and ANY_OTHER in who.phases else ""
        if phases and len(who.phases) < len(self._phases()):
            others = [phase for phase in self._phases() if phase not in who.phases]
            phases = f"any phase but {names(others, 'any other', most=most)}"
        when = [phases or names(who.phases, "any other phase", "no phase", most=most)]
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
        any_listed = any(isinstance(kind, str) for kind in kinds)
        any_kind = not any_listed and None in kinds and ANY_OTHER in kinds
        of = (
            ""
            if any_kind or tuple(kinds) == (None,)
            else f" of kind {names(kinds, 'any other', 'none', most=self.most_names)}"
        )
        numbers = sorted(strikes)
        later = self.strikes[self.strikes.index(numbers[0]) :] == numbers and len(numbers) > 1
        which = f"{numbers[0]} and later" if later else ", ".join(map(str, numbers))
        earlier = f" of a streak that failed on {_tiers(*occasion.earlier)}, too" if occasion.earlier else ""
        return f"{'any failure' if later and numbers[0] == 1 else f'failure {which}'}{of}{earlier}"

    def rules(self, old: Rule | None, new: Rule | None) -> str:
        """Return the rules that decided before and decide now."""
        was = f"{old.name} ({old.place})" if old else "no rule"
        now = f"{new.name} ({new.place})" if new else "no rule"
        return f"{was} → {now}"

    def rows(self, cause: Cause) -> str:
        """Return the rows that decided before and decide now; an empty text if no rows decide."""
        if not cause.old_rows and not cause.new_rows:
            return ""
        return f"{_rows(cause.old_rows)} → {_rows(cause.new_rows)}"


def names(of: Sequence[Name], any_other: str, none: str = "", *, most: int = MOST_NAMES) -> str:
    """Return names with commas between them; if there are many, the first names and how many more there are."""
    listed = [name or '""' for name in of if isinstance(name, str)]
    shown = listed[:most]
    more = [f"{len(listed) - most:,} more"] if len(listed) > most else []
    return ", ".join(
        [*([none] if none and None in of else []), *shown, *more, *([any_other] if ANY_OTHER in of else [])]
    )


def _tiers(old: str, new: str) -> str:
    return old if old == new else f"{old} → {new}"


def _values(values: Sequence[FactValue], most: int) -> str:
    """Return the values of a fact; of many, the first and how many more there are."""
    shown = [value_text(value) for value in values[:most]]
    more = [f"{len(values) - most:,} more"] if len(values) > most else []
    return " or ".join([*shown, *more])


def value_text(value: FactValue) -> str:
    """Return a value of a fact, or a range of values, in words."""
    if isinstance(value, str):
        return value
    first, last = value
    if first == last:
        return "any number" if first is None else str(first)
    return f"{last} or less" if first is None else f"{first} or more" if last is None else f"{first} to {last}"


def reaction(outcome_effect: OutcomeEffect) -> str:
    """Return the effect of an outcome in words."""
    if outcome_effect.effect is None:
        return "undecided"
    return f"escalate to {outcome_effect.to_tier}" if outcome_effect.to_tier else str(outcome_effect.effect)


def of_triads(triads: Sequence[Name], *, every: bool, most: int = MOST_NAMES) -> str:
    """Return the affected triads in words; an empty text for `every` triad."""
    if every:
        return ""
    return (
        f" of triad {names(triads, 'any other', most=most)}"
        if any(isinstance(name, str) for name in triads)
        else " of any other triad"
    )


def _rows(rows: Sequence[PolicyRow]) -> str:
    """Return the first row, and how many more there are."""
    return "none" if not rows else f"{rows[0]}{f' and {len(rows) - 1:,} more' if len(rows) > 1 else ''}"


def _triad(every: Sequence[Name]) -> str:
    return "any triad" if len(every) == 1 else "any other triad"


def _phase(phase: Name) -> str:
    return "any other phase" if phase is ANY_OTHER else f"phase {phase}" if phase else "no phase"
