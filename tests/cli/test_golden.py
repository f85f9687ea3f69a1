"""The commands print exactly what the files in `golden/` say.

A golden file starts with `$ ` and a command line, then has what the command prints on stdout, after a line `--- stderr`
what it prints there, and after `--- exit` its exit code. Each command runs in a directory with a copy of the shipped
policy in `policies/`, changed as the case says. `UPDATE_GOLDEN=1 pytest tests/cli` writes the files anew: read it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from resolver import Resolver
from resolver.cli import main
from resolver.loader import shipped_policy

GOLDEN = Path(__file__).parent / "golden"


def _edit(file: str, old: str, new: str) -> Callable[[Path], None]:
    def change(directory: Path) -> None:
        path = directory / "policies" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


def _nothing(_directory: Path) -> None:
    pass


_PRESET = _edit(
    "precedence.yaml",
    "rulesets:\n  tier:\n",
    """facts:
  preset:
    values: [hierarchical, dialectic, consensus]
    description: How the triad works together.
  budget:
    integer: true

rulesets:
  tier:
    consensus_thinks:
      pri: 15
      all:
        - m: {$and: [{preset: consensus}, {$gte: {budget: 10}}]}
      run: {tier: reasoning}

""",
)
_TRIAD = _edit(
    "precedence.yaml",
    "rulesets:\n  tier:\n",
    """rulesets:
  tier:
    layout_is_dear:
      pri: 15
      all: [{m: {triad: layout}}]
      run: {tier: reasoning}
