"""What holds of every policy, against the definition in `tests/oracle.py` and against durable-rules itself."""

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given

from resolver import Resolver, ResolverError
from resolver.compiler import batches, engine_rules
from resolver.domain import Facts, Lost, Policy, RulesetName, Unmatched, Won
from resolver.engine import Judge
from resolver.table import compile_table
from resolver.testing import strategies
from resolver.testing.strategies import Json, Request
from tests import oracle
from tests.cases import Event, Value, asked, large_policies, watched
from tests.small_policies import ALWAYS, loaded, opened, policy_data, rules


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("policy")


# An absent override is one change: no phase would be two, for it takes the override with it.
OVERRIDDEN = policy_data(rules({"$nex": {"phase_override": 1}}, ALWAYS), phase_overrides={"p": {"a": "fast"}})
# A fact may be called as the event is.
CALLED_M = policy_data(rules({"m": "a"}, ALWAYS), facts={"m": {"values": ["a", "b"]}})
# Above the highest literal there is no number left.
HIGHEST = policy_data(rules({"$lt": {"n": 2**63 - 2}}, {"n": 2**63 - 2}, ALWAYS), facts={"n": {"integer": True}})


class TestEngineAgreesWithOracle:
    """`durable-rules is the only authority on what a rule means, but it […] is only right inside a fence`."""

    @pytest.mark.slow
    @given(case=watched(strategies.policies(total=False)))
    @example(case=(CALLED_M, {"tier": [{"role": "r", "m": "a"}, {"role": "r", "m": "b"}, {"role": "r"}]}))
    def test_engine_agrees_with_oracle(self, folder: Path, case: tuple[Json, dict[str, list[Event]]]) -> None:
        policy, seen = case
        read = loaded(folder, policy)
        for ruleset, each in seen.items():
            assert judged(read, ruleset, each) == [oracle.winner(policy, ruleset, event) for event in each]


class TestTableAgreesWithEngine:
    """`A rule can only tell apart the values it names`; whatever it does not name is `one class each ("any other")`."""

    @pytest.mark.slow
    @given(case=watched(strategies.policies(total=False)))
    @example(case=(HIGHEST, {"tier": [{"role": "a", "n": 2**63 - 2}, {"role": "a", "n": 2**63 - 3}]}))
    def test_table_agrees_with_engine(self, folder: Path, case: tuple[Json, dict[str, list[Event]]]) -> None:
        policy, seen = case
        read = loaded(folder, policy)
        table = compile_table(read)
        for ruleset, each in seen.items():
            question = table.tier if ruleset == "tier" else table.outcome
            winners = [question.decide(question.universe.classes_of(event)).rule for event in each]
            assert [won and won.name for won in winners] == judged(read, ruleset, each)


class TestResolverAgreesWithOracle:
    """`on which model tier does it run, on which model, and why?`; and what the engine says of the same facts."""

    @pytest.mark.slow
    @given(case=asked() | asked(total=False))
    def test_resolver_agrees_with_oracle_and_engine(self, folder: Path, case: tuple[Json, list[Request]]) -> None:
        policy, requests = case
        resolver = opened(folder, policy)
        seen = [oracle.tier_facts(policy, *request, escalated=...) for request in requests]
        for request, rule in zip(requests, judged(resolver.policy, "tier", seen), strict=True):
            decided = resolved(resolver, request)
            assert decided == (oracle.tier(policy, *request) or ())
            assert decided[1:] in ((rule,), ())


class TestExplainAgreesWithResolve:
    """`every rule of the question with its outcome: won, outranked […], not matched (and which fact stood in the way)`.

    The facts in the way are the fewest that would have to be others.
    """

    @pytest.mark.slow
    @given(case=asked())
    @example(case=(OVERRIDDEN, [("t", "a", "p", {})]))
    def test_explain_agrees_with_resolve(self, folder: Path, case: tuple[Json, list[Request]]) -> None:
        policy, requests = case
        ruleset = policy["rulesets"]["tier"]
        resolver = opened(folder, policy)
        for triad, role, phase, extra in requests:
            if oracle.tier(policy, triad, role, phase, extra) is None:
                with pytest.raises(ResolverError, match="no rule of `tier` decides"):
                    resolver.explain(triad, role, phase=phase, facts=extra)
                continue
            explained = resolver.explain(triad, role, phase=phase, facts=extra)
            assert explained.decision == resolver.resolve(triad, role, phase=phase, facts=extra)
            assert explained.values == oracle.tier_facts(policy, triad, role, phase, extra, escalated=...)
            assert [report.rule.name for report in explained.rules] == sorted(
                ruleset, key=lambda name: ruleset[name]["pri"]
            )
            for report in explained.rules:
                condition = ruleset[report.rule.name]["all"][0]["m"]
                if isinstance(report.outcome, Unmatched):
                    nearest = fewest_changes(policy, condition, {**explained.values})
                    assert frozenset(report.outcome.blockers) in nearest
                else:
                    assert oracle.matches(condition, {**explained.values})
                    won = report.rule.name == explained.decision.rule
                    assert isinstance(report.outcome, Won if won else Lost)


