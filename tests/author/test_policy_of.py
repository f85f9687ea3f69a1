"""The policy that a file of an editor belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.author import policy_of

FOLDER, FILE = "folder", "file"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.yaml", "model_tiers: {}\n", FOLDER),
        ("a.yml", "# note\nrulesets:\n  tier: {}\nfacts:\n", FOLDER),
        ("a.yaml", '{"rulesets": {"tier": {}}}', FOLDER),
        ("a.yaml", "\ufeff---\n# note\n{ model_tiers: {\n", FOLDER),
        ("a.yaml", "name: app\nmodel_tiers:\n  tiers: {\n", FILE),
        ("a.yaml", "config:\n  model_tiers:\n", FILE),
        ("a.yaml", '{"config": {"model_tiers": {}}}', FILE),
        ("a.yaml", "config: {name: app}\n", None),
        ("a.yaml", "services:\n  db: {}\n", None),
        ("a.yaml", "facts: {}\n", None),
        ("a.yaml", "", None),
        ("a.yaml", "[", None),
        ("a.txt", "model_tiers: {}\n", None),
        ("a_test.yaml", "tests: {}\n", None),
    ],
)
def test_text_tells_the_policy_that_it_is_part_of(name: str, text: str, expected: str | None, tmp_path: Path) -> None:
    """A file with nothing but sections is part of its directory, one with more holds a policy of its own."""
    file = tmp_path / name
    assert policy_of(file, text) == {FOLDER: tmp_path, FILE: file, None: None}[expected]


@pytest.mark.parametrize("name", ["new.yaml", "a_test.yaml"])
@pytest.mark.parametrize("text", ["", "model_tier:\n", "role_defaults: {}\n", "[", "tests: {}\n"])
def test_each_file_of_a_policy_directory_is_part_of_it(name: str, text: str, tmp_path: Path) -> None:
    """Beside a file of a policy, an empty file, one with a typo and one of tests are part of the policy, too."""
    (tmp_path / "tiers.yaml").write_text("model_tiers: {}\n")
    assert policy_of(tmp_path / name, text) == tmp_path


def test_tests_beside_a_single_file_are_about_it(tmp_path: Path) -> None:
    """`NAME_test.yaml` belongs to `NAME.yaml`."""
    (tmp_path / "app.yaml").write_text("config:\n  model_tiers:\n")
    assert policy_of(tmp_path / "app_test.yaml", "tests: {}\n") == tmp_path / "app.yaml"


def test_tests_in_a_policy_directory_are_about_all_of_it(tmp_path: Path) -> None:
    """`NAME.yaml` beside `NAME_test.yaml` is one of its files, and no policy of its own."""
    (tmp_path / "rules.yaml").write_text("rulesets: {}\n")
    assert policy_of(tmp_path / "rules_test.yaml", "tests: {}\n") == tmp_path


def test_file_that_commands_do_not_read_is_no_part(tmp_path: Path) -> None:
    """Hidden files, such as copies that editors make, and suffixes in upper case are left alone."""
    (tmp_path / "rules.yaml").write_text("rulesets: {}\n")
    for name in (".rules.yaml", "RULES.YAML", ".rules_test.yaml"):
        assert policy_of(tmp_path / name, "rulesets: {}\n") is None
