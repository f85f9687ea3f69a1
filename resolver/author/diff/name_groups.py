"""Groups of names that decide alike under two policies: roles, triads and phases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy

from resolver.author.diff.difference import Name
from resolver.domain import unused_name
from resolver.frozen import frozen
from resolver.table import ANY_OTHER, DecisionTable, Question

Pair = tuple[str | None, str | None]
"""A tier under the old policy and under the new policy."""
Nodes = tuple[int, ...]
"""A node in each diagram: of `tier`, old and new, of `outcome`, old and new, then those of a further table, if any."""
_NONE: Pair = (None, None)


@frozen
class Roles:
    """Roles with the same rows under both policies; no rule names them, unless a role is alone in its group.

    `overrides` maps a phase to its overrides under both policies; phases without overrides are left out.
    """

    names: tuple[Name, ...]
    defaults: Pair
    overrides: tuple[tuple[str, Pair], ...]


@frozen
class Alike:
    """Triads, or phases, that lead to the same nodes; the phases of some roles also have the same overrides.

    ANY_OTHER represents every name that is not among the `local` names.
    """

    names: tuple[Name, ...]
    nodes: Nodes
    overrides: Pair
    local: frozenset[Name]

    @property
    def tiers(self) -> Nodes:
        """Return the nodes in the diagrams that answer requests."""
        return (*self.nodes[:2], *self.nodes[4:])

    @property
    def outcomes(self) -> Nodes:
        """Return the nodes in the diagrams that judge outcomes, old and new."""
        return self.nodes[2:4]

    def all_of(self, every: Sequence[Name]) -> tuple[Name, ...]:
        """Return the names in the order of `every`, with the names that ANY_OTHER represents."""
        if ANY_OTHER not in self.names:
            return self.names
        names = {*self.names}
        return tuple(name for name in every if name in names or name not in self.local)


class Names:
    """All names that either policy tells apart, or that the question of a `whole` table does.

    With a `plain` table, only names that it does not decide like the old table are of interest.
    """

    def __init__(self, old: DecisionTable, new: DecisionTable, whole: DecisionTable | None = None) -> None:
        self.tables = (old, new)
        self.whole = whole
        self.plain: DecisionTable | None = None
        self.questions = self._questions()
        self.all_triads: list[Name] = [*self._named("triad"), ANY_OTHER]
        overrides = (phase for table in self.tables for phase in table.policy.model_tiers.phase_overrides)
        self.all_phases: list[Name] = [None, *dict.fromkeys((*overrides, *self._named("phase"))), ANY_OTHER]
        self._rule_roles = set(self._named("role"))
        self._roots: Nodes = tuple(question.root for question in self.questions)
        self._by_key = self._roles()
        self.roles = [*self._by_key.values()]
        self.unlisted = {fact: self._unnamed(fact) for fact in ("triad", "role", "kind")}

    def of_tables(self, old: DecisionTable, new: DecisionTable, plain: DecisionTable | None = None) -> Names:
        """Return the same names for tables of the same policies that decide less of the requests."""
        names = copy(self)
        names.tables = (old, new)
        names.plain = plain
        names.questions = names._questions()
        names._roots = tuple(question.root for question in names.questions)
        return names

    def roles_of(self, role: str) -> Roles:
        """Return the roles that decide like `role`."""
        return self._by_key[self._key(role)]

    def triads(self, roles: Roles) -> list[Alike]:
        """Return all triads, in groups that decide alike for these roles."""
        return self._groups(self._below(self._roots, "role", roles.names[0]), "triad", {})

    def after(self, roles: Roles, triad: str) -> Nodes:
        """Return the nodes that these roles lead to in one triad."""
        return self._below(self._below(self._roots, "role", roles.names[0]), "triad", triad)

    def phases(self, roles: Roles, nodes: Nodes) -> list[Alike]:
        """Return all phases, in groups that decide alike below these nodes of a triad; no phase comes first."""
        return self._groups(nodes, "phase", dict(roles.overrides))

    def subject_names(self, roles: Roles, triad: Name) -> tuple[str, str]:
        """Return a triad and a role for a subject; an unlisted name becomes a name that neither policy has."""
        role = roles.names[0]
        return (
            triad if isinstance(triad, str) else self.unlisted["triad"],
            role if isinstance(role, str) else self.unlisted["role"],
        )

    def _questions(self) -> tuple[Question, ...]:
        old, new = self.tables
        more = [] if self.whole is None else [self.whole.tier]
        more += [] if self.plain is None else [self.plain.tier, self.plain.outcome]
        return (old.tier, new.tier, old.outcome, new.outcome, *more)

    def _below(self, nodes: Nodes, fact: str, name: Name) -> Nodes:
        return tuple(question.below(node, fact, name) for question, node in zip(self.questions, nodes, strict=True))

    def _groups(self, nodes: Nodes, fact: str, overrides: Mapping[str, Pair]) -> list[Alike]:
        leads = [question.leads(node, fact) for question, node in zip(self.questions, nodes, strict=True)]
        ways: dict[Name, Nodes] = {None: self._below(nodes, fact, None)} if fact == "phase" else {}
        for name in dict.fromkeys((*overrides, *(name for named, _ in leads for name in named))):
            ways[name] = tuple(named.get(name, rest) for named, rest in leads)
        local = frozenset(ways)
        ways[ANY_OTHER] = tuple(rest for _, rest in leads)
        groups: dict[tuple[Nodes, Pair], list[Name]] = {}
        for each, left in ways.items():
            pair = overrides.get(each, _NONE) if isinstance(each, str) else _NONE
            groups.setdefault((left, pair), []).append(each)
        return [Alike(tuple(names), left, pair, local) for (left, pair), names in groups.items()]

    def _roles(self) -> dict[object, Roles]:
        """Return all roles, in the order of the files, unlisted roles last."""
        groups: dict[object, list[Name]] = {}
        listed = dict.fromkeys(name for table in self.tables for name in (*table.index.listed_roles(), *table.rows))
        named: list[Name] = [*listed, ANY_OTHER]
        for listed_role in named:
            groups.setdefault(self._key(listed_role), []).append(listed_role)
        return {
            key: Roles(tuple(names), self._defaults(names[0]), tuple(sorted(self._overrides(names[0]).items())))
            for key, names in groups.items()
        }

    def _unnamed(self, fact: str) -> str:
        """Return a name that neither policy has for a triad, a role or a kind."""
        taken = {*self._named(fact)}
        for table in self.tables:
            taken |= {*table.rows} if fact == "role" else set()
            taken |= {subject.triad for subject in table.policy.model_tiers.escalation_state}
        return unused_name(f"any other {fact}", taken)

    def _named(self, fact: str) -> list[str]:
        asking = [question for question in self.questions if fact in question.universe.levels]
        return list(dict.fromkeys(name for question in asking for name in question.named(fact)))

    def _key(self, role: Name) -> object:
        """Return the properties that all roles of one `Roles` share."""
        named = role if isinstance(role, str) and role in self._rule_roles else None
        return named, self._defaults(role), frozenset(self._overrides(role).items())

    def _defaults(self, role: Name) -> Pair:
        old, new = (table.policy.model_tiers.role_defaults for table in self.tables)
        return (old.get(role), new.get(role)) if isinstance(role, str) else _NONE

    def _overrides(self, role: Name) -> dict[str, Pair]:
        if not isinstance(role, str):
            return {}
        old, new = (table.index.overrides.get(role, {}) for table in self.tables)
        return {phase: (old.get(phase), new.get(phase)) for phase in (*old, *new)}


def strikes_of(*questions: Question) -> list[int]:
    """Return the numbers of failures in a row that rules tell apart, from 1 on; the last represents all above."""
    return sorted({1, 2, *_literals(questions)})


def _literals(questions: tuple[Question, ...]) -> Iterator[int]:
    for question in questions:
        variable = question.universe.variables[question.level("strikes")]
        for facts in variable.classes:
            yield from (value for value in facts.values() if isinstance(value, int))
