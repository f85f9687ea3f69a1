"""Rows of a policy that decide a request: without such a row, another rule or another tier would win."""

from __future__ import annotations

from collections.abc import Sequence

from resolver.diagnostics import Place, legible
from resolver.domain import Facts, ModelTiers, Subject
from resolver.domain.policy import RowPath
from resolver.frozen import frozen
from resolver.table.question import Question
from resolver.table.table import DecisionTable

ROW_FACTS = ("escalated_tier", "phase_override", "role_default")
"""The facts that come from rows."""


@frozen
class PolicyRow:
    """A row of a policy: its path inside `model_tiers`, its tier, and its place.

    >>> from resolver.diagnostics import Source
    >>> place = Source("tiers.yaml", "critic: fast").place(0, 6)
    >>> str(PolicyRow(("phase_overrides", "planning", "critic"), "fast", place))
    '`critic: fast` in `planning` (tiers.yaml:1)'
    """

    path: RowPath
    tier: str
    place: Place

    def __str__(self) -> str:
        section = f" in `{legible(self.path[1])}`" if len(self.path) > 2 else ""
        return f"`{legible(self.path[-1])}: {legible(self.tier)}`{section} ({self.place})"


def row_path(fact: str, subject: Subject, phase: str | None) -> RowPath | None:
    """Return the path of the row that a fact of a request comes from; None if it does not come from a row.

    Args:
        fact: The name of the fact.
        subject: The triad and the role of the request.
        phase: The phase of the request; None or "" if it has none.

    >>> row_path("phase_override", Subject("layout", "critic"), "execution")
    ('phase_overrides', 'execution', 'critic')
    """
    paths: dict[str, RowPath] = {
        "role_default": ("role_defaults", subject.role),
        "phase_override": ("phase_overrides", phase or "", subject.role),
        "escalated_tier": ("escalation_state", str(subject)),
    }
    return paths.get(fact)


def row_at(tiers: ModelTiers, path: RowPath) -> PolicyRow | None:
    """Return the row at a path; None if the policy does not have it, or has it from elsewhere than a file.

    Args:
        tiers: The section `model_tiers` of the policy.
        path: The path of the row, as `row_path` returns it.

    """
    if path[0] == "role_defaults":
        tier = tiers.role_defaults.get(path[1])
    elif path[0] == "phase_overrides":
        tier = tiers.phase_overrides.get(path[1], {}).get(path[2])
    else:
        subject = Subject.parse(path[1])
        tier = None if subject is None else tiers.escalation_state.get(subject)
    place = tiers.places.get(path)
    return None if tier is None or place is None else PolicyRow(path, tier, place)


def deciding_facts(question: Question, facts: Facts, candidates: Sequence[str]) -> list[str]:
    """Return the facts without which another rule or another tier would win.

    Args:
        question: The question `tier` of the policy.
        facts: The facts of the request, as `DecisionTable.facts_of` returns them.
        candidates: Names of facts.

    >>> from resolver.loader import load_policy, shipped_policy
    >>> from resolver.table import compile_table
    >>> table = compile_table(load_policy(shipped_policy()))
    >>> facts = table.facts_of(Subject("layout", "worker_a"), "execution")
    >>> deciding_facts(table.tier, facts, ["role_default", "phase_override"])
    ['phase_override']
    """
    answer = question.decide(question.universe.classes_of(facts))
    return [
        name
        for name in candidates
        if name in facts
        and question.decide(question.universe.classes_of({key: facts[key] for key in facts if key != name})) != answer
    ]


def deciding_rows(
    table: DecisionTable, subject: Subject, phase: str | None, facts: Facts, candidates: Sequence[str] = ROW_FACTS
) -> list[PolicyRow]:
    """Return the rows without which another rule or another tier would win.

    Args:
        table: The decision table of the policy.
        subject: The triad and the role of the request.
        phase: The phase of the request; None or "" if it has none.
        facts: The facts of the request, as `DecisionTable.facts_of` returns them.
        candidates: The facts whose rows may be returned.

    """
    paths = (row_path(fact, subject, phase) for fact in deciding_facts(table.tier, facts, candidates))
    rows = (row_at(table.policy.model_tiers, path) for path in paths if path is not None)
    return [row for row in rows if row is not None]
