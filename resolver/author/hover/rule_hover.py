"""Explains a rule: whom it decides for, which rules outrank it, and what would change without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

from resolver.author.diff.changed_groups import merged_outcomes
from resolver.author.diff.compare_policies import compare
from resolver.author.diff.diff_lines import Line as Change
from resolver.author.diff.diff_words import Words, names
from resolver.author.diff.difference import Direction, Name
from resolver.author.diff.sides import Side
from resolver.author.hover.markdown_tables import described, table_of
from resolver.author.table_words import decision_texts, escalated_text, names_text, phases_text
from resolver.compiler import TooLargeError
from resolver.diagnostics import PolicyError
from resolver.diagnostics.markdown import markdown_code, markdown_text
from resolver.domain import Effect, EffectKind, Facts, Rule, RulesetName
from resolver.table import ANY_OTHER, DecisionTable, Line, Rows, grouped, outranking, without_rule
from resolver.table.budget import StoppedError, stoppable
from resolver.table.walk import Walker

_MOST_ROLES = 2_000
"""Roles with rows of their own for which the requests that a rule decides are listed."""
_MOST_LINES = 8
_MOST_CHANGES = 6
_MOST_NAMES = 4
_MOST_GIVEN = 40
"""Combinations of extra facts for which a rule's requests are looked for."""


def rule_hover(rule: Rule, table: DecisionTable, is_over: Callable[[], bool]) -> Iterator[str]:
    """Yield the lines about a rule; what takes too long is left out, with a word about it.

    Args:
        rule: The rule.
        table: The decision table of its policy.
        is_over: Whether the time is over.
    """
    yield f"rule {markdown_code(rule.name)} of `{rule.ruleset}`, pri {rule.pri}"
    yield from described("Because", rule.because)
    for part in (_decides_for, _outranked_by, _without):
        yield ""
        try:
            with stoppable(is_over):
                yield from list(part(rule, table, is_over))
        except (PolicyError, TooLargeError, StoppedError):
            yield "The rest takes too long to find out here."
            return


def _decides_for(rule: Rule, table: DecisionTable, is_over: Callable[[], bool]) -> Iterator[str]:
    if rule.ruleset is RulesetName.OUTCOME:
        changes = _outcomes(rule, table)
        yield "Decides for" if changes else "It decides for no outcome."
        yield from table_of(
            ["outcome", "who"], [[markdown_text(change.when), markdown_text(change.who)] for change in changes]
        )
        return
    if len(table.rows) > _MOST_ROLES:
        yield f"The policy has more than {_MOST_ROLES:,} roles; `resolver table` lists what it decides for."
        return
    lines = _requests(rule, table, is_over)
    yield "Decides for" if lines else "It decides for no request."
    yield from table_of(["role", "phase", "escalated", "tier"], lines)


def _requests(rule: Rule, table: DecisionTable, is_over: Callable[[], bool]) -> list[list[str]]:
    """Return the requests that a rule decides in words, first those without extra facts."""
    rows: dict[tuple[str, ...], None] = {}
    for given in _given(rule, table):
        if is_over():
            raise StoppedError
        index = Rows(table.policy, table.tier, given) if given else table.index
        with_facts = "".join(f"; {name} {value}" for name, value in given.items())
        lines = grouped(index)
        phases: dict[tuple[object, ...], tuple[Line, list[Name]]] = {}
        for line in lines:
            decision = line.same or line.decision
            if decision is not None and decision.rule == rule.name:
                alike = (line.roles, line.triads, line.escalated, *decision_texts(line))
                phases.setdefault(alike, (line, []))[1].extend(line.phases)
        for line, of_line in phases.values():
            rows[_words(line, _phases(line, of_line, lines), table, with_facts)] = None
        if rows and not given and not _needs_facts(rule, table):
            break
    return [list(row) for row in rows]


def _needs_facts(rule: Rule, table: DecisionTable) -> bool:
    """Return whether a rule reads facts that the policy declares."""
    return any(name in table.policy.facts for name in rule.facts)


def _given(rule: Rule, table: DecisionTable) -> Iterator[Facts]:
    """Yield combinations of values of the extra facts that a rule reads, which rules tell apart; none of them first."""
    values = Walker([table.policy.facts], [table.tier]).values
    names = [name for name in rule.facts if name in values]
    combinations = product(*([None, *(value for value in values[name] if value is not None)] for name in names))
    for combination, _ in zip(combinations, range(_MOST_GIVEN), strict=False):
        yield {name: value for name, value in zip(names, combination, strict=True) if value is not None}


def _phases(line: Line, phases: list[Name], lines: list[Line]) -> str:
    """Return phases of the roles of a line in words; nothing else about these roles is shown."""
    alike = [other for other in lines if (other.roles, other.triads) == (line.roles, line.triads)]
    others = dict.fromkeys(phase for other in alike for phase in other.phases if phase not in phases)
    if others and {None, ANY_OTHER} <= {*phases}:
        return f"any but {names([*others], '', most=_MOST_NAMES)}"
    return phases_text(replace(line, phases=tuple(phases), any_phase=not others))


def _words(line: Line, phases: str, table: DecisionTable, with_facts: str) -> tuple[str, ...]:
    triads = "" if line.any_triad else f" of triad {names_text(line.triads, 'any other')}"
    roles = names_text(line.roles, "any other role")
    words = (f"{roles}{triads}{with_facts}", phases, escalated_text(line, table), decision_texts(line)[0])
    return tuple(map(markdown_text, words))


def _outcomes(rule: Rule, table: DecisionTable) -> list[Change]:
    """Return the outcomes that a rule decides: those that change if its effect does."""
    effect = Effect(EffectKind.IGNORE if rule.effect.kind is not EffectKind.IGNORE else EffectKind.COUNT)
    rules = tuple(replace(each, effect=effect) if each.name == rule.name else each for each in table.outcome.rules)
    other = replace(table, outcome=replace(table.outcome, rules=rules))
    decided = [change for change in compare(table, other, is_exact=True).outcomes if change.old.rule == rule]
    outcomes = merged_outcomes(replace(change, direction=Direction.CHANGES) for change in decided)
    return [_side_words(table, other).outcome(outcome) for outcome in outcomes]


def _outranked_by(rule: Rule, table: DecisionTable, _is_over: Callable[[], bool]) -> Iterator[str]:
    question = table.tier if rule.ruleset is RulesetName.TIER else table.outcome
    rules = outranking(question, rule)
    named = [f"{markdown_code(other.name)} ({other.pri})" for other in rules[:_MOST_LINES]]
    named += [f"{len(rules) - _MOST_LINES:,} more"] if len(rules) > _MOST_LINES else []
    yield f"Outranked, where both match, by {', '.join(named)}." if rules else "No rule outranks it."


def _without(rule: Rule, table: DecisionTable, _is_over: Callable[[], bool]) -> Iterator[str]:
    other = without_rule(table, rule)
    difference = compare(table, other, is_exact=True)
    sections = _side_words(table, other).sections(difference)
    changes = [change for _, of_section in sections for change in of_section]
    yield "Without it:" if changes else "Without it, nothing would change."
    yield ""
    for change in changes[:_MOST_CHANGES]:
        who = f"{change.who}; {change.when}" if change.when else change.who
        yield f"- {change.direction}: {markdown_text(who)}: {markdown_text(change.change)}"
    if len(changes) > _MOST_CHANGES:
        yield f"- … and {len(changes) - _MOST_CHANGES:,} more"


def _side_words(table: DecisionTable, other: DecisionTable) -> Words:
    return Words(Side("with it", table), Side("without it", other), _MOST_NAMES)