""",
)
_ESCALATED = _edit("model_tiers.yaml", "escalation_state: {}", 'escalation_state: {"layout:worker_a": reasoning}')
_TYPOS = _edit("precedence.yaml", "$ex: {escalated_tier: 1}", "$ex: {escalatd_tier: 1}")
_TAB = _edit("precedence.yaml", "      pri: 20\n", "      pri: 20\t# high\n")


_FASTER = _edit("model_tiers.yaml", "worker_b: fast", "worker_b: general")
_SLOWER = _edit("model_tiers.yaml", "worker_a: general", "worker_a: fast")


def _write(file: str, text: str, folder: str = "policies") -> Callable[[Path], None]:
    def change(directory: Path) -> None:
        (directory / folder / file).write_text(text, encoding="utf-8")

    return change


def _in_turn(*changes: Callable[[Path], None]) -> Callable[[Path], None]:
    def change(directory: Path) -> None:
        for one in changes:
            one(directory)

    return change


def _without_tests(directory: Path) -> None:
    shutil.copytree(directory / "policies", directory / "empty", ignore=shutil.ignore_patterns("*_test.yaml"))


_PRESET_TEST = _in_turn(
    _PRESET,
    _write(
        "more_test.yaml",
        "tests: {consensus: {role: [a, b], facts: {preset: consensus, budget: 10}, expect: reasoning}}\n",
    ),
)
_SINGLE = _in_turn(
    _write("app.yaml", "name: app\nconfig: {model_tiers: {role_defaults: {worker_a: reasoning}}}\n", "."),
    _write("app_test.yaml", "tests: {workers reason: {role: [worker_a, worker_b], expect: reasoning}}\n", "."),
)


def _without(file: str) -> Callable[[Path], None]:
    return lambda directory: (directory / file).unlink()


def _copied(name: str) -> Callable[[Path], None]:
    return lambda directory: (shutil.copytree(directory / "policies", directory / name), None)[1]


def _git(directory: Path, *arguments: str) -> None:
    who = ["-c", "user.name=an author", "-c", "user.email=author@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *who, *arguments], cwd=directory, check=True, capture_output=True)


def _commit(directory: Path) -> None:
    _git(directory, "add", "-A")
    _git(directory, "commit", "-q", "--allow-empty", "-m", "a change")


def _committed(change: Callable[[Path], None], *, again: bool = False, mended: bool = False) -> Callable[[Path], None]:
    """Commit the shipped policy and change it, and commit that too if wanted, or that and then the shipped one."""

    def run(directory: Path) -> None:
        _git(directory, "init", "-q")
        if not mended:
            _commit(directory)
        change(directory)
        if again:
            _commit(directory)
        if mended:
            shutil.rmtree(directory / "policies")
            shutil.copytree(shipped_policy(), directory / "policies")
            _commit(directory)

    return run


def _late(directory: Path) -> None:
    """The policy is younger than its repository."""
    _git(directory, "init", "-q")
    _git(directory, "commit", "-q", "--allow-empty", "-m", "nothing")
    _commit(directory)


_REWRITTEN = _in_turn(
    _edit("precedence.yaml", "- m: {$nex: {role_default: 1}}", "- m: {$ex: {role: 1}}"),
    _edit("precedence.yaml", "    unlisted_role:", "    anybody_else:"),
    _edit("precedence.yaml", "pri: 30", "pri: 33"),
    lambda directory: (directory / "policies" / "policy_test.yaml").unlink(),
)
_LOWER = _in_turn(
    _edit("model_tiers.yaml", "synthesizer: reasoning", "synthesizer: general"),
    _edit("model_tiers.yaml", "worker_b: fast", "worker_b: reasoning"),
    _edit("model_tiers.yaml", "cerebras: zai-glm-4.7", "cerebras: zai-glm-4.8"),
    _edit("three_strikes.yaml", "not_found, request]", "not_found, request, tool]"),
)
_LADDER = _in_turn(
    _edit("model_tiers.yaml", "ladder: [fast, general, reasoning]", "ladder: [fast, general, careful, reasoning]"),
    _edit("model_tiers.yaml", "    general:\n", "    careful: {providers: {groq: qwen/qwen3-32b}}\n    general:\n"),
    _edit("model_tiers.yaml", "critic: general", "critic: careful"),
)


def _learned(*triples: tuple[str, int], taken_out: bool = False) -> Callable[[Path], None]:
    """Let roles of the triad `layout` fail a number of times, and take the entries out by hand if wanted."""

    def change(directory: Path) -> None:
        state = directory / "policies" / "model_tiers.yaml"
        text = state.read_bytes()
        with Resolver.open(directory / "policies") as resolver:
            for role, times in triples:
                for _ in range(times):
                    resolver.record_failure("layout", role, phase="execution", kind="task", error="no plan")
            if taken_out:
                state.write_bytes(text)

    return change


def _events(*results: str) -> Callable[[Path], None]:
    """Write a file of outcomes of one subject; a result that is none is written as the line itself."""

    def change(directory: Path) -> None:
        lines = [
            result if result == "{" else f'{{"triad": "layout", "role": "worker_a", "result": "{result}"}}'
            for result in results
        ]
        (directory / "events.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    return change


def _decisions(*lines: str, mixed: bool = False) -> Callable[[Path], None]:
    """Write a file of logged decisions: role, phase, entry (`?` is not said), tier, and how many were dropped before.

    A line that is JSON is written as it is; `mixed` has three failures of one subject before them.
    """

    def change(directory: Path) -> None:
        found = ['{"triad": "layout", "role": "worker_a", "result": "failure"}'] * 3 * mixed
        for at, line in enumerate(lines):
            if line.startswith("{"):
                found.append(line)
                continue
            role, phase, entry, tier, *dropped = [None if word == "-" else word for word in line.split()]
            found.append(
                json.dumps(
                    {
                        "time": f"2026-01-01T00:00:{at % 60:02}.5+00:00",
                        "event": "decision",
                        "triad": "layout",
                        "role": role,
                        "phase": phase,
                        "facts": {"preset": "consensus"},
                        "tier": tier,
                        "rule": "role_default",
                        "revision": "5e34ef7038fab19b",
                        "state_revision": None,
                        **({} if entry == "?" else {"entry": entry}),
                        **({"dropped": int(dropped[0] or 0)} if dropped else {}),
                    }
                )
            )
        (directory / "events.jsonl").write_text("".join(f"{line}\n" for line in found), encoding="utf-8")

    return change


_LOGGED = _decisions(
    *["worker_b execution - fast"] * 3,
    "worker_a execution - fast",
    "worker_a execution reasoning reasoning",
    "worker_a - ? reasoning",
    "worker_b planning - general 40",
    "nobody - gone careful 2",
    "worker_b execution fast general",
)


def _recorded(directory: Path) -> None:
    """A history is exported, and a policy that would have escalated sooner lies beside the one that did it."""
    _learned(("worker_a", 4), ("code_execution", 3), ("peer_1", 2))(directory)
    with Resolver.open(directory / "policies") as resolver:
        (directory / "events.jsonl").write_text("".join(f"{line}\n" for line in resolver.outcomes()), encoding="utf-8")
    shutil.copytree(shipped_policy(), directory / "sooner")
    rules = directory / "sooner" / "three_strikes.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("{strikes: 3}", "{strikes: 2}"), encoding="utf-8")


_RECORDED = _recorded
_TWO = _learned(("worker_a", 2))
_THREE = _learned(("worker_a", 3), ("code_execution", 3), ("peer_1", 1))
_TAKEN_OUT = _learned(("worker_a", 3), taken_out=True)

CASES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "help": ("--help", _nothing),
    "resolve-help": ("resolve --help", _nothing),
    "resolve-default": ("resolve layout worker_a", _nothing),
    "resolve-phase": ("resolve layout worker_a --phase execution", _nothing),
    "resolve-json": ("resolve layout worker_a --phase execution --format json", _nothing),
    "resolve-escalated": ("resolve layout worker_a --phase execution", _ESCALATED),
    "resolve-unlisted": ("resolve layout worker_c --phase executing", _nothing),
    "resolve-colon": ("resolve layout a:b", _nothing),
    "resolve-fact": ("resolve layout peer_1 --fact preset=consensus --fact budget=12", _PRESET),
    "resolve-unknown-fact": ("resolve layout peer_1 --fact preste=consensus", _PRESET),
    "resolve-unknown-value": ("resolve layout peer_1 --fact preset=consensual", _PRESET),
    "resolve-not-a-number": ("resolve layout peer_1 --fact budget=much", _PRESET),
    "resolve-fact-usage": ("resolve layout peer_1 --fact preset", _nothing),
    "resolve-bad-policy": ("resolve layout worker_a", _TYPOS),
    "resolve-bad-policy-json": ("resolve layout worker_a --format json", _TYPOS),
    "resolve-usage": ("resolve layout", _nothing),
    "explain-phase": ("explain layout worker_a --phase execution", _nothing),
    "explain-escalated": ("explain layout worker_a --phase execution", _ESCALATED),
    "explain-pinned": ("explain layout code_execution --phase execution", _nothing),
    "explain-facts": ("explain layout peer_1 --fact preset=consensus", _PRESET),
    "explain-unlisted": ("explain layout worker_c", _nothing),
    "explain-json": ("explain layout worker_a --format json", _nothing),
    "check-clean": ("check", _nothing),
    "check-bad": ("check", _TYPOS),
    "check-bad-json": ("check --format json", _TYPOS),
    "check-bad-github": ("check --format github", _TYPOS),
    "check-warning": ("check", _TAB),
    "check-warning-strict": ("check --strict", _TAB),
    "check-warning-github": ("check --format github", _TAB),
    "check-clean-json": ("check --format json", _nothing),
    "check-explain": ("check --explain lowers", _nothing),
    "check-explain-typo": ("check --explain lower", _nothing),
    "check-missing": ("check --policies nowhere", _nothing),
    "table": ("table", _nothing),
    "table-role": ("table --role worker_a --phase execution", _nothing),
    "table-unlisted": ("table --role nobody", _nothing),
    "table-triads": ("table", _TRIAD),
    "table-escalated": ("table --role worker_a", _ESCALATED),
    "table-json": ("table --role worker_a --format json", _nothing),
    "record-count": ("record layout worker_a failure --phase execution --kind task --error 'no plan'", _nothing),
    "record-escalate": ("record layout worker_a failure", _TWO),
    "record-escalate-json": ("record layout worker_a failure --format json", _TWO),
    "record-ignore": ("record layout worker_a failure --kind capacity", _TWO),
    "record-hold": ("record layout code_execution failure", _learned(("code_execution", 2))),
    "record-hold-top": ("record layout orchestrator failure", _learned(("orchestrator", 2))),
    "record-success": ("record layout worker_a success", _TWO),
    "record-success-json": ("record layout worker_a success --format json", _TWO),
    "record-fact": ("record layout peer_1 failure --fact preset=consensual", _PRESET),
    "record-usage": ("record layout worker_a success --kind task", _nothing),
    "record-colon": ("record layout a:b failure", _nothing),
    "state": ("state", _THREE),
    "state-json": ("state --format json", _THREE),
    "state-triad": ("state --triad motion", _THREE),
    "state-nothing": ("state", _nothing),
    "state-nothing-json": ("state --format json", _nothing),
    "state-taken-out": ("state", _TAKEN_OUT),
    "state-taken-out-json": ("state --format json", _TAKEN_OUT),
    "state-help": ("state --help", _nothing),
    "state-lower": ("state lower layout worker_a --yes --reason 'new model'", _THREE),
    "state-lower-tier": ("state lower layout worker_a fast --yes", _THREE),
    "state-lower-json": ("state lower layout worker_a fast --yes --format json", _THREE),
    "state-lower-asked": ("state lower layout worker_a", _THREE),
    "state-lower-not-below": ("state lower layout worker_a reasoning --yes", _THREE),
    "state-lower-unknown": ("state lower layout worker_a fats --yes", _THREE),
    "state-lower-nothing": ("state lower layout worker_b --yes", _THREE),
    "state-policies-first": ("state --policies nowhere lower layout worker_a --yes", _THREE),
    "state-restore": ("state restore layout worker_a", _TAKEN_OUT),
    "state-restore-all": ("state restore", _TAKEN_OUT),
    "state-restore-json": ("state restore --format json", _TAKEN_OUT),
    "state-restore-nothing": ("state restore", _THREE),
    "state-restore-not-lost": ("state restore layout worker_a", _THREE),
    "state-restore-usage": ("state restore layout", _THREE),
    "history": ("history", _THREE),
    "history-json": ("history --format json", _THREE),
    "history-taken-out": ("history --since 1d", _TAKEN_OUT),
    "history-triad": ("history --triad motion", _THREE),
    "history-nothing-json": ("history --format json", _nothing),
    "history-since-far": ("history --since 9999999d", _nothing),
    "history-since-usage": ("history --since yesterday", _nothing),
    "test": ("test", _nothing),
    "test-help": ("test --help", _nothing),
    "test-json": ("test --format json --coverage", _nothing),
    "test-failing": ("test", _FASTER),
    "test-failing-json": ("test --format json", _FASTER),
    "test-failing-github": ("test --format github", _FASTER),
    "test-coverage": ("test --coverage", _nothing),
    "test-coverage-low": ("test --filter 'code execution' --coverage --fail-under 90", _nothing),
    "test-coverage-low-json": ("test --filter 'role b' --coverage --format json", _PRESET_TEST),
    "test-coverage-low-github": ("test --filter 'reason' --fail-under 90 --format github", _nothing),
    "test-filter-nothing": ("test --filter exection", _nothing),
    "test-broken": ("test", _write("more_test.yaml", "tests:\n  a: {role: peer_1, expct: fsat}\n")),
    "test-broken-json": ("test --format json", _write("more_test.yaml", "tests: [\n")),
    "test-bad-policy": ("test", _TYPOS),
    "test-missing": ("test --policies nowhere", _nothing),
    "test-none": ("test --policies empty", _without_tests),
    "test-none-single-file": ("test --policies app.yaml", _in_turn(_SINGLE, _without("app_test.yaml"))),
    "test-single-file": ("test --policies app.yaml", _SINGLE),
    "diff-help": ("diff --help", _nothing),
    "diff-equivalent": ("diff HEAD", _committed(_REWRITTEN)),
    "diff-equivalent-markdown": ("diff HEAD --format markdown", _committed(_REWRITTEN)),
    "diff-raises": ("diff HEAD", _committed(_FASTER)),
    "diff-lowers": ("diff HEAD", _committed(_LOWER)),
    "diff-lowers-json": ("diff HEAD --format json", _committed(_LOWER)),
    "diff-lowers-markdown": ("diff HEAD --format markdown", _committed(_LOWER)),
    "diff-lowers-github": ("diff HEAD --format github", _committed(_LOWER)),
    "diff-allow-lower": ("diff HEAD --allow-lower --format github", _committed(_LOWER)),
    "diff-outcomes": ("diff HEAD", _committed(_edit("three_strikes.yaml", "{strikes: 3}", "{strikes: 5}"))),
    "diff-facts": ("diff HEAD", _committed(_PRESET)),
    "diff-facts-gone": ("diff new old", _in_turn(_copied("old"), _PRESET, _copied("new"))),
    "diff-triad": ("diff old", _in_turn(_copied("old"), _TRIAD, _ESCALATED)),
    "diff-triad-left-out": ("diff old", _in_turn(_TRIAD, _copied("old"), _SLOWER)),
    "diff-ladder": ("diff old", _in_turn(_copied("old"), _LADDER)),
    "diff-two-revisions": ("diff HEAD~1 HEAD", _committed(_FASTER, again=True)),
    "diff-two-revisions-markdown": ("diff HEAD~1 HEAD --format markdown", _committed(_FASTER, again=True)),
    "diff-single-file": ("diff policies app.yaml", _SINGLE),
    "diff-unknown-revision": ("diff mian", _committed(_nothing)),
    "diff-no-repository": ("diff main", _nothing),
    "diff-missing": ("diff HEAD nowhere.yaml", _committed(_nothing)),
    "diff-not-there-then": ("diff HEAD~1 --policies policies", _late),
    "diff-allow-new": ("diff HEAD~1 --allow-new", _late),
    "diff-allow-new-json": ("diff HEAD~1 --allow-new --format json", _late),
    "diff-allow-new-markdown": ("diff HEAD~1 --allow-new --format markdown", _late),
    "diff-allow-new-github": ("diff HEAD~1 HEAD --allow-new --format github", _late),
    "diff-allow-new-no-commit": ("diff HEAD --allow-new", lambda directory: _git(directory, "init", "-q")),
    "diff-allow-new-unknown-revision": ("diff mian --allow-new", _committed(_nothing)),
    "diff-allow-new-broken": ("diff HEAD~1 --allow-new", _in_turn(_late, _TYPOS)),
    "diff-allow-new-old": ("diff HEAD --allow-new", _committed(_FASTER)),
    "diff-broken-new": ("diff HEAD", _committed(_TYPOS)),
    "diff-broken-old": ("diff HEAD~1 HEAD", _committed(_TYPOS, again=True, mended=True)),
    "diff-broken-old-json": ("diff HEAD~1 HEAD --format json", _committed(_TYPOS, again=True, mended=True)),
    "history-jsonl": ("history --format jsonl", _THREE),
    "history-jsonl-triad": ("history --format jsonl --triad motion --since 1d", _THREE),
    "replay-help": ("replay --help", _nothing),
    "replay": ("replay events.jsonl", _RECORDED),
    "replay-json": ("replay events.jsonl --format json --policies sooner", _RECORDED),
    "replay-sooner": ("replay events.jsonl --policies sooner", _RECORDED),
    "replay-outcomes-alone": ("replay events.jsonl", _events(*["failure"] * 3, "success")),
    "replay-nothing": ("replay events.jsonl", _events()),
    "replay-not-json": ("replay events.jsonl", _events("failure", "{")),
    "replay-not-json-json": ("replay events.jsonl --format json", _events("failure", "{")),
    "replay-keep-going": ("replay events.jsonl --keep-going", _events("failure", "{", "failure", "fialure", "failure")),
    "replay-decisions": ("replay events.jsonl", _in_turn(_LOGGED, _FASTER)),
    "replay-decisions-json": ("replay events.jsonl --format json", _in_turn(_LOGGED, _FASTER)),
    "replay-decisions-same": ("replay events.jsonl", _decisions("worker_b execution - fast", "worker_a - - general")),
    "replay-decisions-many": ("replay events.jsonl", _decisions(*[f"worker_{at} - - fast" for at in range(40)])),
    "replay-mixed": (
        "replay events.jsonl",
        _decisions("worker_b execution - general", "worker_a - fast fast", mixed=True),
    ),
    "replay-decisions-bad": ("replay events.jsonl", _decisions("worker_b - - fast", '{"event": "decided"}')),
    "replay-decisions-keep-going": (
        "replay events.jsonl --keep-going",
        _decisions("worker_b - - fast", '{"event": "decision", "triad": "t", "role": "r"}', "worker_b - - general"),
    ),
    "replay-missing": ("replay nowhere.jsonl", _nothing),
    "replay-directory": ("replay policies", _nothing),
    "replay-bad-policy": ("replay events.jsonl", _in_turn(_events("failure"), _TYPOS)),
    "watch-help": ("watch --help", _nothing),
    "watch-missing": ("watch --policies nowhere", _nothing),
    "schema-test-usage": ("schema tests", _nothing),
    "init": ("init mine/policies", _nothing),
    "init-not-empty": ("init policies", _nothing),
}


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command prints what its golden file says, and ends with the exit code it says."""
    command, change = CASES[name]
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    change(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    result = CliRunner().invoke(main, shlex.split(command), prog_name="resolver", terminal_width=80)
    got = f"$ resolver {command}\n{result.stdout}--- stderr\n{result.stderr}--- exit {result.exit_code}\n"
    got = re.sub(r"\b\d+ ms\b", "N ms", re.sub(r'"milliseconds": [\d.]+', '"milliseconds": N', got))
    got = re.sub(r"\d{4}-\d\d-\d\d([ T])\d\d:\d\d:\d\d(\.\d+)?", r"YYYY-MM-DD\1HH:MM:SS", got)
    got = got.replace(str(shipped_policy()), "SHIPPED")
    got = re.sub(r'"process": "[^"]+:\d+"', '"process": "HOST:PID"', got)
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(got, encoding="utf-8")
    assert got == file.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    """Every golden file belongs to a case."""
    assert {file.stem for file in GOLDEN.iterdir()} == set(CASES)
