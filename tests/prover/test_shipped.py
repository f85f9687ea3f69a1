"""Nothing is wrong with the shipped policy, and no rule of it can be changed without anybody noticing."""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from resolver import PolicyError
from resolver.domain import EffectKind, Standing, Streak, Subject
from resolver.loader import policy_files, shipped_policy
from resolver.prover import prove
from resolver.table import DecisionTable, Report, compile_table, judge_outcome
from resolver.testing.strategies import KINDS, Json
from tests.prover.shipped import found_in
from tests.small_policies import loaded

Pin = tuple[str, str | None, str | None, str | None, int]
LADDER = ("fast", "general", "reasoning")
TIERS = [  # role, phase, entry → tier, rule
    ("code_execution", None, None, "fast", "code_execution"),
    ("code_execution", "execution", "reasoning", "fast", "code_execution"),
    ("orchestrator", None, None, "reasoning", "role_default"),
    ("worker_a", None, None, "general", "role_default"),
    ("worker_a", "planning", None, "general", "role_default"),
    ("worker_a", "execution", None, "fast", "phase_override"),
    ("worker_b", "execution", None, "fast", "phase_override"),
    ("worker_a", "execution", "general", "general", "escalation"),
    ("worker_a", "execution", "reasoning", "reasoning", "escalation"),
    ("worker_a", None, "fast", "fast", "escalation"),
    ("critic", "any", None, "general", "role_default"),
    ("scribe", None, None, "general", "unlisted_role"),
    ("scribe", None, "reasoning", "reasoning", "escalation"),
]
COUNTED, HELD = ("count", "failure"), ("hold", "top_of_the_ladder")
PINNED, IGNORED = ("hold", "code_execution_holds"), ("ignore", "not_the_models_fault")
FAILURES = [  # role, phase, entry, kind, which failure in a row → effect or tier, rule
    ("worker_a", None, None, None, 1, *COUNTED),
    ("worker_a", None, None, None, 2, *COUNTED),
    ("worker_a", None, None, None, 3, "reasoning", "three_strikes"),
    ("worker_a", "execution", None, "tool", 3, "general", "three_strikes"),
    ("worker_a", "execution", "general", None, 3, "reasoning", "three_strikes"),
    ("worker_a", None, "reasoning", None, 2, *COUNTED),
    ("worker_a", None, "reasoning", None, 3, *HELD),
    ("worker_a", None, "reasoning", "capacity", 3, *IGNORED),
    ("orchestrator", None, None, None, 3, *HELD),
    ("orchestrator", None, None, None, 4, *HELD),
    ("orchestrator", None, "fast", None, 3, "reasoning", "three_strikes"),
    ("scribe", None, None, None, 3, "reasoning", "three_strikes"),
    ("code_execution", None, None, None, 2, *COUNTED),
    ("code_execution", None, None, None, 3, *PINNED),
    ("code_execution", None, "reasoning", None, 3, *PINNED),
    ("code_execution", None, None, "capacity", 3, *IGNORED),
    *(
        ("worker_a", None, None, kind, 1, *IGNORED)
        for kind in ("capacity", "outage", "auth", "not_found", "request", "filtered", "context")
    ),
    *(("worker_a", None, None, kind, 3, "reasoning", "three_strikes") for kind in ("task", "tool", "mine")),
]
ALIKE = {("success", "not_the_models_fault"), ("role_default", "unlisted_role")}
"""Neighbours that match nothing in common, so that it does not matter which of them comes first."""


@cache
def _shipped() -> Json:
    policy: Json = {"rulesets": {}}
    for file in policy_files(shipped_policy()):
        for section, content in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            for name, part in content.items():
                policy.setdefault(section, {}).setdefault(name, {} if section == "rulesets" else part)
                if section == "rulesets":
                    policy[section][name] |= part
    return policy


