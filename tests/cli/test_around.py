"""What goes around the command: completion, hooks and the example of a workflow."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from resolver import Resolver
from resolver.cli import main
from resolver.facade.opening import migrate_state
from resolver.loader import load_policy, shipped_policy
from resolver.state.journal_outcomes import MOST_OUTCOMES
from tests.state.own import own_policy

ROOT = Path(__file__).parent.parent.parent
HOOKS = ROOT / ".pre-commit-hooks.yaml"
WORKFLOW = ROOT / "examples" / "github-workflow.yml"
in_the_source = pytest.mark.skipif(not HOOKS.exists(), reason="hooks and examples are in the source tree")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with the shipped policy, in which nothing has changed since the last commit."""
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    who = ["-c", "user.name=an author", "-c", "user.email=author@example.org"]
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "a policy"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _completed(words: str) -> list[str]:
    environment = {"_RESOLVER_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    program = "from resolver.cli import main; main(prog_name='resolver')"
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_a_shell_completes_commands_and_options() -> None:
    """Commands by their first letters, options and their choices."""
    assert _completed("resolver re") == ["record", "rename", "replay", "resolve"]
    assert "--keep-going" in _completed("resolver replay --")
    assert _completed("resolver diff HEAD --format m") == ["markdown"]
    assert _completed("resolver schema a") == ["application"]


@pytest.mark.slow
def test_a_shell_completes_names_of_the_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Roles, phases, triads, tiers and facts of the policy that the line names, and codes of messages."""
    path = own_policy(tmp_path, '\n    "layout:worker_a": general')
    (path / "facts.yaml").write_text(
        "facts: {preset: {values: [solo, both]}, budget: {integer: true}}", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    assert _completed("resolver resolve lay") == ["layout"]
    assert _completed("resolver explain layout worker_") == ["worker_a", "worker_b"]
    assert _completed("resolver record layout code") == ["code_execution"]
    assert _completed("resolver resolve layout worker_a --phase e") == ["execution"]
    assert _completed("resolver resolve layout worker_a --fact ") == ["budget=", "preset=both", "preset=solo"]
    assert _completed("resolver table --role pee") == ["peer_1", "peer_2", "peer_3"]
    assert _completed("resolver check --explain lo") == ["lowers"]
    assert _completed("resolver state lower layout worker_a ge") == ["general"]
    assert _completed("resolver rename role crit") == ["critic"]
    assert _completed("resolver rename fact p") == ["preset"]
    (tmp_path / "mine").mkdir()
    path.rename(tmp_path / "mine" / "policy")
    assert _completed("resolver table --policies mine/policy --role wor") == ["worker_a", "worker_b"]
    (tmp_path / "mine" / "policy" / "facts.yaml").write_text("facts: [", encoding="utf-8")
    assert _completed("resolver table --policies mine/policy --role wor") == [""]


@pytest.mark.slow
def test_a_shell_completes_what_is_compared(repository: Path) -> None:
    """Files and directories by the shell itself, or with the revisions of the repository that begin alike."""
    subprocess.run(["git", "branch", "polished"], cwd=repository, check=True)
    subprocess.run(["git", "tag", "agreed"], cwd=repository, check=True)
    (repository / "notes.txt").write_text("", encoding="utf-8")
    assert _completed("resolver diff agr") == ["agreed"]
    assert _completed("resolver diff HEAD pol") == ["polished", "policies/"]
    assert _completed("resolver diff policies/mod") == ["policies/mod"]  # the shell lists the files
    assert {"HEAD", "agreed", "policies/"} <= {*_completed("resolver diff ")}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_documented_line_prints_the_shells_function(shell: str) -> None:
    """What the line evaluates is a script of that shell."""
    document = (ROOT / "docs" / "authors.md").read_text(encoding="utf-8")
    assert f"_RESOLVER_COMPLETE={shell}_source resolver" in document
    program = "from resolver.cli import main; main(prog_name='resolver')"
    environment = {**os.environ, "_RESOLVER_COMPLETE": f"{shell}_source"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert "_RESOLVER_COMPLETE" in done.stdout


def _run(command: str) -> None:
    words = shlex.split(command)
    assert words[0] == "resolver"
    result = CliRunner().invoke(main, words[1:], prog_name="resolver")
    assert result.exit_code == 0, f"{command}\n{result.output}"


@in_the_source
def test_the_hooks_pass_where_nothing_is_wrong(repository: Path) -> None:
    """Each hook is a command that runs without the names of files."""
    hooks: list[dict[str, Any]] = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    assert [hook["id"] for hook in hooks] == ["resolver-check", "resolver-test", "resolver-diff"]
    for hook in hooks:
        assert hook["pass_filenames"] is False
        assert re.search(hook["files"], "policies/model_tiers.yaml")
        _run(hook["entry"])
    assert repository.exists()


@in_the_source
@pytest.mark.parametrize("options", ["", " --tiers nano,large --roles writer:nano"])
@pytest.mark.parametrize("commits", ["no commit", "a commit without it", "one with notes in its place"])
def test_hooks_and_workflow_let_a_new_policy_in(
    commits: str, options: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit, and the pull request, that adds the policy has nothing to compare with, and its tests suffice."""
    monkeypatch.chdir(tmp_path)
    who = ["-c", "user.name=an author", "-c", "user.email=author@example.org"]
    notes = tmp_path / "policies" / "README.md"
    if commits == "one with notes in its place":
        notes.parent.mkdir()
        notes.write_text("soon\n", encoding="utf-8")
    run = [["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "--allow-empty", "-m", "nothing yet"]]
    for command in run[:1] if commits == "no commit" else run:
        subprocess.run(["git", *command], check=True, capture_output=True)
    notes.unlink(missing_ok=True)
    _run(f"resolver init policies{options}")
    subprocess.run(["git", "add", "-A"], check=True)
    for hook in yaml.safe_load(HOOKS.read_text(encoding="utf-8")):
        _run(hook["entry"])
    for step in yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["policy"]["steps"]:
        if step.get("run", "").startswith("resolver "):
            _run(step["run"].replace("origin/${{ github.base_ref }}", "HEAD").partition(">>")[0])


@in_the_source
def test_the_workflow_runs_check_test_and_diff(repository: Path) -> None:
    """Every step that calls the command passes for a pull request that changes nothing."""
    workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    runs = [step.get("run", "") for step in workflow["jobs"]["policy"]["steps"]]
    commands = [run for run in runs if run.startswith("resolver ")]
    assert [shlex.split(command)[1] for command in commands] == ["check", "test", "diff", "diff"]
    after_check = [step for step in workflow["jobs"]["policy"]["steps"] if step.get("run") in commands[1:]]
    assert {step["if"] for step in after_check} == {"${{ !cancelled() && steps.install.outcome == 'success' }}"}
    assert [step["name"] for step in workflow["jobs"]["policy"]["steps"] if step.get("id") == "install"] == ["Install"]
    for command in commands:
        plain = command.replace("origin/${{ github.base_ref }}", "HEAD").partition(">>")[0]
        assert "${{" not in plain
        _run(plain)
    assert repository.exists()


def test_lists_of_init_can_be_given_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each option counts, not only the last one."""
    monkeypatch.chdir(tmp_path)
    _run("resolver init p --tiers a,b --tiers c --roles x:a --roles y:b,z:c --providers q --providers r")
    tiers = load_policy(tmp_path / "p").model_tiers
    assert (tiers.ladder.tiers, tiers.provider_order) == (("a", "b", "c"), ("q", "r"))
    assert tiers.role_defaults == {"x": "a", "y": "b", "z": "c"}


def test_init_that_cannot_write_all_files_can_be_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It leaves the directory empty, as it was; half a policy would be refused as "not empty"."""
    monkeypatch.chdir(tmp_path)
    write = Path.write_text

    def fill_the_disk(path: Path, *args: Any, **kwargs: Any) -> int:
        if path.name == "precedence.yaml":
            raise OSError(28, "No space left on device")
        return write(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", fill_the_disk)
        result = CliRunner().invoke(main, ["init"], prog_name="resolver")
    assert (result.exit_code, result.stderr) == (2, "error: cannot write to `policies`: No space left on device\n")
    assert list(Path("policies").iterdir()) == []
    _run("resolver init")


@pytest.mark.parametrize("directory", ["mine", "my policy", "it's"])
def test_init_ends_with_a_command_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, directory: str) -> None:
    """Whatever the directory is called, a shell can run the command as it is printed."""
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(main, ["init", directory], prog_name="resolver").stdout
    command = said.rsplit("`", 2)[1]
    _run(command)


def test_git_ignores_what_the_program_writes_beside_a_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`init` writes the lines; a state that was learned, in files or in a database, adds nothing to commit."""
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)
    _run("resolver init policies")
    migrate_state("sqlite:///state.db")
    status = ["git", "status", "--porcelain", "--untracked-files=all", "policies"]
    before = subprocess.run(status, capture_output=True, text=True, check=True).stdout
    assert "policies/.gitignore" in before
    for state in (None, f"sqlite:///{tmp_path / 'state.db'}"):
        with Resolver.open("policies", state=state) as resolver:
            for _ in range(3):
                resolver.record_failure("layout", "worker_a")
            written = {path.name for path in (tmp_path / "policies").iterdir() if path.name.startswith(".resolver")}
            now = subprocess.run(status, capture_output=True, text=True, check=True).stdout
            assert {*now.splitlines()} == {*before.splitlines()}
    assert {".resolver.db", ".resolver.lock"} < written
    lines = (tmp_path / "policies" / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {".resolver.db", ".resolver.lock"} < {*lines}
    document = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert all(line in document for line in lines if not line.startswith("#"))


@in_the_source
@pytest.mark.parametrize("document", ["CHANGELOG.md", "docs/authors.md"])
def test_documents_say_how_many_outcomes_are_kept(document: str) -> None:
    """The number is the one in the code; the file beside a policy stays small."""
    assert MOST_OUTCOMES == 100_000
    assert f"the last {MOST_OUTCOMES:,}" in (ROOT / document).read_text(encoding="utf-8")
