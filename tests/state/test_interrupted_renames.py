"""A renaming that is killed is finished by the same command: neither the files nor the state stay half renamed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from resolver.author import PolicyFiles, PolicyNames
from resolver.cli import main
from resolver.diagnostics import ResolverError
from resolver.domain import NameKind, Renaming, Subject
from resolver.facade import renaming as renaming_module
from resolver.facade.interrupted import interrupted_renaming, note_path
from resolver.facade.renaming import rename_everywhere
from resolver.loader import shipped_policy
from resolver.serving import load_and_prove
from resolver.state import NewContent
from tests.state.conftest import Place
from tests.state.own import fail

KILLED = """
import os, sys
from resolver.cli import main
from resolver.facade import renaming
from resolver.state import replace
step, *command = sys.argv[1:]
swaps = 0
def swap(self, old, swap=replace.Replacement.swap):
    global swaps
    if str(swaps) == step:
        os._exit(9)
    swaps += 1
    return swap(self, old)
def replace_all(contents, replace_all=renaming.replace_all):
    replace_all(contents)
    if step == "replaced":
        os._exit(9)
def forget_renaming(path):
    os._exit(9)
replace.Replacement.swap = swap
renaming.replace_all = replace_all
if step == "committed":
    renaming.forget_renaming = forget_renaming
main(command, prog_name="resolver")
"""


def _words(place: Place, kind: str, old: str, new: str) -> list[str]:
    state = ["--state", place.owner] if place.owner else []
    return ["rename", kind, old, new, "--policies", str(place.policy()), "--yes", *state]


def _command(*words: str) -> Result:
    return CliRunner().invoke(main, words, prog_name="resolver")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "old", "new", "step"),
    [
        ("role", "code_execution", "tool", "0"),
        ("role", "code_execution", "tool", "replaced"),
        ("tier", "general", "middle", "1"),
        ("tier", "general", "middle", "committed"),
        ("triad", "grid", "g", "replaced"),
    ],
)
def test_the_same_command_finishes_what_was_killed(kind: str, old: str, new: str, step: str, place: Place) -> None:
    """Wherever it was killed, between two files or before the state is final; what was learned has the new name."""
    with place.open() as resolver:
        fail(resolver, "worker_a", times=3, triad="grid")
        fail(resolver, "code_execution", times=2, triad="grid")
    words = _words(place, kind, old, new)
    killed = subprocess.run([sys.executable, "-c", KILLED, step, *words], capture_output=True, text=True, check=False)
    if killed.returncode == 0:
        assert kind == "triad"  # in a database only, and in no file
        return
    assert killed.returncode == 9, killed.stdout + killed.stderr
    assert interrupted_renaming(place.policy()) is not None
    other = _command(*_words(place, "role", "worker_b", "mason"))
    assert (other.exit_code, "was interrupted; finish it with the same command" in other.stderr) == (2, True)
    finished = _command(*words)
    assert finished.exit_code == 0, finished.output
    assert "this renaming was interrupted, and is finished now" in finished.stderr
    assert not note_path(place.policy()).exists()
    assert PolicyNames(PolicyFiles(place.policy()).texts).places(NameKind(kind), old) == []
    load_and_prove(place.policy())
    with place.open() as resolver:
        names = {"code_execution": "code_execution", "grid": "grid", "reasoning": "reasoning"} | {old: new}
        assert resolver.escalations() == {Subject(names["grid"], "worker_a"): "reasoning"}
        assert {each: streak.strikes for each, streak in resolver.streaks().items()} == {
            Subject(names["grid"], names["code_execution"]): 2
        }
        assert [event.what for event in resolver.history() if event.what == "escalate"] == ["escalate"]
    again = _command(*_words(place, "role", "worker_b", "mason"))
    assert again.exit_code == 0, again.output


@pytest.mark.slow
@pytest.mark.parametrize("step", ["0", "1", "committed"])
@pytest.mark.parametrize("ruleset", ["tier", "outcome"])
def test_a_rule_of_two_rulesets_is_finished_in_its_own(ruleset: str, step: str, tmp_path: Path) -> None:
    """Whether or not the ruleset is named again, the rule of the other ruleset keeps its name."""
    path = tmp_path / "policies"
    shutil.copytree(shipped_policy(), path)
    names = {"tier": ("precedence.yaml", "unlisted_role"), "outcome": ("three_strikes.yaml", "failure")}
    for file, name in names.values():
        text = (path / file).read_text(encoding="utf-8")
        (path / file).write_text(text.replace(f"    {name}:\n", "    last:\n"), encoding="utf-8")
    case = "tests:\n  rests: {role: unknown, expect: {tier: general, rule: last}}\n"
    failure = "{result: failure, expect: {effect: count, rule: last}}"
    counted = f"  counts: {{role: critic, history: [{failure}], expect: general}}\n"
    (path / "policy_test.yaml").write_text(case + counted, encoding="utf-8")
    before = {each: PolicyNames(PolicyFiles(path).texts).places(NameKind.RULE, "last", each) for each in names}
    other = next(each for each in names if each != ruleset)
    words = ["rename", "rule", "last", "final", "--policies", str(path), "--yes"]
    command = [sys.executable, "-c", KILLED, step, *words, "--ruleset", ruleset]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == 9, killed.stdout + killed.stderr
    wrong = _command(*words, "--ruleset", other)
    assert (wrong.exit_code, f"`last` of `{ruleset}` to `final` was interrupted" in wrong.stderr) == (2, True)
    finished = _command(*words)
    assert finished.exit_code == 0, finished.output
    found = PolicyNames(PolicyFiles(path).texts)
    assert found.places(NameKind.RULE, "last", ruleset) == []
    assert len(found.places(NameKind.RULE, "final", ruleset)) == len(before[ruleset]) == 2
    assert len(found.places(NameKind.RULE, "last", other)) == len(before[other]) == 2
    assert found.places(NameKind.RULE, "final", other) == []


def test_a_state_that_fails_after_the_files_says_how_to_go_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk or a lost connection at the last moment cannot be undone by a second failure."""
    path = place.policy()
    tiers = path / "model_tiers.yaml"
    before = tiers.read_bytes()
    after = before.replace(b"worker_b", b"mason")
    rename_state = renaming_module._rename_state

    def failing(*arguments: object) -> int:
        rename_state(*arguments)  # type: ignore[arg-type]
        raise ResolverError("the disk is full")

    contents = {tiers: NewContent(before, after)}
    renaming = Renaming(NameKind.ROLE, "worker_b", "mason")
    with monkeypatch.context() as patch:
        patch.setattr(renaming_module, "_rename_state", failing)
        with pytest.raises(ResolverError, match="the disk is full; the files have the new name: run the same command"):
            rename_everywhere(path, place.owner or None, renaming, contents)
    assert interrupted_renaming(path) is not None
    assert _command("check", str(path)).stderr.startswith("note: the renaming of the role `worker_b` to `mason`")
    assert (
        "problem  the renaming of the role `worker_b` to `mason`" in _command("doctor", "--policies", str(path)).stdout
    )
    assert _command(*_words(place, "role", "worker_b", "mason")).exit_code == 0
    assert interrupted_renaming(path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kind": "role"}', '{"kind": "x", "old": "a", "new": "b"}'])
def test_a_note_that_is_not_whole_is_no_renaming(text: str, tmp_path: Path) -> None:
    """It is on the disk before the first file changes: if it is not whole, none has changed."""
    note_path(tmp_path).write_text(text, encoding="utf-8")
    assert interrupted_renaming(tmp_path) is None