def wrong_pins(table: DecisionTable) -> list[Any]:
    """The expectations above that this policy does not meet."""
    wrong: list[Any] = [pin for pin in TIERS if _tier(table, *pin[:3]) != pin[3:]]
    wrong += [pin for pin in FAILURES if _failure(table, pin[:5]) != pin[5:]]
    worked = Report(Subject("layout", "worker_a"), None, {}, failed=False)
    decided = judge_outcome(table, worked, Standing(None, Streak(2, "general", None)))
    return wrong + [decided] * ((decided.effect, decided.streak) != (EffectKind.RESET, None))


def _tier(table: DecisionTable, role: str, phase: str | None, entry: str | None) -> tuple[str, str] | None:
    decision = table.decide(table.facts_of(Subject("layout", role), phase, {}, entry=entry))
    return (decision.tier, decision.rule) if decision else None


def _failure(table: DecisionTable, pin: Pin) -> tuple[str, str | None]:
    role, phase, entry, kind, strikes = pin
    standing, ran_on = Standing(entry, None), _tier(table, role, phase, entry)
    if strikes > 1 and ran_on is not None:
        standing = Standing(entry, Streak(strikes - 1, ran_on[0], entry))
    decided = judge_outcome(table, Report(Subject("layout", role), phase, {}, True, kind), standing)
    return decided.to_tier or str(decided.effect), decided.rule.name if decided.rule else None


def _mutants() -> Iterator[tuple[str, Json]]:
    for ruleset, found in _shipped()["rulesets"].items():
        for name in found:
            mutant = deepcopy(_shipped())
            del mutant["rulesets"][ruleset][name]
            yield f"without {name}", mutant
            for part in ("all", "run"):
                for at, changed in enumerate(_changed(found[name][part])):
                    mutant = deepcopy(_shipped())
                    mutant["rulesets"][ruleset][name][part] = changed
                    yield f"{name} {part} {at}", mutant
        for one, other in combinations(sorted(found, key=lambda name: int(found[name]["pri"])), 2):
            if (one, other) in ALIKE:
                continue
            mutant = deepcopy(_shipped())
            swapped = mutant["rulesets"][ruleset]
            swapped[one]["pri"], swapped[other]["pri"] = swapped[other]["pri"], swapped[one]["pri"]
            yield f"{one} and {other} swapped", mutant


def _changed(node: Any) -> Iterator[Any]:
    """Copies of a condition or effect with one literal in it changed."""
    if isinstance(node, dict | list):
        for key in node if isinstance(node, dict) else range(len(node)):
            if key not in ("$ex", "$nex"):
                for each in _changed(node[key]):
                    changed = deepcopy(node)
                    changed[key] = each
                    yield changed
    elif isinstance(node, int):
        yield from (node - 1, node + 1)
    else:
        alike = [group for group in GROUPS if node in group]
        yield from (each for group in alike for each in group if each != node)
        if not alike or node in KINDS:
            yield "changed"


GROUPS = (
    ("success", "failure"), LADDER, ("count", "ignore", "hold", "reset"),
    ("role_default", "phase_override", "escalated_tier"), ("raised_tier", "failed_tier", "next_tier"),
)  # fmt: skip
MUTANTS = dict(_mutants())


def test_shipped_policy_has_no_finding() -> None:
    """It has no warning either."""
    assert found_in(shipped_policy()) == ()


def test_shipped_policy_is_as_expected(tmp_path: Path) -> None:
    """Every expectation of this file holds of the policy as it is."""
    assert wrong_pins(compile_table(loaded(tmp_path, _shipped()))) == []


@pytest.mark.parametrize("mutant", MUTANTS)
def test_no_change_goes_unnoticed(mutant: str, tmp_path: Path) -> None:
    """A changed rule is found by the loader or the prover, or decides otherwise than this file expects."""
    try:
        table = compile_table(loaded(tmp_path, MUTANTS[mutant]))
    except PolicyError:
        return
    assert table.policy.warnings or prove(table).diagnostics or wrong_pins(table)