class TestSplittingKeepsMeaning:
    """`a rule whose alternatives alone exceed that becomes several engine rules […] and one name`."""

    @pytest.mark.slow
    @given(case=watched(large_policies()))
    def test_splitting_keeps_meaning(self, folder: Path, case: tuple[Json, dict[str, list[Event]]]) -> None:
        policy, seen = case
        question = compile_table(loaded(folder, policy)).tier
        for event in seen["tier"]:
            won = question.decide(question.universe.classes_of(event)).rule
            assert won
            assert won.name == oracle.winner(policy, "tier", event)


def judged(policy: Policy, ruleset: str, seen: Sequence[Facts]) -> list[str | None]:
    """The winners that durable-rules gives for whole events, asked directly."""
    named = [(rule.name, part) for rule in policy.rules[RulesetName(ruleset)] for part in engine_rules(rule.condition)]
    names: list[str | None] = [None] * len(seen)
    start = 0
    for batch in batches(part for _, part in named):
        with Judge(batch) as engine:
            for at, event in enumerate(seen):
                if names[at] is None and (won := engine.ask(event)) is not None:
                    names[at] = named[start + won][0]
        start += len(batch)
    return names


def resolved(resolver: Resolver, request: Request) -> tuple[str, ...]:
    """Tier and rule; nothing where no rule decides."""
    triad, role, phase, extra = request
    try:
        decision = resolver.resolve(triad, role, phase=phase, facts=extra)
    except ResolverError as error:
        if "no rule of `tier` decides" in str(error):
            return ()
        raise
    return decision.tier, decision.rule


def fewest_changes(policy: Json, condition: Json, facts: Event) -> set[frozenset[str]]:
    """The smallest sets of facts that, given other values, make the condition true; the empty set if there are none."""
    read = {*mentioned(condition)}
    read |= {"phase"} if "phase_override" in read else {"phase_override"} & {*facts}
    others = {name: [each for each in possible(policy, condition, name) if each != facts.get(name)] for name in read}
    for size in range(1, len(read) + 1):
        found = set()
        for names in combinations(sorted(read), size):
            for values in product(*(others[name] for name in names)):
                changed: dict[str, Value] = {**facts, **dict(zip(names, values, strict=True))}
                event = {name: value for name, value in changed.items() if value is not None}
                if ("phase" in event or "phase_override" not in event) and oracle.matches(condition, event):
                    found.add(frozenset(names))
                    break
        if found:
            return found
    return {frozenset()}


def possible(policy: Json, condition: Json, name: str) -> list[Value]:
    """One value for each class into which the condition divides those of the fact."""
    literals = list(strategies._literals(condition, name))
    if name in strategies.TIER_FACTS:
        return [None, *oracle.ladder(policy)]
    if name in ("triad", "role", "phase"):
        texts = [each for each in literals if isinstance(each, str)]
        return [*texts, "".join(texts) + "-", *([None] if name == "phase" else [])]
    if "values" in (fact := (policy.get("facts") or {})[name]):
        return [None, *fact["values"]]
    return [None, *{max(min(each + step, 2**63 - 2), -(2**63) + 2) for each in (0, *literals) for step in (-1, 0, 1)}]


def mentioned(node: Any) -> Iterator[str]:
    """The names of the facts that a condition reads."""
    for key, child in node.items() if isinstance(node, dict) else ():
        if key == "$m":
            yield child
        elif not key.startswith("$"):
            yield key
        for each in child if isinstance(child, list) else [child]:
            yield from mentioned(each)
