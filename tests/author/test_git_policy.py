"""Policies of git revisions are read under the names that people know, and like those on disk."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from resolver.author.git_policy import policy_at_revision
from resolver.diagnostics import PolicyError
from resolver.loader import load_policy, policy_files, shipped_policy


def git(folder: Path, *arguments: str) -> str:
    """What git prints in a folder, for a person who has no configuration."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the shipped policy at its root and in `sub`."""
    for folder in (tmp_path, tmp_path / "sub"):
        folder.mkdir(exist_ok=True)
        for file in policy_files(shipped_policy()):
            (folder / file.name).write_bytes(file.read_bytes())
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first words .dotted")
    return tmp_path


@pytest.mark.parametrize("within", [".", "sub"])
@pytest.mark.parametrize("revision", ["HEAD", "feature/of/mine", "feature/of/mine^{/.dotted}"])
def test_a_revision_is_the_policy_that_was_committed(repository: Path, within: str, revision: str) -> None:
    """Whatever the revision is called, and wherever in the repository the policy is."""
    git(repository, "branch", "feature/of/mine")
    committed = load_policy(repository / within).revision
    tiers = repository / within / "model_tiers.yaml"
    tiers.write_text(tiers.read_text(encoding="utf-8").replace("critic: general", "critic: fast"), encoding="utf-8")
    source = policy_at_revision(revision, repository / within)
    assert load_policy(source).revision == committed != load_policy(repository / within).revision
    single = policy_at_revision(revision, tiers)
    assert (single.is_directory, len(single.files())) == (False, 1)


def test_a_misnamed_file_of_a_revision_is_an_error(repository: Path) -> None:
    """As it is on disk: it looks like a part of the policy, and is none."""
    (repository / "sub" / "more.YAML").write_text("facts: {}\n", encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "more")
    with pytest.raises(PolicyError, match=r"suffix.*`more.YAML` is not part of the policy"):
        load_policy(policy_at_revision("HEAD", repository / "sub"))


def test_a_diagnostic_names_the_revision(repository: Path) -> None:
    """The place is the revision, the path in the repository, and the line."""
    rules = repository / "sub" / "precedence.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("pri: 20", "pri: 30"), encoding="utf-8")
    git(repository, "commit", "-qam", "bad")
    with pytest.raises(PolicyError) as error:
        load_policy(policy_at_revision("HEAD", repository / "sub"))
    assert {diagnostic.place.source.name for diagnostic in error.value.diagnostics} == {"HEAD:sub/precedence.yaml"}


def test_a_huge_file_of_a_revision_is_not_read_whole(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused as on disk, after as much of it as the limit."""
    monkeypatch.setattr("resolver.author.git_policy.LARGEST_FILE", 1_000)
    (repository / "huge.yaml").write_text("# comment\n" * 200_000, encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "huge")
    source = policy_at_revision("HEAD", repository)
    assert max(len(text) for text in source.texts.values()) == 1_001


def test_a_file_above_the_limit_is_refused(repository: Path) -> None:
    (repository / "huge.yaml").write_text("# comment\n" * (21 * 2**20 // 10), encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "huge")
    with pytest.raises(PolicyError, match="larger than 20 MiB"):
        load_policy(policy_at_revision("HEAD", repository))
