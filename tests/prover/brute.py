"""What the prover must find, by trying everything there is: concrete names, plain data, none of the program's code."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any, NamedTuple

from tests import oracle
from tests.oracle import Facts, Policy

Outcome = tuple[str | None, str | None]  # the effect, None where no rule wins; what it escalates to, None if absent


class State(NamedTuple):
    """Where a triad's role stands: its entry, and the streak under that."""

    entry: str | None
    strikes: int = 0
    failed: str | None = None


class Asked(NamedTuple):
    """A request: its phase, its extra facts."""

    phase: str | None
    extra: tuple[tuple[str, str | int], ...]


class Circumstances:
    """All concrete names and values that a policy can tell apart."""

    def __init__(self, policy: Policy) -> None:
        tables = {name: table or {} for name, table in policy["model_tiers"].items()}
        rows = [tables.get("role_defaults", {}), *tables.get("phase_overrides", {}).values()]
        subjects = [key.rpartition(":") for key in tables.get("escalation_state", {})]
        self.triads = [*_named(policy, "triad", {each[0] for each in subjects}), "another triad"]
        self.roles = [*_named(policy, "role", {*[each[2] for each in subjects], *[r for row in rows for r in row]})]
        self.roles.append("another role")
        self.phases = [None, *_named(policy, "phase", set(tables.get("phase_overrides", {}))), "another phase"]
        self.kinds = [None, *_named(policy, "kind", set()), "another kind"]
        facts = policy.get("facts") or {}
        values = [[None, *values_of(policy, name)] for name in facts]
        self.extras = [
            tuple((name, value) for name, value in zip(facts, chosen, strict=True) if value is not None)
            for chosen in product(*values)
        ]
        self.most_strikes = max([1, *(value for value in _literals(policy, "strikes"))]) + 1


