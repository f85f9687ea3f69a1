"""Policy tests say what the program does, and coverage says what they looked at."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings

from resolver.author import Case, coverage, files_of_tests, read_cases, run_case
from resolver.diagnostics import PolicyError
from resolver.domain import RulesetName
from resolver.loader import load_policy, shipped_policy
from resolver.serving import load_and_prove
from resolver.table import compile_table
from tests import oracle
from tests.prover.brute import values_of
from tests.prover.small import small_policies
from tests.small_policies import ALWAYS, policy_data, rules, written

SHIPPED = load_and_prove(shipped_policy())


def _cases(folder: Path, tests: dict[str, Any]) -> list[Case]:
    file = folder / "own_test.yaml"
    file.write_text(yaml.safe_dump({"tests": tests}), encoding="utf-8")
    return read_cases(file, SHIPPED.policy)


def _said(case: Case) -> tuple[int, tuple[str, ...]] | None:
    failure = run_case(SHIPPED, case).failure
    return None if failure is None else (failure.place.line, failure.notes)


def test_a_failure_says_what_was_expected_what_came_and_who_decided(tmp_path: Path) -> None:
    """The notes of a failure have all three."""
    tests = {"t": {"role": "worker_a", "phase": "execution", "expect": {"tier": "general", "rule": "role_default"}}}
    [case] = _cases(tmp_path, tests)
    said = _said(case)
    assert said is not None
    assert said[1][:2] == (
        "expected tier general, got fast",
        "expected rule role_default, got phase_override",
    )
    assert said[1][2].startswith("decided by `phase_override` (")
    assert said[1][3].startswith("by the row `worker_a: fast` in `execution` (")


def test_a_failure_leads_to_what_decided(tmp_path: Path) -> None:
    """An editor can go from a failing test to the rules that decided, and to the row that the decision depends on."""
    tests = {
        "a": {"role": "worker_a", "phase": "execution", "expect": "general"},
        "b": {"role": "worker_a", "history": [{"result": "failure", "expect": {"effect": "reset"}}]},
    }
    request, outcome = (run_case(SHIPPED, case).failure for case in _cases(tmp_path, tests))
    assert request is not None
    rule, row = request.related
    assert rule.message == "`phase_override` decides the request: fast"
    assert rule.place.source.name.endswith("precedence.yaml")
    assert row.message.startswith("the decision depends on `worker_a: fast` in `execution`")
    assert row.place.source.name.endswith("model_tiers.yaml")
    assert outcome is not None
    assert [each.message for each in outcome.related][:2] == [
        "`failure` decides the outcome: count",
        "`role_default` decides the request: general",
    ]


def test_a_rule_that_needs_no_row_is_named_alone(tmp_path: Path) -> None:
    """A rule with a tier of its own decides without the role's row, and so does the escalation of a test."""
    pinned = {"role": "code_execution", "expect": "general"}
    escalated = {"role": "worker_a", "escalated_tier": "reasoning", "expect": "general"}
    for case, rule in zip(
        _cases(tmp_path, {"a": pinned, "b": escalated}), ("code_execution", "escalation"), strict=True
    ):
        said = _said(case)
        assert said is not None
        assert said[1][1].startswith(f"decided by `{rule}` (")
        assert len(said[1]) == 2


def test_the_tier_after_an_outcome_is_decided_by_a_rule_of_its_own(tmp_path: Path) -> None:
    """What decided a wrong effect is told apart from what decided a wrong tier."""
    step = {"result": "failure", "expect": {"effect": "ignore", "tier": "reasoning"}}
    tier_only = {"result": "failure", "expect": {"tier": "reasoning"}}
    both, tier = _cases(tmp_path, {t: {"role": "critic", "history": [s]} for t, s in (("a", step), ("b", tier_only))})
    said = _said(both)
    assert said is not None
    assert {note.partition(" (")[0] for note in said[1][2:]} == {
        "decided by `failure`",
        "its tier is decided by `role_default`",
        "the tier before was `general`, decided by `role_default`",
        "by the row `critic: general`",
    }
    said = _said(tier)
    assert said is not None
    assert [note.partition(" (")[0] for note in said[1][1:]] == [
        "its tier is decided by `role_default`",
        "by the row `critic: general`",
    ]


