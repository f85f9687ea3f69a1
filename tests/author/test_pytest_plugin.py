"""pytest runs the tests of the policies that it is told of, and leaves other files alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from resolver.loader import shipped_policy


def _option(folder: Path, *policies: str) -> None:
    (folder / "pytest.ini").write_text(f"[pytest]\nresolver_policies = {' '.join(policies)}\n", encoding="utf-8")


def _pytest(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ})


@pytest.mark.slow
def test_the_tests_of_a_policy_are_cases(tmp_path: Path) -> None:
    """A case that fails is shown with its place, what was expected, what came and which rule decided."""
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    _option(tmp_path, "policies")
    tiers = tmp_path / "policies" / "model_tiers.yaml"
    tiers.write_text(tiers.read_text(encoding="utf-8").replace("worker_b: fast", "worker_b: general"))
    done = _pytest("policies", folder=tmp_path)
    assert done.returncode == 1
    assert "`workers execute on the lowest tier` [role worker_b] failed" in done.stdout
    assert "policy_test.yaml:22:20: error[policy-test]" in done.stdout
    assert "   expected tier fast, got general\n   decided by `phase_override` (" in done.stdout
    assert "1 failed, 53 passed" in done.stdout


@pytest.mark.slow
def test_a_broken_file_of_tests_is_an_error(tmp_path: Path) -> None:
    """What is wrong with a file, or with the policy, is said where pytest collects."""
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    _option(tmp_path, "policies")
    (tmp_path / "policies" / "more_test.yaml").write_text("tests: {a: {role: peer_1, expect: fsat}}")
    done = _pytest("policies", folder=tmp_path)
    assert done.returncode == 2
    assert "error[unknown-tier]: unknown tier `fsat`" in done.stdout


def test_a_name_that_is_probably_a_mistake_is_a_warning(tmp_path: Path) -> None:
    """As `resolver test` prints it; the case runs, and `-W error` makes it fail."""
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    _option(tmp_path, "policies")
    text = "tests: {a: {role: peer_1, phase: [exection, none], expect: general}}"
    (tmp_path / "policies" / "more_test.yaml").write_text(text, encoding="utf-8")
    done = _pytest("policies", folder=tmp_path)
    assert (done.returncode, "56 passed, 2 warnings" in done.stdout) == (0, True), done.stdout
    assert "more_test.yaml:1:35: warning[unlisted]: the phase `exection` is in no list of the policy" in done.stdout
    assert "help: did you mean `execution`?" in done.stdout
    assert "the phase `none` is a name like any other" in done.stdout
    assert _pytest("policies", "-W", "error", folder=tmp_path).returncode == 2


def test_only_files_of_the_named_policies_are_collected(tmp_path: Path) -> None:
    """A YAML file of another tool is left alone, whatever its name is and whatever stands beside it."""
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    _option(tmp_path, "policies")
    (tmp_path / "other.yaml").write_text("model_tiers: {}\n", encoding="utf-8")
    (tmp_path / "other_test.yaml").write_text("tests: {a: {role: peer_1, expect: fsat}}\n", encoding="utf-8")
    (tmp_path / "broken_test.yml").write_text("a: [\n", encoding="utf-8")
    done = _pytest(folder=tmp_path)
    assert (done.returncode, "54 passed" in done.stdout) == (0, True), done.stdout


def test_without_the_option_nothing_is_collected(tmp_path: Path) -> None:
    """pytest does not guess which files are policy tests."""
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    assert _pytest(".", folder=tmp_path).returncode == 5


def test_a_single_file_is_a_policy(tmp_path: Path) -> None:
    """The tests of an application's single file are `NAME_test.yaml` beside it."""
    (tmp_path / "cfg.yaml").write_text("model_tiers: {role_defaults: {x: fast}}\n", encoding="utf-8")
    (tmp_path / "cfg_test.yaml").write_text("tests: {a: {role: x, expect: fast}}\n", encoding="utf-8")
    _option(tmp_path, "cfg.yaml")
    done = _pytest(".", folder=tmp_path)
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout


def test_a_file_that_is_named_needs_no_option(tmp_path: Path) -> None:
    """`pytest policies/policy_test.yaml` says which file is meant; a case of it can be named, too."""
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    done = _pytest("policies/policy_test.yaml", folder=tmp_path)
    assert (done.returncode, "54 passed" in done.stdout) == (0, True), done.stdout


def test_a_policy_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    """A misspelled path must not pass as a run without tests."""
    _option(tmp_path, "polices")
    (tmp_path / "a_test.yaml").write_text("tests: {}\n", encoding="utf-8")
    done = _pytest(".", folder=tmp_path)
    assert done.returncode != 0
    assert "`resolver_policies` names `" in done.stdout + done.stderr


@pytest.mark.slow
def test_a_file_that_is_no_policy_is_reported_and_hides_no_tests(tmp_path: Path) -> None:
    """An error that keeps a policy from loading is an error of the run, and not a run without tests."""
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    _option(tmp_path, "policies")
    (tmp_path / "policies" / "notes.yaml").write_text("random: 1\n", encoding="utf-8")
    done = _pytest("policies", folder=tmp_path)
    assert done.returncode == 2
    assert "unknown section `random`" in done.stdout or "unknown key `random`" in done.stdout


def test_a_file_that_is_named_by_a_roundabout_path_is_collected(tmp_path: Path) -> None:
    """pytest resolves `..` before it collects, and so does the plugin."""
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    (tmp_path / "elsewhere").mkdir()
    done = _pytest("../policies/policy_test.yaml", folder=tmp_path / "elsewhere")
    assert (done.returncode, "54 passed" in done.stdout) == (0, True), done.stdout


def test_a_broken_link_hides_no_tests(tmp_path: Path) -> None:
    """The other files of the policy are collected."""
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    _option(tmp_path, "policies")
    (tmp_path / "policies" / "a_test.yaml").symlink_to("/nowhere/at/all.yaml")
    done = _pytest("policies", folder=tmp_path)
    assert "54 passed" in done.stdout, done.stdout