@dataclass
class Brute:
    """Everything that is wrong with a policy: `codes`, and the number of outcomes of the shortest `lowers`."""

    policy: Policy
    codes: set[str] = field(default_factory=set)
    lowers: int | None = None

    def __post_init__(self) -> None:
        self.all = Circumstances(self.policy)
        self.ladder = oracle.ladder(self.policy)
        self.asked = [Asked(*each) for each in product(self.all.phases, self.all.extras)]
        for triad, role in product(self.all.triads, self.all.roles):
            self._subject(triad, role)

    def _subject(self, triad: str, role: str) -> None:
        self.subject = triad, role
        self.tiers: dict[tuple[str | None, Asked], str | None] = {}
        self.about: dict[tuple[str | None, Asked, str], Facts] = {}
        self.known: dict[Any, Outcome] = {}
        self.unescalated = oracle.unescalated_tiers(self.policy, triad, role)
        for entry, asked in product([None, *self.ladder], self.asked):
            found = oracle.tier(self.policy, triad, role, asked.phase, dict(asked.extra), escalated=entry)
            if found is None:
                facts = oracle.tier_facts(self.policy, triad, role, asked.phase, dict(asked.extra), escalated=entry)
                self.codes.add("dangling" if oracle.winner(self.policy, "tier", facts) else "gap")
            self.tiers[entry, asked] = found and found[0]
        self._walk()
        for entry, asked, kind in product([None, *self.ladder], self.asked, self.all.kinds):
            if self._is_stuck(State(entry), asked, kind):
                self.codes.add("stuck")

    def _walk(self) -> None:
        far = {State(entry): 0 for entry in [None, *self.ladder]}
        todo = deque(far)
        escalated_to, escalated_from = set(), set()
        while todo:
            state = todo.popleft()
            for tier, effect, to_tier in self._outcomes(state):
                if effect == "escalate" and to_tier is not None and to_tier != state.entry:
                    escalated_to.add(State(to_tier))
                    escalated_from |= {state} if state.strikes == 0 else set()
                    if self._lowers(state.entry, to_tier, tier):
                        self.codes.add("lowers")
                        self.lowers = min(self.lowers or far[state] + 1, far[state] + 1)
                    elif all(self.tiers[state.entry, asked] == self.tiers[to_tier, asked] for asked in self.asked):
                        self.codes.add("futile")
                after = self._after(state, tier, effect, to_tier)
                if after not in far:
                    far[after] = far[state] + 1
                    todo.append(after)
        if escalated_to & escalated_from:
            self.codes.add("hair-trigger")

    def _outcomes(self, state: State) -> Iterator[tuple[str, str | None, str | None]]:
        for asked in self.asked:
            tier = self.tiers[state.entry, asked]
            if tier is None:
                continue
            effect, to_tier = self._success(asked)
            if effect not in ("reset", "ignore"):
                self.codes.add("gap" if effect is None else "success-effect")
            for kind in self.all.kinds:
                effect, to_tier = self._failure(state, asked, kind)
                if effect is None:
                    self.codes.add("gap")
                elif effect == "escalate" and to_tier is None:
                    self.codes.add("dangling")
                yield tier, effect, to_tier
            if self._success(asked)[0] in ("reset", "count", "hold"):
                yield tier, "reset", None

    def _success(self, asked: Asked) -> Outcome:
        if asked not in self.known:
            facts: Facts = {"triad": self.subject[0], "role": self.subject[1], "result": "success", **dict(asked.extra)}
            facts |= {} if asked.phase is None else {"phase": asked.phase}
            self.known[asked] = self._decided(facts)
        return self.known[asked]

    def _failure(self, state: State, asked: Asked, kind: str | None) -> Outcome:
        tier = self.tiers[state.entry, asked]
        assert tier is not None
        failed = self._failed(state, tier)
        strikes = min(state.strikes + 1, self.all.most_strikes)
        if (key := (state.entry, asked, kind, strikes, failed)) not in self.known:
            if (about := (state.entry, asked, failed)) not in self.about:
                self.about[about] = oracle.failure_facts(
                    self.policy, *self.subject, asked.phase, dict(asked.extra),
                    strikes=1, failed_tier=failed, escalated=state.entry, unescalated=self.unescalated,
                )  # fmt: skip
            facts = self.about[about] | {"strikes": strikes} | ({} if kind is None else {"kind": kind})
            self.known[key] = self._decided(facts)
        return self.known[key]

    def _decided(self, facts: Facts) -> Outcome:
        rule = oracle.winner(self.policy, "outcome", facts)
        if rule is None:
            return None, None
        run = self.policy["rulesets"]["outcome"][rule]["run"]
        if not isinstance(run, dict):
            return run, None
        found = oracle.outcome(self.policy, facts)
        return "escalate", found[0][1] if found else None

    def _lowers(self, entry: str | None, to_tier: str, ran_on: str) -> bool:
        rank = self.ladder.index
        pairs = [(self.tiers[entry, asked], self.tiers[to_tier, asked]) for asked in self.asked]
        return rank(to_tier) <= rank(ran_on) or any(
            before is not None and after is not None and rank(after) < rank(before) for before, after in pairs
        )

    def _after(self, state: State, tier: str, effect: str | None, to_tier: str | None) -> State:
        if effect == "count":
            return State(state.entry, min(state.strikes + 1, self.all.most_strikes), self._failed(state, tier))
        if effect in (None, "ignore") or (effect == "escalate" and to_tier is None):
            return state
        return State(to_tier if effect == "escalate" else state.entry)

    def _failed(self, state: State, tier: str) -> str:
        return max(state.failed or tier, tier, key=self.ladder.index)

    def _is_stuck(self, state: State, asked: Asked, kind: str | None) -> bool:
        seen: set[State] = set()
        while state not in seen:
            seen.add(state)
            tier = self.tiers[state.entry, asked]
            if tier is None or tier == self.ladder[-1]:
                return False
            effect, to_tier = self._failure(state, asked, kind)
            if effect in (None, "hold", "ignore") or (effect == "escalate" and to_tier is None):
                return False
            state = self._after(state, tier, effect, to_tier)
        return True


def values_of(policy: Policy, name: str) -> list[Any]:
    """Every value of a text, and of a number those around what rules compare it with."""
    return policy["facts"][name].get("values") or oracle.numbers(_literals(policy, name))


def _named(policy: Policy, fact: str, others: set[str]) -> list[str]:
    return sorted({*others, *_literals(policy, fact)})


def _literals(node: Any, fact: str, under: str = "") -> list[Any]:
    """Every value that a condition of the policy compares the fact with."""
    if not isinstance(node, dict | list):
        return [node] if under == fact else []
    inner = node["rulesets"] if isinstance(node, dict) and "rulesets" in node else node
    children = inner.items() if isinstance(inner, dict) else [(under, child) for child in inner]
    exists = [child for key, child in children if key not in ("$ex", "$nex", "run")]
    keys = [key for key, _ in children if key not in ("$ex", "$nex", "run")]
    return [leaf for key, child in zip(keys, exists, strict=True) for leaf in _literals(child, fact, key)]