def test_the_row_of_the_tier_that_failed_is_named(tmp_path: Path) -> None:
    """It decides to which tier a failure escalates."""
    step = {"result": "failure", "times": 3, "expect": {"effect": "escalate", "to": "general"}}
    [case] = _cases(tmp_path, {"a": {"role": "critic", "history": [step]}})
    said = _said(case)
    assert said is not None
    assert [note.partition(" (")[0] for note in said[1]] == [
        "outcome 1: expected an escalation to general, got reasoning",
        "decided by `three_strikes`",
        "the tier before was `general`, decided by `role_default`",
        "by the row `critic: general`",
    ]


def test_models_are_compared_where_they_are_given(tmp_path: Path) -> None:
    """A provider that a test leaves out may have any model."""
    good = {"role": "worker_a", "expect": {"models": {"cerebras": "llama-3.3-70b"}}}
    bad = {"role": "worker_a", "expect": {"models": {"cerebras": "llama-3.3-70b", "groq": "x"}}}
    right, wrong = _cases(tmp_path, {"a": good, "b": bad})
    assert _said(right) is None
    said = _said(wrong)
    assert said is not None
    assert said[1][0] == "expected x at groq, got llama-3.3-70b-versatile"


def test_options_are_compared_where_they_are_given(tmp_path: Path) -> None:
    """A test says all options of a provider's model; a provider that it leaves out may have any options."""
    good = {"role": "worker_a", "expect": {"options": {"cerebras": {}, "groq": None}}}
    bad = {"role": "worker_a", "expect": {"options": {"cerebras": {"effort": "high"}, "groq": {}}}}
    right, wrong = _cases(tmp_path, {"a": good, "b": bad})
    assert _said(right) is None
    said = _said(wrong)
    assert said is not None
    assert said[1][0] == 'expected options {"effort": "high"} at cerebras, got {}'


@pytest.mark.parametrize(("expected", "fails"), [({"top_k": 1}, False), ({"top_k": True}, True), ({}, True)])
def test_options_are_those_of_the_policy(tmp_path: Path, expected: dict[str, Any], fails: bool) -> None:
    """A value of another type is another option."""
    data = policy_data(rules(ALWAYS))
    data["model_tiers"]["tiers"]["fast"]["providers"]["local"] = {"id": "m", "top_k": 1}
    table = load_and_prove(written(tmp_path, data))
    file = tmp_path / "own_test.yaml"
    tests = {"t": {"role": "r", "expect": {"options": {"local": expected}}}}
    file.write_text(yaml.safe_dump({"tests": tests}), encoding="utf-8")
    [case] = read_cases(file, table.policy)
    assert (run_case(table, case).failure is not None) == fails


def test_a_history_goes_wrong_at_its_step(tmp_path: Path) -> None:
    """The outcome that did something else is named, by its number."""
    steps = [{"result": "failure", "expect": "count"}, {"result": "failure", "expect": "escalate"}]
    [case] = _cases(tmp_path, {"t": {"role": "worker_a", "history": steps}})
    said = _said(case)
    assert said is not None
    assert said[1][0] == "outcome 2: expected effect escalate, got count"


def test_cases_do_not_see_what_was_learned(tmp_path: Path) -> None:
    """An entry of `escalation_state` makes no test fail."""
    for file in shipped_policy().glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        entries = 'escalation_state: {"any triad:worker_a": reasoning}'
        (tmp_path / file.name).write_text(text.replace("escalation_state: {}", entries), encoding="utf-8")
    table = load_and_prove(tmp_path)
    assert table.policy.model_tiers.escalation_state
    [file] = files_of_tests(tmp_path)
    assert [run_case(table, case).failure for case in read_cases(file, table.policy)].count(None) > 0
    assert {run_case(table, case).failure for case in read_cases(file, table.policy)} == {None}


