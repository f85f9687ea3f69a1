"""A command never answers from the shipped policy unnoticed, and says which policy it has read."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from resolver.cli import main
from resolver.loader import shipped_policy

AUTHOR_COMMANDS = [
    "check",
    "check --strict --format json",
    "test",
    "watch",
    "replay log.jsonl",
    "diff HEAD",
    "rename role a b",
]
OTHER_COMMANDS = [
    "resolve layout critic",
    "explain layout critic --format json",
    "table",
    "state",
    "state lower layout critic --yes",
    "state restore",
    "state status",
    "history",
    "record layout critic failure",
    "doctor",
    "providers",
]
REMEDY = "; name a policy with `--policies PATH`, or make one with `resolver init policies`"
REFUSAL = f"error: no ./policies here{REMEDY}\n"
PLANNING = "model_tiers:\n  phase_overrides: {planning: {critic: reasoning}}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run each test in a directory without a policy."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _run(command: str) -> Result:
    return CliRunner().invoke(main, command.split(), prog_name="resolver")


@pytest.mark.parametrize("command", AUTHOR_COMMANDS)
def test_a_command_for_authors_refuses_without_a_policy(command: str) -> None:
    """Nothing is printed on stdout, and the exit code is that of a command that could not run."""
    result = _run(command)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", REFUSAL)


@pytest.mark.parametrize("command", OTHER_COMMANDS)
def test_another_command_says_that_the_shipped_policy_answers(command: str) -> None:
    """The note is on stderr, so that a program can read stdout."""
    result = _run(command)
    assert result.stderr.startswith("note: no ./policies here, so the shipped policy answers; ")
    assert "no ./policies" not in result.stdout


@pytest.mark.parametrize("command", OTHER_COMMANDS)
def test_a_policy_that_is_named_needs_no_note(command: str, folder: Path) -> None:
    """Neither a policy of the option nor one in the usual place gets a note."""
    shutil.copytree(shipped_policy(), folder / "mine")
    assert "shipped policy answers" not in _run(f"{command} --policies mine").stderr
    (folder / "mine").rename("policies")
    assert "shipped policy answers" not in _run(command).stderr


@pytest.mark.parametrize(
    ("file", "text", "hint"),
    [
        ("tiers.yaml", "model_tiers: {}\n", "; this directory is itself a policy: use `--policies .`"),
        (
            "rules.yml",
            "# mine\nfacts: {}\n\nrulesets:\n  tier: [\n",
            "; this directory is itself a policy: use `--policies .`",
        ),
        ("bom.yaml", '\ufeff"rulesets" :\r\n', "; this directory is itself a policy: use `--policies .`"),
        ("app.yaml", "name: x\nrulesets: {}\n", "; `app.yaml` has sections of a policy: use `--policies app.yaml`"),
        (
            "app.yaml",
            "config:\n  model_tiers: {}\n",
            "; `app.yaml` has sections of a policy: use `--policies app.yaml`",
        ),
        ("app.yaml", "config:\n  name: x\n", ""),
        ("vars.yaml", "facts: {}\n", ""),
        ("rulesets.yaml", "name: rulesets\ntext: |\n  rulesets:\n", ""),
        (".hidden.yaml", "model_tiers: {}\n", ""),
        ("tiers_test.yaml", "model_tiers: {}\n", ""),
        ("tiers.txt", "model_tiers: {}\n", ""),
    ],
)
def test_a_policy_in_the_current_directory_is_pointed_out(file: str, text: str, hint: str) -> None:
    """A directory whose files hold nothing but sections is a policy, and so is an application's file with sections."""
    Path(file).write_text(text, encoding="utf-8", newline="")
    assert _run("check").stderr == (f"error: no ./policies here{hint}\n" if hint else REFUSAL)
    assert _run("resolve a b").stderr.startswith(
        f"note: no ./policies here, so the shipped policy answers{hint or REMEDY}\n"
    )


