"""Which files make a policy, and where its sections stand in them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from resolver.diagnostics import ResolverError
from resolver.loader import load_policy
from resolver.loader.files import policy_files
from tests.loader.texts import COMPLETE, RULES, TIERS, load, problems, write


def _names(folder: Path) -> list[str]:
    return [path.name for path in policy_files(folder)]


def test_yaml_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    """A directory's policy is made of its `*.yaml` and `*.yml` files, by name."""
    write(tmp_path, b="", a__yml="", c="", d__json="", e__yaml__bak="", README="", f="")
    assert _names(tmp_path) == ["README.yaml", "a.yml", "b.yaml", "c.yaml", "f.yaml"]


def test_what_does_not_count(tmp_path: Path) -> None:
    """Policy tests, hidden files, subdirectories and pipes are not part of the policy."""
    write(tmp_path, a="", a_test="", b_test__yml="", __hidden__yaml="")
    write(tmp_path / "a.yaml").with_name(".b.yaml").write_text("")
    (tmp_path / "inner.yaml").mkdir()
    write(tmp_path / "inner.yaml", c="")
    os.mkfifo(tmp_path / "pipe.yaml")
    assert _names(tmp_path) == ["a.yaml"]


def test_a_name_that_only_contains_test(tmp_path: Path) -> None:
    """Only names that end in `_test` are policy tests."""
    write(tmp_path, test="", test_a="", latest="")
    assert _names(tmp_path) == ["latest.yaml", "test.yaml", "test_a.yaml"]


def test_a_file_is_its_own_policy(tmp_path: Path) -> None:
    """A single file counts whatever its name."""
    path = write(tmp_path, config__conf="") / "config.conf"
    assert policy_files(path) == [path]


def test_a_link_to_a_file_counts(tmp_path: Path) -> None:
    """A link counts as the file that it leads to, and one that leads nowhere is an error, not less policy."""
    write(tmp_path, a=COMPLETE)
    (tmp_path / "b.yaml").symlink_to(tmp_path / "gone")
    assert _names(tmp_path) == ["a.yaml", "b.yaml"]
    with pytest.raises(ResolverError, match=r"cannot read `.*b\.yaml`: No such file"):
        load_policy(tmp_path)


@pytest.mark.parametrize("name", ["gone", "gone/a.yaml", "x" * 300, "a\0b", "a\nb"])
def test_no_policy_at_all(tmp_path: Path, name: str) -> None:
    """A path that is not there says so on one line."""
    with pytest.raises(ResolverError) as caught:
        load_policy(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_an_empty_directory(tmp_path: Path) -> None:
    """A directory without policy files says how to make some."""
    write(tmp_path, a_test="", b__txt="")
    with pytest.raises(ResolverError, match=r"has no `\*\.yaml` file; `resolver init DIR` makes one"):
        load_policy(tmp_path)


def test_a_pipe_is_no_policy(tmp_path: Path) -> None:
    """What is neither a file nor a directory is not opened, for it may never end."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ResolverError, match="is neither a file nor a directory"):
        load_policy(tmp_path / "pipe")


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_a_directory_that_may_not_be_read(tmp_path: Path) -> None:
    """A directory without permission is a ResolverError."""
    tmp_path.chmod(0)
    try:
        with pytest.raises(ResolverError, match="Permission denied"):
            load_policy(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_documents_without_sections_do_not_count(tmp_path: Path) -> None:
    """Empty documents may stand before and after the one that holds the sections."""
    assert load(tmp_path, a=f"---\n---\n{{}}\n---\n{COMPLETE}---\n# the end\n").files == 1


def test_sections_in_two_documents(tmp_path: Path) -> None:
    """Sections in two documents of one file are refused, and what else is wrong is found all the same."""
    assert problems(tmp_path, a=f"{TIERS}  role_defaults: {{a: slow}}\n---\n{RULES}") == [
        "unknown-tier: unknown tier `slow`",
        "documents: the sections of a file must be in one document, and line 1 already has one",
    ]


def test_a_file_is_a_mapping(tmp_path: Path) -> None:
    """A list or a text in a policy directory is refused."""
    found = problems(tmp_path, a=COMPLETE, b="- a", c="a")
    assert found == [f"type: a policy file is a mapping of sections, not {what}" for what in ("a list", "text")]


def test_an_empty_file(tmp_path: Path) -> None:
    """A file with nothing but comments adds nothing."""
    assert load(tmp_path, a=COMPLETE, b="", c="# later\n").files == 3
