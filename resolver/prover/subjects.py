"""The classes of subjects that a policy tells apart, as few as possible, with an example of each class.

Two subjects are in one class if fixing their triad, role and phases leads to the same nodes of both diagrams, and the
same rows apply to them. A name that some rule mentions counts only where a diagram still tests it.
"""

from __future__ import annotations

from dataclasses import field

from resolver.domain import Subject, unused_name
from resolver.frozen import frozen
from resolver.table import DecisionTable

_UNLISTED = "any other"
_Nodes = tuple[int, int]
"""A node of each of the two diagrams."""


@frozen
class PhaseClass:
    """Phases of a subject with the same decisions: the name of the first (None: no phase), its override, and its nodes.

    `tier` and `outcome` are nodes of the two diagrams, below triad, role, phase and the rows of the subject.
    """

    name: str | None
    override: str | None
    listed: bool = True
    tier: int = field(default=0, compare=False)
    outcome: int = field(default=0, compare=False)

    @property
    def decides(self) -> object:
        """Return the key that all phases of the class share."""
        return self.override, self.tier, self.outcome

    @property
    def words(self) -> str:
        """Return the phase in words; empty if there is no phase."""
        if self.name is None:
            return ""
        return self.name if self.listed else "any other phase"


@frozen
class SubjectClass:
    """Subjects with the same decisions: the first of them, its default, and its classes of phases, no phase first.

    `any_triad` and `any_role` say that the name in `subject` is made up: it stands for all names that are not listed.
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
    """All classes of subjects of a policy, and the class of each subject.

    Classes come in the order in which the files name their roles; classes of unlisted roles come last.
    """

    def __init__(self, table: DecisionTable) -> None:
        """Divide the subjects of the policy of `table` into classes."""
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
        self._add(self._other_role)  # first, so that it stands for the listed roles with the same decisions
        unlisted = [*self._known]
        for role in (role for role in listed if ":" not in role):
            self._add(role)
        for key in unlisted:  # move them to the end
            self._known[key] = self._known.pop(key)

    @property
    def classes(self) -> tuple[SubjectClass, ...]:
        """Return every class once."""
        return tuple(self._known.values())

    def class_of(self, subject: Subject) -> SubjectClass | None:
        """Return the class of `subject`; None only for a role with a colon, which no request can have."""
        nodes = self._below(self._below(self._roots, "role", subject.role), "triad", subject.triad)
        return self._of_role.get(self.key(subject.role), {}).get(nodes)

    def phase_of(self, subject: Subject, phase: str | None) -> PhaseClass | None:
        """Return the class of a phase (None: no phase) of `subject`; None if the subject is in no class."""
        subject_class = self.class_of(subject)
        if subject_class is None:
            return None
        nodes = self._below(self._below(self._roots, "role", subject.role), "triad", subject.triad)
        override = self._overrides.get(subject.role, {}).get(phase or "")
        wanted = self._phase(nodes, phase or None, subject_class.default, override)
        return next(phase_class for phase_class in subject_class.phases if phase_class.decides == wanted.decides)

    def classes_of_role(self, role: str) -> list[SubjectClass]:
        """Return the classes of all subjects with `role`: one for each group of triads with the same decisions."""
        return [*self._of_role.get(self.key(role), {}).values()]

    def request(self, of: SubjectClass, phase: str, override: str | None) -> int:
        """Return the node of the diagram of `tier` for a subject without an entry.

        Args:
            of: The class of the subject.
            phase: The phase of the request.
            override: The override of the role in this phase; None if it has none.

        """
        tier = self.questions[0]
        node = tier.root
        rows = {"role_default": of.default, "phase_override": override, "escalated_tier": None}
        for fact, value in {"role": of.subject.role, "triad": of.subject.triad, "phase": phase, **rows}.items():
            node = tier.below(node, fact, value)
        return node

    def _named(self, fact: str) -> list[str]:
        """Return the values of `fact` that rules of either question name."""
        return list(dict.fromkeys(name for question in self.questions for name in question.named(fact)))

    def _below(self, nodes: _Nodes, fact: str, name: str | None) -> _Nodes:
        """Return the nodes to which `nodes` lead for one value of `fact`."""
        tier, outcome = self.questions
        return tier.below(nodes[0], fact, name), outcome.below(nodes[1], fact, name)

    def _ways(self, nodes: _Nodes, fact: str, other: str) -> dict[_Nodes, str]:
        """Return the different pairs of nodes to which `nodes` lead, each with the first name that leads there.

        `other` stands for all names that neither node tells apart. It comes first, so it also stands for the names that
        lead to the same nodes as it does.
        """
        tier, outcome = (question.leads(node, fact) for question, node in zip(self.questions, nodes, strict=True))
        ways = {(tier[1], outcome[1]): other}
        for name in {**tier[0], **outcome[0]}:
            ways.setdefault((tier[0].get(name, tier[1]), outcome[0].get(name, outcome[1])), name)
        return ways

    def key(self, role: str) -> object:
        """Return the key that roles share if neither rules nor rows tell them apart."""
        if role not in self._keys:
            self._keys[role] = self._key_of(role)
        return self._keys[role]

    def phase_key(self, phase: str) -> str | None:
        """Return the key that phases share if no rule tells them apart: the phase if a rule names it, or else None."""
        return phase if phase in self._rule_phases else None

    def _key_of(self, role: str) -> object:
        overrides = self._overrides.get(role, {})
        rows = frozenset((phase if phase in self._rule_phases else None, tier) for phase, tier in overrides.items())
        return role if role in self._rule_roles else None, self._tiers.role_defaults.get(role), rows

    def _add(self, role: str) -> None:
        """Add the classes of the subjects with `role`."""
        key = self.key(role)
        if key in self._of_role:
            return
        classes = self._of_role[key] = {}
        default, overrides = self._tiers.role_defaults.get(role), self._overrides.get(role, {})
        for nodes, triad in self._ways(self._below(self._roots, "role", role), "triad", self._other_triad).items():
            phases = self._phases(nodes, default, overrides)
            decides = frozenset(phase.decides for phase in phases)
            any_triad, any_role = triad == self._other_triad, role == self._other_role
            subject_class = SubjectClass(Subject(triad, role), default, phases, any_triad, any_role)
            classes[nodes] = self._known.setdefault((default, decides), subject_class)

    def _phases(self, nodes: _Nodes, default: str | None, overrides: dict[str, str]) -> tuple[PhaseClass, ...]:
        """Return the classes of phases of the subjects at `nodes`, no phase first."""
        names = [name for name in self._ways(nodes, "phase", self._other_phase).values() if name != self._other_phase]
        classes: dict[object, PhaseClass] = {}
        for name in (None, *dict.fromkeys((*overrides, *names)), self._other_phase):
            phase = self._phase(nodes, name, default, overrides.get(name) if name is not None else None)
            classes.setdefault(phase.decides, phase)
        return tuple(classes.values())

    def _phase(self, nodes: _Nodes, name: str | None, default: str | None, override: str | None) -> PhaseClass:
        tier = self.questions[0]
        node, outcome = self._below(nodes, "phase", name)
        node = tier.below(tier.below(node, "role_default", default), "phase_override", override)
        return PhaseClass(name, override, name != self._other_phase, node, outcome)
