"""What may stand in a file of policy tests, and what an author is told of one that is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from resolver.author import read_cases, unreadable_tests
from resolver.diagnostics import InputError
from resolver.loader import load_policy, shipped_policy
from resolver.serving import load_and_prove

POLICY = load_policy(shipped_policy())

WRONG = {
    "tests: {a: {role: worker_a, expect: fast, history: [{result: failure, expect: count}]}}": (
        "unknown-key: the test `a` has both `expect` and `history`: make two tests: a request that gets something, "
        "and a history whose outcomes have an `expect` each"
    ),
    "tests: {a: , role: worker_a, expect: fast}": (
        "unknown-key: `role`, `expect` are keys of a test, not a test's name: indent what belongs to a test under "
        "its name"
    ),
    "a: {role: worker_a, expect: fast}": (
        "unknown-key: the test `a` is not under `tests`: write `tests:` above it, and indent the tests"
    ),
    "rulesets: {}\ntests: {a: {role: worker_a, expect: fast}}": (
        "unknown-key: unknown key `rulesets` in a file of tests: it is a section of the policy: move it into a file "
        "whose name does not end in `_test`"
    ),
    "tests: {a: {role: worker_a, history: [failure]}}": (
        "type: an outcome is a mapping, and `failure` is text: write `{result: failure, …}`; known: result, kind, "
        "phase, facts, ran_on, times, expect"
    ),
    "tests: {a: {roles: [worker_a], expect: fast}}": (
        "unknown-key: unknown key `roles` in the test `a`: did you mean `role`?"
    ),
    "tests: {a: {role: worker_a, then: general}}": (
        "unknown-key: unknown key `then` in the test `a`: did you mean `expect`?"
    ),
    "tests: {a: {role: worker_a, steps: []}}": (
        "unknown-key: unknown key `steps` in the test `a`: did you mean `history`?"
    ),
    "tests: {a: {role: worker_a, escalated: reasoning, expect: reasoning}}": (
        "unknown-key: unknown key `escalated` in the test `a`: did you mean `escalated_tier`?"
    ),
    "tests: {a: {role: worker_a, history: [{outcome: failure, expect: count}]}}": (
        "unknown-key: unknown key `outcome` in an outcome: did you mean `result`?"
    ),
    "tests: {a: {role: worker_a, history: [{result: ok, expect: reset}]}}": (
        "unknown-value: `result` is never `ok`: did you mean `success`?"
    ),
    "tests: {a: {role: worker_a, history: [{result: failure, times: '10', expect: escalate}]}}": (
        "type: `times` is an integer, and `10` is text: write `10`, without quotes"
    ),
    "tests: {a: {role: worker_a, expect: fsat}}": "unknown-tier: unknown tier `fsat`: did you mean `fast`?",
    "tests: {a: {role: worker_a, expect: {tier: fast, rule: role_defualt}}}": (
        "unknown-rule: unknown rule `role_defualt`: did you mean `role_default`?"
    ),
    "tests: {a: {rloe: peer_1, expect: fast}}": "unknown-key: unknown key `rloe` in the test `a`: did you mean `role`?",
    "tests: {a: {expect: fast}}": "missing-key: the test `a` has no `role`: name a role, or a list of them",
    "tests: {a: {role: worker_a}}": (
        "missing-key: the test `a` needs either `expect` or `history`: "
        "`expect` says what the request gets, `history` what outcomes do"
    ),
    "tests: {a: {role: 'a:b', expect: fast}}": "colon: the role `a:b` has a colon: rename it",
    "tests: {a: {role: [], expect: fast}}": "empty: `role` is empty: write something, or remove it",
    "tests: {a: {role: 1, expect: fast}}": (
        "type: `role` is text, and `1` is an integer: put it in quotes if it is meant as text"
    ),
    "tests: {a: {role: worker_a, history: [{result: failed, expect: count}]}}": (
        "unknown-value: `result` is never `failed`: did you mean `failure`?"
    ),
    "tests: {a: {role: worker_a, history: [{result: success, kind: task}]}}": (
        "unknown-key: a success has no `kind`: only failures have one"
    ),
    "tests: {a: {role: worker_a, history: [{result: failure, times: 0}]}}": (
        "range: `0` is outside 1 to 1,000, the range of `times`: choose a number in this range"
    ),
    "tests: {a: {role: worker_a, history: [{result: failure, expect: escalates}]}}": (
        "unknown-value: `effect` is never `escalates`: did you mean `escalate`?"
    ),
    "tests: {a: {role: worker_a, history: none}}": (
        "type: `history` is a list of outcomes, and this is text: "
        "write `- {result: failure, expect: count}`, for example"
    ),
    "tests: {a: {role: worker_a, facts: {preset: consensus}, expect: fast}}": (
        "unknown-key: unknown key `preset` in `facts`: the policy declares no facts of its own"
    ),
    "tests: {a: {role: worker_a, facts: 7, expect: fast}}": (
        "type: `facts` is a mapping, and `7` is an integer: write `name: value`"
    ),
    "tests: {a: {role: worker_a, facts: [], expect: fast}}": (
        "type: `facts` is a mapping, and this is a list: write `name: value`"
    ),
    "tests: {a: {role: worker_a, history: []}}": (
        "empty: `history` is empty: write `- {result: failure, expect: count}`, for example"
    ),
    "tests: {a: {role: worker_a, history: [{result: failure}, {result: success, expect: }]}}": (
        "missing-key: the history of the test `a` expects nothing: write `expect` where an outcome is to do something"
    ),
    "tests: {a: {role: worker_a, expect: {tier: }}}": (
        "empty: `expect` is empty: write one of tier, rule, models, options"
    ),
    "tests: {a: {role: worker_a, expect: {models: {}}}}": (
        "empty: `models` is empty: write `provider: model id`, or remove it"
    ),
    "tests: {'': {role: worker_a, expect: fast}}": "name: the name of a test is empty: write what it shows",
    "tests: {a: {role: worker_a, expect: {}}}": "empty: `expect` is empty: write one of tier, rule, models, options",
    "tests: {a: {role: worker_a, expect: {models: {cerbras: x}}}}": (
        "unknown-key: unknown key `cerbras` in `models`: did you mean `cerebras`?"
    ),
    "tests: {a: {role: worker_a, expect: {options: {}}}}": (
        "empty: `options` is empty: write `provider: {option: value}`, or remove it"
    ),
    "tests: {a: {role: worker_a, expect: {options: {groq: high}}}}": (
        "type: `groq` is a mapping of options, and `high` is text: write `{option: value}`"
    ),
    "tests: {a: {role: worker_a, expect: {options: {groq: {token: x}}}}}": (
        "secret: the option `token` holds a key: "
        "remove it: keys do not belong in a policy; name an environment variable in `api_key_env`"
    ),
    "tests: {a: {role: worker_a, expect: {options: {cerbras: {}}}}}": (
        "unknown-key: unknown key `cerbras` in `options`: did you mean `cerebras`?"
    ),
    "tests: [a]": "type: `tests` is a mapping of names to tests, not a list: write a name for each test, "
    "and what it says below it",
    "test: {}": "unknown-key: unknown key `test` in a file of tests: did you mean `tests`?",
    "- a": "type: a file of tests is a mapping, and this is a list: known: tests",
    "tests: {a: {role: x, expect: fast}, a: {role: y, expect: fast}}": (
        "duplicate-key: `a` is already given in line 1: remove one of the two"
    ),
    "tests: {a: !x {role: x, expect: fast}}": (
        "tag: the tag `!x` is not allowed: remove it: a policy is plain text, numbers, lists and mappings"
    ),
    "tests: {a: [}": "syntax",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said(text: str, tmp_path: Path) -> None:
    """The first problem that is reported is the one listed, with its help."""
    file = tmp_path / "a_test.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_cases(file, POLICY)
    said = [f"{found.code}: {found.message}: {found.help}" for found in error.value.diagnostics]
    assert any(one == WRONG[text] or one.startswith("syntax: ") for one in said), said
    assert all(found.place.source.path == file for found in error.value.diagnostics)


@pytest.mark.parametrize(
    "text",
    [
        "a: {role: x, expect: fast}\nb: {role: x, expect: fast}",
        "tests:\n  a:\n  role: x\n  expect: {tier: fast}",
        "tests: {a: {role: x, expect: fast, history: [{result: failure, expect: count}]}}",
    ],
)
def test_a_mistake_in_the_layout_is_one_problem(text: str, tmp_path: Path) -> None:
    """What only follows from keys in the wrong column is not reported."""
    file = tmp_path / "a_test.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_cases(file, POLICY)
    assert len(error.value.diagnostics) == 1


def test_files_that_are_no_yaml_are_found_without_the_policy(tmp_path: Path) -> None:
    """An error of the policy does not hide them, and whatever only the policy could tell is left out."""
    (tmp_path / "a_test.yaml").write_text("tests: {a: {role: x, expect: [}", encoding="utf-8")
    (tmp_path / "b_test.yaml").write_text("tests: {a: {role: x, expect: nonsense}}", encoding="utf-8")
    assert [found.code for found in unreadable_tests(tmp_path)] == ["syntax"]


def test_a_list_of_names_is_a_case_for_each(tmp_path: Path) -> None:
    """Triads, roles and phases multiply, and a case is called after those of its names that differ."""
    file = tmp_path / "a_test.yaml"
    file.write_text("tests: {t: {role: [a, b], phase: ['', x], triad: one, expect: general}}", encoding="utf-8")
    cases = read_cases(file, POLICY)
    assert [case.label for case in cases] == [
        "t [role a, no phase]",
        "t [role a, phase x]",
        "t [role b, no phase]",
        "t [role b, phase x]",
    ]
    assert {(case.subject.triad, case.phase) for case in cases} == {("one", None), ("one", "x")}


def test_an_empty_file_has_no_cases(tmp_path: Path) -> None:
    """A file of comments is a file of tests without any."""
    file = tmp_path / "a_test.yaml"
    file.write_text("# nothing yet\n", encoding="utf-8")
    assert read_cases(file, POLICY) == []


def test_tests_are_no_part_of_the_policy(tmp_path: Path) -> None:
    """A policy means the same with and without its tests."""
    for file in shipped_policy().glob("*.yaml"):
        if not re.search(r"_test$", file.stem):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    assert load_and_prove(tmp_path).policy.revision == POLICY.revision
