"""The subjects that a policy tells apart: triads and roles in as few classes as decide alike, with an example of each.

Two subjects are in one class when, after their triad, role and phases are fixed, the same nodes of both diagrams and
the same rows are left. Names that a rule mentions count only where a diagram still asks for them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from resolver.domain import Subject, unused_name
from resolver.table import DecisionTable

_UNLISTED = "any other"
_Nodes = tuple[int, int]
"""A node of each of the two diagrams."""


@dataclass(frozen=True, slots=True)
class PhaseClass:
    """Phases that decide alike: the first of them (None: no phase), its override, and the nodes that are left for it.

    `tier` and `outcome` are nodes of the two diagrams, after triad, role, phase and the rows of the subject.
    """

    name: str | None
    override: str | None
    listed: bool = True
    tier: int = field(default=0, compare=False)
    outcome: int = field(default=0, compare=False)

    @property
    def decides(self) -> object:
        """Return what is the same for all phases of the class."""
        return self.override, self.tier, self.outcome

    @property
    def words(self) -> str:
        """Return the phase for people; empty for no phase."""
        if self.name is None:
            return ""
        return self.name if self.listed else "any other phase"


@dataclass(frozen=True, slots=True)
class SubjectClass:
    """Subjects that decide alike: the first of them, its default, and its phases, no phase first.

    A triad or role that is not listed has a name that is in no list, for people it is `any`.
    """

    subject: Subject
    default: str | None
    phases: tuple[PhaseClass, ...]
    any_triad: bool
    any_role: bool

    @property
    def who(self) -> str:
        """Return the subject in words, with the rows that decide about it."""
        triad = "any triad" if self.any_triad else f"triad `{self.subject.triad}`"
        role = "any role that is not listed" if self.any_role else f"role `{self.subject.role}`"
        rows = [f"default {self.default}"] if self.default else []
        rows += [f"{phase.name} override {phase.override}" for phase in self.phases if phase.override]
        return f"{triad}, {role}" + (f" ({', '.join(rows)})" if rows else "")


class Subjects:
    """All classes of subjects of a policy, roles in the order of the files, unlisted ones last, and who is in which."""

    def __init__(self, table: DecisionTable) -> None:
        self.questions = (table.tier, table.outcome)
        self._tiers = table.policy.model_tiers
        self._overrides = table.index.overrides
        roles, triads, phases = (self._named(fact) for fact in ("role", "triad", "phase"))
        self._rule_roles, self._rule_phases = set(roles), set(phases)
        listed = dict.fromkeys((*self._tiers.role_defaults, *self._overrides, *roles))
        self._other_role, self._other_triad = unused_name(_UNLISTED, set(listed)), unused_name(_UNLISTED, set(triads))
        self._other_phase = unused_name(_UNLISTED, {*self._tiers.phase_overrides, *phases})
        self._roots = (table.tier.root, table.outcome.root)
        self._keys: dict[str, object] = {}
        self._known: dict[object, SubjectClass] = {}
        self._of_role: dict[object, dict[_Nodes, SubjectClass]] = {}
        self._add(self._other_role)  # first, so that it stands for roles that decide like it; its classes come last
        others = [*self._known]
        for role in (role for role in listed if ":" not in role):
            self._add(role)
        for key in others:
            self._known[key] = self._known.pop(key)

    @property
    def classes(self) -> tuple[SubjectClass, ...]:
        """Return every class once."""
        return tuple(self._known.values())

    def class_of(self, subject: Subject) -> SubjectClass | None:
        """Return the class that `subject` is in."""
        nodes = self._below(self._below(self._roots, "role", subject.role), "triad", subject.triad)
        return self._of_role.get(self.key(subject.role), {}).get(nodes)

    def phase_of(self, subject: Subject, phase: str | None) -> PhaseClass | None:
        """Return the class that a phase of `subject` is in."""
        of = self.class_of(subject)
        if of is None:
            return None
        nodes = self._below(self._below(self._roots, "role", subject.role), "triad", subject.triad)
        override = self._overrides.get(subject.role, {}).get(phase or "")
        decides = self._phase(nodes, phase or None, of.default, override)
        return next(one for one in of.phases if one.decides == decides.decides)

    def classes_of_role(self, role: str) -> list[SubjectClass]:
        """Return the classes that subjects with `role` are in, one for all triads that decide alike."""
        return [*self._of_role.get(self.key(role), {}).values()]

    def request(self, of: SubjectClass, phase: str, override: str | None) -> int:
        """Return the node of the diagram of `tier` that is left for a subject without an entry, with this override."""
        tier = self.questions[0]
        left = tier.root
        rows = {"role_default": of.default, "phase_override": override, "escalated_tier": None}
        for fact, value in {"role": of.subject.role, "triad": of.subject.triad, "phase": phase, **rows}.items():
            left = tier.below(left, fact, value)
        return left

    def _named(self, fact: str) -> list[str]:
        return list(dict.fromkeys(name for question in self.questions for name in question.named(fact)))

    def _below(self, nodes: _Nodes, fact: str, name: str | None) -> _Nodes:
        tier, outcome = self.questions
        return tier.below(nodes[0], fact, name), outcome.below(nodes[1], fact, name)

    def _ways(self, nodes: _Nodes, fact: str, other: str) -> dict[_Nodes, str]:
        """Return where `nodes` lead for the names that one of them tells apart, and for all others, each way once.

        All others go first, so that they stand for the names that lead where they do.
        """
        tier, outcome = (question.leads(node, fact) for question, node in zip(self.questions, nodes, strict=True))
        ways = {(tier[1], outcome[1]): other}
        for name in {**tier[0], **outcome[0]}:
            ways.setdefault((tier[0].get(name, tier[1]), outcome[0].get(name, outcome[1])), name)
        return ways

    def key(self, role: str) -> object:
        """Return what is the same for roles that neither rules nor rows tell apart."""
        if role not in self._keys:
            self._keys[role] = self._key_of(role)
        return self._keys[role]

    def phase_key(self, phase: str) -> str | None:
        """Return what stands for all phases that look like `phase` to every rule."""
        return phase if phase in self._rule_phases else None

    def _key_of(self, role: str) -> object:
        overrides = self._overrides.get(role, {})
        rows = frozenset((phase if phase in self._rule_phases else None, tier) for phase, tier in overrides.items())
        return role if role in self._rule_roles else None, self._tiers.role_defaults.get(role), rows

    def _add(self, role: str) -> None:
        key = self.key(role)
        if key in self._of_role:
            return
        classes = self._of_role[key] = {}
        default, overrides = self._tiers.role_defaults.get(role), self._overrides.get(role, {})
        for nodes, triad in self._ways(self._below(self._roots, "role", role), "triad", self._other_triad).items():
            phases = self._phases(nodes, default, overrides)
            decides = frozenset(phase.decides for phase in phases)
            any_triad, any_role = triad == self._other_triad, role == self._other_role
            found = SubjectClass(Subject(triad, role), default, phases, any_triad, any_role)
            classes[nodes] = self._known.setdefault((default, decides), found)

    def _phases(self, nodes: _Nodes, default: str | None, overrides: dict[str, str]) -> tuple[PhaseClass, ...]:
        names = [name for name in self._ways(nodes, "phase", self._other_phase).values() if name != self._other_phase]
        found: dict[object, PhaseClass] = {}
        for name in (None, *dict.fromkeys((*overrides, *names)), self._other_phase):
            phase = self._phase(nodes, name, default, overrides.get(name) if name is not None else None)
            found.setdefault(phase.decides, phase)
        return tuple(found.values())

    def _phase(self, nodes: _Nodes, name: str | None, default: str | None, override: str | None) -> PhaseClass:
        tier = self.questions[0]
        left, outcome = self._below(nodes, "phase", name)
        left = tier.below(tier.below(left, "role_default", default), "phase_override", override)
        return PhaseClass(name, override, name != self._other_phase, left, outcome)
