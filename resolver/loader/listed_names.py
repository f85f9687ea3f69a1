"""Names that a policy lists, and names that are in none of its lists."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from resolver.diagnostics import LEAST_REPLACED_IN_WORDS, did_you_mean, listed, near_miss
from resolver.domain import Equal, FailureKind, Policy, Unequal
from resolver.domain.conditions import atoms
from resolver.frozen import frozen
from resolver.loader.no_names import no_name_message, stands_for_no_name
from resolver.loader.odd_names import oddity
from resolver.loader.pattern_names import looks_like_pattern, pattern_help

LISTS = {"phase": "phases", "triad": "triads", "kind": "kinds"}
"""The list of `model_tiers` that closes a vocabulary."""


class NameProblem(NamedTuple):
    """The problem of a name that is probably a mistake: the code, the message and the help of a diagnostic."""

    code: str
    message: str
    help: str


@frozen
class ListedNames:
    """The names in a policy's lists, by vocabulary, and the vocabularies that a list closes."""

    names: Mapping[str, Collection[str]]
    closed: frozenset[str]

    def problem(self, what: str, name: str | None) -> NameProblem | None:
        """Return why a name is probably a mistake; None if it is not.

        Args:
            what: The vocabulary, which is `role`, `phase`, `triad` or `kind`.
            name: The name; None and "" are no phase and no kind.

        """
        if not name or name in self.names[what]:
            return None
        known = self.names[what]
        if (oddness := oddity(name)) is not None:
            return NameProblem(
                "odd-name",
                f"the {what} `{name}` {oddness[0]}",
                f"did you mean `{oddness[1]}`?" if oddness[1] else "write a name",
            )
        if looks_like_pattern(name, known):
            message = f"the {what} `{name}` looks like a pattern, but a name is compared letter by letter"
            return NameProblem("wildcard", message, pattern_help(name, known))
        if what in self.closed:
            help = did_you_mean(name, known) or f"one of {listed(known)}"
            return NameProblem("unlisted", f"the {what} `{name}` is not in `{LISTS[what]}`", help)
        if stands_for_no_name(what, name):
            return NameProblem("unlisted", no_name_message(what, name), f"leave the {what} out to give none")
        meant = near_miss(name, known, least_replaced=LEAST_REPLACED_IN_WORDS) if what != "triad" else None
        message = f"the {what} `{name}` is in no list of the policy"
        return NameProblem("unlisted", message, f"did you mean `{meant}`?") if meant else None


def listed_names(policy: Policy) -> ListedNames:
    """Return the names that a policy lists: in its tables and rules, or in the list that closes the vocabulary."""
    tiers = policy.model_tiers
    in_rules: dict[str, dict[str, None]] = {"role": {}, "phase": {}, "triad": {}, "kind": {}}
    for rule in (rule for rules in policy.rules.values() for rule in rules):
        for atom in atoms(rule.condition):
            if isinstance(atom, Equal | Unequal) and atom.fact in in_rules:
                values = atom.values if isinstance(atom, Equal) else (atom.value,)
                in_rules[atom.fact].update(dict.fromkeys(str(value) for value in values))
    entries = dict.fromkeys(subject.triad for subject in tiers.escalation_state)
    names: dict[str, Collection[str]] = {
        "role": {**dict.fromkeys(tiers.role_defaults), **in_rules["role"]},
        "phase": tiers.phases or {**dict.fromkeys(tiers.phase_overrides), **in_rules["phase"]},
        "triad": tiers.triads or {**entries, **in_rules["triad"]},
        "kind": {**dict.fromkeys(FailureKind), **dict.fromkeys(tiers.kinds or in_rules["kind"])},
    }
    closed = frozenset(what for what, name in LISTS.items() if getattr(tiers, name))
    return ListedNames(names, closed)
