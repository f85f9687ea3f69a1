"""Errors for rules that are too complex to judge. Each names the rules, and the facts whose classes multiply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from resolver.compiler import TooLargeError, Universe
from resolver.diagnostics import Diagnostic, PolicyError
from resolver.domain import Rule, facts_of

_SHOWN = 4
"""The largest number of facts, and of rules, that a message names."""


@contextmanager
def bounded(rules: Sequence[Rule], *universes: Universe) -> Iterator[None]:
    """Turn a TooLargeError of the block into a PolicyError.

    Args:
        rules: The rules that the error names.
        universes: The universes of these rules. The error names the facts with the most classes in them.

    Raises:
        PolicyError: The block used up its budget.

    """
    try:
        yield
    except TooLargeError:
        raise too_complex(rules, *universes) from None


def too_complex(rules: Sequence[Rule], *universes: Universe) -> PolicyError:
    """Return the error that `rules` together divide the facts of `universes` into too many cases."""
    sizes = _sizes(universes, {fact for rule in rules for fact in facts_of(rule.condition)})
    facts = [*sizes][:_SHOWN]
    readers = sorted(
        (rule for rule in rules if any(fact in facts for fact in facts_of(rule.condition))),
        key=lambda rule: -sum(fact in facts for fact in facts_of(rule.condition)),
    )
    rulesets = " and ".join(dict.fromkeys(f"`{rule.ruleset}`" for rule in rules))
    message = f"the rules of {rulesets} divide the facts into too many cases: {_listed(sizes)}"
    named = ", ".join(f"`{rule.name}`" for rule in readers[:_SHOWN])
    more = f" and {len(readers) - _SHOWN} more" if len(readers) > _SHOWN else ""
    help = f"write fewer rules that read these facts, or rules that read fewer of them at once: {named}{more}"
    place = readers[0].place if readers else rules[0].place
    return PolicyError([Diagnostic("too-complex", message, place, help)])


def rule_too_complex(rule: Rule, universe: Universe) -> Diagnostic:
    """Return the diagnostic for a rule that alone is too large for the engine, or takes it more than some seconds."""
    sizes = _sizes([universe], set(facts_of(rule.condition)))
    return Diagnostic(
        "too-complex",
        f"`{rule.name}` has more conditions or alternatives than the rules engine can hold: {_listed(sizes)}",
        rule.place,
        "write several rules, each about fewer facts or values",
    )


def _sizes(universes: Sequence[Universe], facts: set[str]) -> dict[str, int]:
    """Return the number of classes of each fact in `facts`, the largest first."""
    variables = [variable for universe in universes for variable in universe.variables]
    sizes = {fact: len(variable.classes) for variable in variables for fact in variable.facts if fact in facts}
    return dict(sorted(sizes.items(), key=lambda pair: -pair[1]))


def _listed(sizes: dict[str, int]) -> str:
    shown = ", ".join(f"`{fact}` ({count} classes)" for fact, count in [*sizes.items()][:_SHOWN])
    return shown + (f" and {len(sizes) - _SHOWN} more facts" if len(sizes) > _SHOWN else "")
