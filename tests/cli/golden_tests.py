"""Golden cases of `test`, each a command line and a change of the policy."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.cli.policy_changes import FASTER, PLANS, PRESET, SINGLE, TYPOS, in_turn, nothing, without, write


def _without_tests(directory: Path) -> None:
    shutil.copytree(directory / "policies", directory / "empty", ignore=shutil.ignore_patterns("*_test.yaml"))


_PRESET_TEST = in_turn(
    PRESET,
    write(
        "more_test.yaml",
        "tests: {consensus: {role: [a, b], facts: {preset: consensus, budget: 10}, expect: reasoning}}\n",
    ),
)
_ONE_STEP = write(
    "steps_test.yaml",
    """tests:
  a critic rises one step:
    role: critic
    history:
      - {result: failure, times: 2, expect: count}
      - {result: failure, expect: {effect: escalate, to: general}}
""",
)

_NEAR = write(
    "more_test.yaml",
    "tests:\n  near: {role: criticc, phase: exection, expect: general}\n"
    "  kinds: {role: critic, history: [{result: failure, kind: outrage, expect: count}]}\n",
)

CASES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "test": ("test", nothing),
    "test-help": ("test --help", nothing),
    "test-json": ("test --format json --coverage", nothing),
    "test-failing": ("test", FASTER),
    "test-leap": ("test --filter rises", in_turn(PLANS, _ONE_STEP)),
    "test-failing-json": ("test --format json", FASTER),
    "test-failing-github": ("test --format github", FASTER),
    "test-coverage": ("test --coverage", nothing),
    "test-coverage-low": ("test --filter 'code execution' --coverage --fail-under 90", nothing),
    "test-coverage-low-json": ("test --filter 'role b' --coverage --format json", _PRESET_TEST),
    "test-coverage-low-github": ("test --filter 'reason' --fail-under 90 --format github", nothing),
    "test-filter-nothing": ("test --filter exection", nothing),
    "test-near-names": ("test --strict", _NEAR),
    "test-near-names-json": ("test --format json", _NEAR),
    "test-broken": ("test", write("more_test.yaml", "tests:\n  a: {role: peer_1, expct: fsat}\n")),
    "test-broken-json": ("test --format json", write("more_test.yaml", "tests: [\n")),
    "test-bad-policy": ("test", TYPOS),
    "test-missing": ("test --policies nowhere", nothing),
    "test-none": ("test --policies empty", _without_tests),
    "test-none-single-file": ("test --policies app.yaml", in_turn(SINGLE, without("app_test.yaml"))),
    "test-misnamed": (
        "test --policies app.yaml",
        in_turn(SINGLE, without("app_test.yaml"), write("app_tests.yaml", "", "."), write("tests.yml", "", ".")),
    ),
    "test-single-file": ("test --policies app.yaml", SINGLE),
}
