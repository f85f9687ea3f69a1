"""Explains the names of a policy: tiers, facts, phases, roles, and the entries that were learned."""

from __future__ import annotations

from collections.abc import Iterator

from resolver.author.hover.markdown_tables import described, table_of
from resolver.author.model_words import model_text
from resolver.author.table_words import decision_texts, escalated_text, names_text, phases_text
from resolver.diagnostics import masked
from resolver.diagnostics.markdown import markdown_code, markdown_text
from resolver.domain import Event, Fact, Integer, Policy, Rule, RulesetName, Subject, Text, vocabulary
from resolver.schema import FACTS
from resolver.state import read_history
from resolver.table import ANY_OTHER, DecisionTable, Line, grouped

_MOST_NAMES = 12
_MOST_EVENTS = 5
"""Events of the history that are shown."""


def tier_hover(name: str, policy: Policy) -> Iterator[str]:
    """Yield the models of a tier in the order in which they are tried, and its place on the ladder."""
    tier, ladder = policy.model_tiers.tiers.get(name), policy.model_tiers.ladder
    if tier is None or name not in ladder.tiers:
        return
    rank = ladder.rank(name)
    around = [f"above {markdown_code(ladder.tiers[rank - 1])}"] if rank else []
    around += [f"below {markdown_code(above)}"] if (above := ladder.above(name)) is not None else []
    place = f"step {rank + 1} of {len(ladder.tiers)}, lowest first"
    yield f"tier {markdown_code(name)}: {', '.join([place, *around])}"
    yield from described("Purpose", tier.description)
    yield from table_of(
        ["", "provider", "model"],
        [
            [str(number), markdown_code(provider), markdown_code(model_text(model, tier.options.get(provider, {})))]
            for number, (provider, model) in enumerate(tier.providers.items(), start=1)
        ],
    )


def fact_hover(name: str, ruleset: RulesetName | None, policy: Policy) -> Iterator[str]:
    """Yield the values of a fact, and the rules that read it."""
    fact = policy.facts.get(name) or next(
        (found for of in ([ruleset] if ruleset else RulesetName) if (found := _built_in(name, of, policy))), None
    )
    if fact is None:
        return
    yield f"fact {markdown_code(name)}: {_values(fact)}"
    if name in FACTS:
        yield from ("", f"Meaning: {FACTS[name]}")
    yield from described("Meaning", fact.description)
    readers = [rule for rules in policy.rules.values() for rule in rules if name in rule.facts]
    yield ""
    yield f"Read by {_listed_rules(readers)}." if readers else "No rule reads it."


def _built_in(name: str, ruleset: RulesetName, policy: Policy) -> Fact | None:
    return vocabulary(ruleset, policy.model_tiers.ladder, {}).get(name)


def _values(fact: Fact) -> str:
    if isinstance(fact.domain, Text):
        return _listed(fact.domain.values)
    return "a whole number" if isinstance(fact.domain, Integer) else "any name"


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(map(markdown_code, names[:_MOST_NAMES]))
    return f"{shown} and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else shown


def _listed_rules(rules: list[Rule]) -> str:
    shown = [f"{markdown_code(rule.name)} of `{rule.ruleset}`" for rule in rules[:_MOST_NAMES]]
    more = [f"{len(rules) - _MOST_NAMES:,} more"] if len(rules) > _MOST_NAMES else []
    return ", ".join([*shown, *more])


def phase_hover(name: str, policy: Policy) -> Iterator[str]:
    """Yield the roles that a phase has a tier for."""
    rows = policy.model_tiers.phase_overrides.get(name, {})
    yield f"phase {markdown_code(name)}"
    if rows:
        yield from table_of(["role", "tier"], [[*map(markdown_code, row)] for row in rows.items()])
    else:
        yield ""
        yield "`phase_overrides` has no tier for it."


def role_hover(name: str, phase: str | None, table: DecisionTable) -> Iterator[str]:
    """Yield what a role runs on by phase and escalation.

    Args:
        name: The role.
        phase: The only phase to show, None for all of them.
        table: The decision table.
    """
    where = f" in phase {markdown_code(phase)}" if phase else ""
    is_listed = name in table.rows
    yield f"role {markdown_code(name)}{'' if is_listed else ', which no list has,'}{where} runs on"
    yield from _decisions(grouped(table.index, [name if is_listed else ANY_OTHER], phase), table, phase)
    yield from _more_facts(table)


def subject_hover(name: str, table: DecisionTable) -> Iterator[str]:
    """Yield when and why an entry of `escalation_state` was learned, and what the role runs on."""
    subject = Subject.parse(name)
    if subject is None:
        return
    tier = table.policy.model_tiers.escalation_state.get(subject)
    to = f" is escalated to {markdown_code(tier)}" if tier is not None else ""
    yield f"role {markdown_code(subject.role)} of triad {markdown_code(subject.triad)}{to}"
    yield ""
    events = read_history(table.policy.state_file, subject, _MOST_EVENTS)
    yield from [f"- {_event(event)}" for event in events] or ["Its history is not known here."]
    yield ""
    yield from role_hover(subject.role, None, table)


def _event(event: Event) -> str:
    """Return one line of the history."""
    tiers = " → ".join(markdown_code(tier) for tier in (event.from_tier, event.to_tier) if tier)
    details = [f"in phase {markdown_code(event.phase)}"] if event.phase else []
    details += [f"kind {markdown_code(event.kind)}"] if event.kind else []
    details += [f"by rule {markdown_code(event.rule)}"] if event.rule else []
    details += [
        markdown_text(text) for text in (event.reason, masked(event.errors[-1]) if event.errors else "") if text
    ]
    return f"{event.time:%Y-%m-%d %H:%M} UTC: {', '.join([f'{markdown_text(event.what)} {tiers}'.strip(), *details])}"


def _decisions(lines: list[Line], table: DecisionTable, phase: str | None) -> Iterator[str]:
    with_triads = any(not line.any_triad for line in lines)
    rows = []
    for line in lines:
        tier, rule = decision_texts(line)
        triad = ["any" if line.any_triad else names_text(line.triads, "any other")] if with_triads else []
        named = [*triad, *([] if phase else [phases_text(line)]), escalated_text(line, table)]
        rows.append([*map(markdown_text, named), markdown_text(tier), markdown_code(rule) if rule else ""])
    varied = [*(["triad"] if with_triads else []), *([] if phase else ["phase"])]
    yield from table_of([*varied, "escalated", "tier", "rule"], rows)


def _more_facts(table: DecisionTable) -> Iterator[str]:
    more = tuple(name for name in table.policy.facts if name in table.tier.universe.levels)
    if more:
        yield ""
        yield f"Without {_listed(more)}, which can change the tier."
