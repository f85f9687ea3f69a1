"""`pytest policies/` runs the tests of a policy, and nobody else's files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from resolver.loader import shipped_policy


def _pytest(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ})


def test_the_tests_of_a_policy_are_cases(tmp_path: Path) -> None:
    """A case that fails is shown with its place, what was expected, what came and which rule decided."""
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    tiers = tmp_path / "policies" / "model_tiers.yaml"
    tiers.write_text(tiers.read_text(encoding="utf-8").replace("worker_b: fast", "worker_b: general"))
    done = _pytest("policies", folder=tmp_path)
    assert done.returncode == 1
    assert "`workers execute on the lowest tier` [role worker_b] failed" in done.stdout
    assert "policy_test.yaml:22:20: error[policy-test]" in done.stdout
    assert "   expected tier fast, got general\n   decided by `phase_override` (" in done.stdout
    assert "1 failed, 53 passed" in done.stdout


def test_a_broken_file_of_tests_is_an_error(tmp_path: Path) -> None:
    """What is wrong with a file, or with the policy, is said where pytest collects."""
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    (tmp_path / "policies" / "more_test.yaml").write_text("tests: {a: {role: peer_1, expect: fsat}}")
    done = _pytest("policies", folder=tmp_path)
    assert done.returncode == 2
    assert "error[unknown-tier]: unknown tier `fsat`" in done.stdout


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    """YAML that stands beside no policy is not touched, however it is named."""
    (tmp_path / "deploy.yaml").write_text("kind: Service\n")
    (tmp_path / "deploy_test.yaml").write_text("tests: {a: {role: peer_1, expect: fsat}}\n")
    (tmp_path / "broken_test.yml").write_text("a: [\n")
    done = _pytest(folder=tmp_path)
    assert done.returncode == 5
    assert "no tests ran" in done.stdout


def test_a_single_file_of_one_section_is_a_policy(tmp_path: Path) -> None:
    """What `resolver test --policies cfg.yaml` runs, `pytest` runs as well."""
    (tmp_path / "cfg.yaml").write_text("model_tiers: {role_defaults: {x: fast}}\n", encoding="utf-8")
    (tmp_path / "cfg_test.yaml").write_text("tests: {a: {role: x, expect: fast}}\n", encoding="utf-8")
    done = _pytest(".", folder=tmp_path)
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout


def test_a_file_that_is_no_policy_is_reported_and_hides_no_tests(tmp_path: Path) -> None:
    """What keeps a policy from loading is an error of the run, and not a run without tests."""
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    (tmp_path / "policies" / "notes.yaml").write_text("random: 1\n", encoding="utf-8")
    done = _pytest("policies", folder=tmp_path)
    assert done.returncode == 2
    assert "unknown section `random`" in done.stdout or "unknown key `random`" in done.stdout


def test_playbooks_beside_facts_are_left_alone(tmp_path: Path) -> None:
    """`facts` is a word of others, too, and a list is no file of tests."""
    (tmp_path / "defaults.yaml").write_text("facts: {os: linux}\n", encoding="utf-8")
    (tmp_path / "web_test.yaml").write_text("- hosts: all\n", encoding="utf-8")
    assert _pytest(folder=tmp_path).returncode == 5
