"""The rows of a policy as an index over the decision diagram: what a request is looked up in.

`rows[role]` is a pair: for the triads that differ from all others, and for those others, the decision by phase. Roles,
triads and phases with the same decisions share the same objects, so 100,000 roles cost what their combinations cost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import product
from types import MappingProxyType
from typing import Final

from resolver.domain import Decision, ModelTiers, Policy, Reference, Rule, Subject, Text
from resolver.table.diagram import winner_of
from resolver.table.question import Question


class AnyOther:
    """The key of what is not listed; no name equals it."""


ANY_OTHER: Final = AnyOther()

Phases = dict[str | AnyOther | None, Decision | None]
"""The decision by phase; None where no rule decides, or the winning rule's reference is absent."""
Row = tuple[dict[str, Phases], Phases]


class Rows:
    """Looks the decision of a request up in the diagram, once for each distinct combination of a policy's rows."""

    def __init__(self, policy: Policy, question: Question) -> None:
        self.policy = policy
        self.question = question
        self.levels = {name: at for at, v in enumerate(question.universe.variables) for name in v.facts}
        self.overrides = _by_role(policy.model_tiers)
        self.triads = question.named("triad")
        self.phases = question.named("phase")
        targets = [rule.effect.target for rule in question.rules]
        self.held = [fact for name, fact in policy.facts.items() if Reference(name) in targets]
        self._decisions: dict[tuple[str, str], Decision] = {}
        self._phases: dict[tuple[object, ...], Phases] = {}
        self._tiers: dict[tuple[object, ...], frozenset[str]] = {}

    def all(self) -> dict[str, Row]:
        """Return the row of every role that a default, an override, an escalation or a rule names."""
        tiers = self.policy.model_tiers
        escalated: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for subject, tier in tiers.escalation_state.items():
            escalated[subject.role][subject.triad] = tier
        named = dict.fromkeys((*self.listed_roles(), *escalated))
        return {role: self.row(role, escalated.get(role, {})) for role in named}

    def listed_roles(self) -> list[str]:
        """Return the roles that a default, an override or a rule names, as far as a request can name them."""
        named = dict.fromkeys((*self.policy.model_tiers.role_defaults, *self.overrides, *self.question.named("role")))
        return [role for role in named if ":" not in role]

    def row(self, role: str | None, escalated: Mapping[str, str] = MappingProxyType({})) -> Row:
        """Return the row of `role`, or of any role that is not listed, with these escalations by triad."""
        others = self.decisions(None, role, None)
        triads = {triad: self.decisions(triad, role, escalated.get(triad)) for triad in (*self.triads, *escalated)}
        return {triad: phases for triad, phases in triads.items() if phases is not others}, others

    def changed(self, role: str, row: Row | None, escalated: Mapping[str, str | None]) -> Row:
        """Return `row` of `role` (None: no row yet) with these escalations by triad (None: none) instead of its own."""
        old, others = self.row(role) if row is None else row
        triads = old.copy()
        of_any: dict[str | None, Phases] = {}
        for triad, tier in escalated.items():
            if triad in self.triads:
                phases = self.decisions(triad, role, tier)
            elif tier in of_any:
                phases = of_any[tier]
            else:
                phases = of_any[tier] = self.decisions(None, role, tier)
            if phases is others:
                triads.pop(triad, None)
            else:
                triads[triad] = phases
        return triads, others

    def decisions(self, triad: str | None, role: str | None, escalated: str | None) -> Phases:
        """Return the decision by phase of a subject; None is a triad or a role that is not listed."""
        default = self.policy.model_tiers.role_defaults.get(role) if role is not None else None
        overrides = self.overrides.get(role, {}) if role is not None else {}
        key = (self._class("triad", triad), self._class("role", role), default, tuple(overrides.items()), escalated)
        if key not in self._phases:
            facts = {"triad": triad, "role": role, "role_default": default, "escalated_tier": escalated}
            absent = self._decide({**facts, "phase": None, "phase_override": None})
            phases: Phases = {None: absent, "": absent}
            for phase in dict.fromkeys((*overrides, *self.phases)):
                phases[phase] = self._decide({**facts, "phase": phase, "phase_override": overrides.get(phase)})
            phases[ANY_OTHER] = self._decide({**facts, "phase": ANY_OTHER, "phase_override": None})
            self._phases[key] = phases
        return self._phases[key]

    def tiers_without_entry(self, subject: Subject) -> frozenset[str]:
        """Return every tier that the policy gives `subject` without an entry, in whatever phase, with any facts."""
        default = self.policy.model_tiers.role_defaults.get(subject.role)
        overrides = self.overrides.get(subject.role, {})
        classes = self._class("triad", subject.triad), self._class("role", subject.role)
        key = (*classes, default, tuple(overrides.items()))
        if key not in self._tiers:
            facts = {"triad": subject.triad, "role": subject.role, "role_default": default}
            phases: list[str | AnyOther | None] = [None, ANY_OTHER, *overrides, *self.phases]
            self._tiers[key] = frozenset(
                tier
                for phase in phases
                for tier in self._reachable(
                    {
                        **facts,
                        "phase": phase,
                        "phase_override": overrides.get(phase) if isinstance(phase, str) else None,
                    }
                )
            )
        return self._tiers[key]

    def decision(self, rule: Rule, tier: str) -> Decision:
        """Return the decision that `rule` makes for `tier`; the same object for the same decision."""
        key = (rule.name, tier)
        if key not in self._decisions:
            models = self.policy.model_tiers.tiers[tier].providers
            self._decisions[key] = Decision(tier, rule.name, rule.because, models, self.policy.revision)
        return self._decisions[key]

    def _reachable(self, facts: Mapping[str, object]) -> set[str]:
        """Return every tier that a request with these facts and no entry can get, with any extra facts."""
        found: set[str] = set()
        for values in product(*((None, *fact.domain.values) for fact in self.held if isinstance(fact.domain, Text))):
            held = {fact.name: value for fact, value in zip(self.held, values, strict=True)}
            found |= self._answers({**facts, **held, "escalated_tier": None})
        return found

    def _answers(self, facts: Mapping[str, object]) -> set[str]:
        """Return the tiers below the root where these facts are known and all others are open."""
        fixed = {self.levels[name]: self._class(name, value) for name, value in facts.items()}
        diagram, todo = self.question.diagram, [self.question.root]
        found: set[str] = set()
        seen: set[int] = set()
        while todo:
            node = todo.pop()
            if node in seen:
                continue
            seen.add(node)
            if node >= 0 and (level := diagram.level[node]) in fixed:
                todo.append(diagram.below(node, level, fixed[level]))
            elif node >= 0:
                todo += [diagram.otherwise[node], *diagram.branches[node].values()]
            elif (rule := winner_of(node)) is not None:
                target = self.question.rules[rule].effect.target
                tier = facts.get(target.fact) if isinstance(target, Reference) else target
                found |= {tier} if isinstance(tier, str) else set()
        return found

    def _decide(self, facts: Mapping[str, object]) -> Decision | None:
        classes = [
            self._class(variable.facts[0], facts.get(variable.facts[0]))
            for variable in self.question.universe.variables
        ]
        rule = self.question.winner(classes)
        if rule is None:
            return None
        target = rule.effect.target
        tier = facts.get(target.fact) if isinstance(target, Reference) else target
        return self.decision(rule, tier) if isinstance(tier, str) else None

    def _class(self, name: str, value: object) -> int:
        variable = self.question.universe.variables[self.levels[name]]
        if value is ANY_OTHER or (value is None and name in ("triad", "role")):
            return variable.other
        assert value is None or isinstance(value, str)
        return variable.index.get((value,), variable.other)


def _by_role(tiers: ModelTiers) -> dict[str, dict[str, str]]:
    overrides: dict[str, dict[str, str]] = {}
    for phase, rows in tiers.phase_overrides.items():
        for role, tier in rows.items():
            overrides.setdefault(role, {})[phase] = tier
    return overrides