def test_the_shipped_tests_look_at_everything() -> None:
    """Every rule of the shipped policy wins in some case, and every class of its table is asked for."""
    [file] = files_of_tests(shipped_policy())
    found = coverage(SHIPPED, [run_case(SHIPPED, case) for case in read_cases(file, SHIPPED.policy)])
    assert (found.never, found.missed, found.percent) == ((), (), 100)


def test_a_case_that_expects_nothing_of_a_rule_does_not_cover_it(tmp_path: Path) -> None:
    """What is only passed through counts for nothing."""
    steps: list[dict[str, Any]] = [{"result": "failure"}, {"result": "failure", "expect": {"strikes": 2}}]
    [case] = _cases(tmp_path, {"t": {"role": "worker_a", "history": steps}})
    found = coverage(SHIPPED, [run_case(SHIPPED, case)])
    assert [rule.name for rule in found.won] == ["failure"]
    assert found.covered == ()
    assert found.percent == 0


@pytest.mark.slow
@settings(max_examples=40)
@given(small_policies())
def test_coverage_sums(policy: dict[str, Any]) -> None:
    """Covered and missed are all there is, whatever the cases; a case for each subject, phase and entry covers all."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), policy)
        try:
            table = compile_table(load_policy(path))
            load_and_prove(path)
        except PolicyError:
            assume(False)
        roles, phases = ["a", "b", "c"], ["", "p", "q", "r"]
        facts: list[dict[str, Any]] = [{}]
        for name in policy["facts"] or {}:
            facts += [{name: value} for value in values_of(policy, name)]
        ladder = oracle.ladder(policy)
        tests: dict[str, dict[str, Any]] = {}
        for entry in (None, *ladder):
            for at, given_facts in enumerate(facts):
                request = {"triad": ["t", "u"], "role": roles, "phase": phases, "facts": given_facts}
                tests[f"{entry} {at}"] = {**request, "escalated_tier": entry, "expect": ladder[0]}
        file = Path(folder) / "all_test.yaml"
        file.write_text(yaml.safe_dump({"tests": tests}), encoding="utf-8")
        cases = read_cases(file, table.policy)
    results = [run_case(table, case) for case in cases]
    for result in results:
        got = oracle.tier(policy, *_asked(result.case), escalated=result.case.entry)
        assert got is not None
        assert (result.failure is None) == (got[0] == ladder[0])
    covered = coverage(table, results)
    everything = coverage(table, [])
    assert not everything.covered
    assert not everything.won
    assert len(covered.covered) + len(covered.missed) == len(everything.missed)
    assert {*covered.won, *covered.never} == {*everything.never}
    assert not {*covered.covered} & {*covered.missed}
    assert covered.unreachable == everything.unreachable
    assert covered.missed or not any(rule.ruleset is RulesetName.TIER for rule in covered.never)


def test_a_rule_that_no_request_reaches_does_not_count(tmp_path: Path) -> None:
    """Without an override, no case can let the rule for overrides win: a policy may keep it for later."""
    shutil.copytree(shipped_policy(), tmp_path / "p")
    tiers = tmp_path / "p" / "model_tiers.yaml"
    head, _, rest = tiers.read_text(encoding="utf-8").partition("  phase_overrides:")
    tiers.write_text(head + rest[rest.index("\n  # Written") :], encoding="utf-8")
    found = coverage(load_and_prove(tmp_path / "p"), [])
    assert [rule.name for rule in found.unreachable] == ["phase_override"]
    assert "phase_override" not in [rule.name for rule in found.never]


def _asked(case: Case) -> tuple[str, str, str | None, dict[str, Any]]:
    return case.subject.triad, case.subject.role, case.phase, dict(case.facts)
