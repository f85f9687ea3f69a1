"""The decision table of a policy: everything needed to answer a request, compiled once at load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import EllipsisType, MappingProxyType

from resolver.diagnostics import RequestError, did_you_mean
from resolver.domain import Decision, Fact, Facts, Policy, RulesetName, Subject, Text
from resolver.domain.facts import LARGEST_INTEGER
from resolver.frozen import frozen
from resolver.table.changed_mapping import with_changes
from resolver.table.judging import judge
from resolver.table.question import Question
from resolver.table.rows import IndexRow, Rows


@frozen
class DecisionTable:
    """A policy, its two questions as durable-rules judged them, and the rows in which requests are looked up.

    `rows` has the row of every role that the policy names anywhere. `others` is the row of all other roles. `index`
    computes rows from the diagram of `tier`.

    >>> from resolver.loader import load_policy, shipped_policy
    >>> table = compile_table(load_policy(shipped_policy()))
    >>> subject = Subject("layout", "worker_a")
    >>> table.decide(table.facts_of(subject, "execution")).tier
    'fast'
    >>> escalated = table.with_entry(subject, "reasoning")
    >>> escalated.decide(escalated.facts_of(subject, "execution")).tier
    'reasoning'
    """

    policy: Policy
    tier: Question
    outcome: Question
    rows: Mapping[str, IndexRow]
    others: IndexRow
    index: Rows

    def facts_of(
        self,
        subject: Subject,
        phase: str | None,
        extra: Facts = MappingProxyType({}),
        *,
        entry: str | EllipsisType | None = ...,
    ) -> dict[str, str | int]:
        """Return the facts of a request that the ruleset `tier` sees.

        Args:
            subject: The triad and the role of the request.
            phase: The phase of the request; None or "" if it has none.
            extra: Extra facts of the request, as `check_extra` returns them.
            entry: The subject's entry, None for no entry. Without this argument it is the entry in the policy.

        """
        tiers = self.policy.model_tiers
        facts: dict[str, str | int | None] = {
            "triad": subject.triad,
            "role": subject.role,
            "phase": phase or None,
            "role_default": tiers.role_defaults.get(subject.role),
            "phase_override": tiers.phase_overrides.get(phase, {}).get(subject.role) if phase else None,
            "escalated_tier": tiers.escalation_state.get(subject) if isinstance(entry, EllipsisType) else entry,
            **extra,
        }
        return {name: value for name, value in facts.items() if value is not None}

    def decide(self, facts: Facts) -> Decision | None:
        """Return the decision for a request with these facts, or None if no rule decides it.

        Args:
            facts: The facts of the request, as `facts_of` returns them.

        """
        answer = self.tier.decide(self.tier.universe.classes_of(facts))
        return self.index.decision(answer)

    def with_entry(self, subject: Subject, tier: str | None) -> DecisionTable:
        """Return the table with another entry for one subject. It shares all other rows with this table.

        Args:
            subject: The subject of the entry.
            tier: The tier of the new entry; None deletes the entry.

        """
        return self.with_entries({subject: tier})

    def with_entries(self, changed: Mapping[Subject, str | None]) -> DecisionTable:
        """Return the table with other entries for some subjects. It shares all other rows with this table.

        Args:
            changed: The tier of the new entry of each subject; None deletes the entry.

        """
        tiers = self.policy.model_tiers
        entries = with_changes(tiers.escalation_state, changed)
        if isinstance(entries, dict):
            entries = MappingProxyType(entries)
        policy = replace(self.policy, model_tiers=replace(tiers, escalation_state=entries))
        of_roles: dict[str, dict[str, str | None]] = {}
        for subject, tier in changed.items():
            of_roles.setdefault(subject.role, {})[subject.triad] = tier
        rows = {role: self.index.changed(role, self.rows.get(role), of_role) for role, of_role in of_roles.items()}
        return replace(self, policy=policy, rows=with_changes(self.rows, rows))

    def check_extra(self, extra: Mapping[str, object]) -> Facts:
        """Return the extra facts of a request, checked against the facts that the policy declares.

        Args:
            extra: The values of extra facts, by name.

        Raises:
            RequestError: The argument is not a mapping, or it has a fact or a value that the policy does not declare.

        """
        if not isinstance(extra, Mapping):
            raise RequestError(f"the facts of a request are a mapping of names to values, not `{extra!r}`")
        checked: dict[str, str | int] = {}
        for name, value in extra.items():
            fact = self.policy.facts.get(name)
            if fact is None:
                raise RequestError(
                    _sentence(f"the policy declares no fact `{name}`", did_you_mean(str(name), self.policy.facts))
                )
            checked[fact.name] = _text(fact, value) if isinstance(fact.domain, Text) else _number(fact, value)
        return checked


def compile_table(policy: Policy, old: DecisionTable | None = None) -> DecisionTable:
    """Return the decision table of `policy`, judged by durable-rules.

    Args:
        policy: The policy, loaded and checked.
        old: The table of an earlier version of the policy. If the rules are the same, durable-rules does not judge them
            again.

    Raises:
        PolicyError: The rules divide the facts into more cases than can be judged.
        InternalError: The engine contradicts itself.

    """
    if old is not None and _rules(old.policy) == _rules(policy):
        tier, outcome = (
            replace(question, rules=policy.rules[name])
            for name, question in ((RulesetName.TIER, old.tier), (RulesetName.OUTCOME, old.outcome))
        )
    else:
        tier, outcome = judge(policy, RulesetName.TIER), judge(policy, RulesetName.OUTCOME)
    index = Rows(policy, tier)
    return DecisionTable(policy, tier, outcome, index.all(), index.row(None), index)


def _rules(policy: Policy) -> object:
    """Return all that the judgement of durable-rules depends on: the rules, and the values that facts can have."""
    rules = [(r.ruleset, r.name, r.pri, r.condition, r.effect) for ruleset in policy.rules.values() for r in ruleset]
    domains = [(fact.name, fact.domain) for fact in policy.facts.values()]
    return rules, domains, policy.model_tiers.ladder


def _sentence(message: str, hint: str) -> str:
    return f"{message}; {hint}" if hint else message


def _text(fact: Fact, value: object) -> str:
    assert isinstance(fact.domain, Text)
    if isinstance(value, str):
        value = str.__str__(value)  # a member of an enumeration may print as something else
        if value in fact.domain.values:
            return value
    allowed = ", ".join(f"`{declared}`" for declared in fact.domain.values)
    hint = did_you_mean(value, fact.domain.values) if isinstance(value, str) else ""
    raise RequestError(_sentence(f"the fact `{fact.name}` is never `{value}`; its values are {allowed}", hint))


def _number(fact: Fact, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_INTEGER:
        return int(value)
    raise RequestError(f"the fact `{fact.name}` is a 64-bit integer, not `{value!r}`")
