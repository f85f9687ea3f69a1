"""Warnings about roles that the policy names and that have no default: `unlisted`."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field

from resolver.diagnostics import Diagnostic, Level, Place
from resolver.domain import Equal, ModelTiers
from resolver.domain.conditions import atoms
from resolver.loader.odd_names import oddity
from resolver.loader.pattern_names import looks_like_pattern
from resolver.loader.problems import MOST_COMPARED, Problems
from resolver.table import DecisionTable

_MOST_LOOKUPS = 1_000_000
"""The number of times that a role is looked up among the neighbours of other roles: about 0.1 seconds."""


@dataclass(slots=True)
class _Named:
    """Places that name a role, with the start of a message for each.

    `beside` has the roles of each phase, triad and list that names it. All its roles share that object: a copy for each
    role would take memory that grows with the square of their number. `phases` has the phases of its overrides, by
    place.
    """

    places: dict[Place, str] = field(default_factory=dict)
    beside: list[Container[str]] = field(default_factory=list)
    phases: dict[Place, str] = field(default_factory=dict)


def unlisted_roles(table: DecisionTable) -> Iterator[Diagnostic]:
    """Yield one warning for each role without a default, at the first place in the files that names it.

    The suggestion is never a role that the same phase, triad or list has already.
    """
    tiers, problems, lookups = table.policy.model_tiers, Problems(), 0
    for role, named in _named_roles(table, tiers).items():
        if role in tiers.role_defaults or looks_like_pattern(role) or oddity(role) is not None:
            continue
        place = min(named.places, key=lambda place: place.sort_key)
        others = len(named.places) - 1
        more = f" (named in {others:,} more place{'s' * (others > 1)})" if others else ""
        help = "give it a default in `role_defaults`"
        lookups += len(named.beside) * len(tiers.role_defaults)
        if problems.compared <= MOST_COMPARED and lookups <= _MOST_LOOKUPS:
            free = [name for name in tiers.role_defaults if not any(name in group for group in named.beside)]
            help = problems.guess(role, free) or help
        if (phase := named.phases.get(place)) in tiers.role_defaults:
            help = f"phases come first, then roles: `{role}: {{{phase}: …}}`"
        message = f"{named.places[place]} the role `{role}`, which has no default{more}"
        yield Diagnostic("unlisted", message, place, help, Level.WARNING)


def _named_roles(table: DecisionTable, tiers: ModelTiers) -> dict[str, _Named]:
    """Return the roles that overrides, entries and rules name."""
    named: dict[str, _Named] = {}
    entries: dict[str, tuple[str, ...]] = {}
    for row in tiers.places:
        if row[0] == "phase_overrides":
            place = tiers.places[row]
            role = named.setdefault(row[-1], _Named())
            role.places[place] = "this override is for"
            role.beside.append(tiers.phase_overrides.get(row[1], ()))
            role.phases[place] = row[1]
        elif row[0] == "escalation_state" and row[-1].rpartition(":")[2] not in tiers.role_defaults:
            entries[row[-1]] = row
    roles_of: dict[str, set[str]] = {}
    for subject in tiers.escalation_state if entries else ():
        roles_of.setdefault(subject.triad, set()).add(subject.role)
    for key, row in entries.items():
        triad, _, name = key.rpartition(":")
        role = named.setdefault(name, _Named())
        role.places[tiers.places[row]] = "this entry is for"
        role.beside.append(roles_of.get(triad, ()))
    for rule in (rule for rules in table.policy.rules.values() for rule in rules):
        for atom in atoms(rule.condition):
            if isinstance(atom, Equal) and atom.fact == "role":
                listed = dict.fromkeys(map(str, atom.values))
                for name in listed:
                    role = named.setdefault(name, _Named())
                    role.places[rule.place] = f"`{rule.name}` names"
                    role.beside.append(listed)
    return named