@pytest.mark.parametrize("command", ["check", "resolve a b"])
def test_a_link_that_leads_nowhere_is_no_reason_to_ask_the_shipped_policy(command: str) -> None:
    """A mount that is missing is an error, as for every other path."""
    Path("policies").symlink_to("gone")
    result = _run(command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: the policy `policies` does not exist")


def test_two_paths_need_no_policy_of_their_own(folder: Path) -> None:
    """Only a git revision needs a policy whose repository it is in."""
    shutil.copytree(shipped_policy(), folder / "a")
    shutil.copytree(shipped_policy(), folder / "b")
    assert _run("diff a b").stdout.startswith("verdict: equivalent, from a (")
    assert _run("diff a HEAD").stderr == REFUSAL


def test_ok_names_what_was_read(folder: Path) -> None:
    """The verdict has the path, and the parts that come from the shipped policy."""
    shutil.copytree(shipped_policy(), folder / "mine")
    assert _run("check --policies mine").stdout.startswith("ok: mine, 4 files, 11 rules, ")
    assert _run("test --policies mine").stdout.startswith("ok: 54 cases of mine, ")
    for text, taken in (
        ("model_tiers: {role_defaults: {critic: fast}}\n", "tiers, roles and rules"),
        ((shipped_policy() / "model_tiers.yaml").read_text(encoding="utf-8"), "rules"),
    ):
        Path("app.yaml").write_text(text, encoding="utf-8")
        assert _run("check --policies app.yaml").stdout.startswith(f"ok: app.yaml with the shipped {taken}, 1 file, ")


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (PLANNING, "the shipped tiers, roles and rules apply, because `app.yaml` has neither `tiers` nor `rulesets`"),
        (
            PLANNING
            + "  tiers: {fast: {providers: {a: b}}, general: {providers: {a: c}}, reasoning: {providers: {a: d}}}"
            "\n  role_defaults: {code_execution: reasoning}\n",
            "the shipped rules apply, because `app.yaml` has no `rulesets`",
        ),
    ],
)
def test_a_diagnostic_in_the_shipped_policy_says_why_that_applies(text: str, note: str) -> None:
    """A single file may take its rules from there; then a failed test, and a warning, cite them."""
    Path("app.yaml").write_text(text, encoding="utf-8")
    Path("app_test.yaml").write_text("tests: {x: {role: critic, phase: planning, expect: fast}}\n", encoding="utf-8")
    failed = _run("test --policies app.yaml").stdout
    assert f"   decided by `phase_override` ({shipped_policy() / 'precedence.yaml'}:18)\n" in failed
    assert f"   {note}\n" in failed


def test_a_diagnostic_in_the_file_itself_needs_no_reason() -> None:
    """Only what points into the shipped policy is explained by it."""
    Path("app.yaml").write_text("model_tiers: {role_defaults: {critic: fsat}}\n", encoding="utf-8")
    assert "shipped" not in _run("check --policies app.yaml").stdout


def test_an_error_that_the_file_causes_in_the_shipped_rules_says_why_they_apply() -> None:
    """A ladder of one's own makes the tiers of the shipped rules unknown."""
    tiers = "model_tiers: {ladder: [low, high], tiers: {low: {providers: {a: b}}, high: {providers: {a: c}}}}\n"
    Path("app.yaml").write_text(tiers, encoding="utf-8")
    said = _run("check --policies app.yaml").stdout
    assert said.count("the shipped rules apply, because `app.yaml` has no `rulesets`") == said.count("error[") > 0


def test_json_names_what_was_read(folder: Path) -> None:
    """JSON has the path and the sections, too."""
    Path("app.yaml").write_text("name: x\n", encoding="utf-8")
    said = _run("check --policies app.yaml --format json").stdout
    assert '"policy": "app.yaml"' in said
    assert '"shipped_sections": [\n    "model_tiers",\n    "rulesets"\n  ]' in said
    assert os.listdir(folder) == ["app.yaml"]
