"""Files that look like a part of a policy directory and are not read are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.diagnostics import PolicyError, ResolverError
from resolver.loader import load_policy, shipped_policy
from resolver.loader.files import named_as_test
from tests.loader.texts import COMPLETE, RULES, TIERS, write


def _warnings(folder: Path) -> list[tuple[str, str, str]]:
    found = load_policy(folder).warnings
    return [(Path(one.place.source.name).name, one.code, f"{one.message}; {one.help}") for one in found]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("tiers.yaml.txt", TIERS, ["ends in `.txt`", "rename it to `tiers.yaml`"]),
        ("tiers.yml.disabled", TIERS, ["ends in `.disabled`", "rename it to `tiers.yml`"]),
        ("tiers.YAML.txt", TIERS, ["ends in `.txt`"]),
        ("tiers.yaml (copy)", TIERS, ["is not part of the policy"]),
        ("tiers.ymal", TIERS, ["ends in `.ymal`", "rename it to `tiers.yaml`"]),
        ("tiers.yam", TIERS, ["ends in `.yam`"]),
        ("rules_test.yaml", RULES, ["`rulesets` in `rules_test.yaml` is not read"]),
        ("rules_test.yaml", f"tests: {{}}\n{RULES}", ["`rulesets` in `rules_test.yaml` is not read"]),
        ("rules_test.yml", "", ["`rules_test.yml` has no tests", "write `tests:`"]),
        ("rules_test.yaml", "# tests: later\n", ["`rules_test.yaml` has no tests"]),
        ("later.yaml", "", ["`later.yaml` is empty"]),
        ("later.yaml", "# nothing yet\n---\n{}\n", ["`later.yaml` is empty"]),
        ("test_tiers.yaml", "", ["`test_tiers.yaml` is empty", "a file of tests is named `tiers_test.yaml`"]),
        ("old/tiers.yaml", TIERS, ["YAML in `old/` is not read: a policy has no subdirectories"]),
    ],
)
def test_a_file_that_is_passed_over_is_named(tmp_path: Path, name: str, text: str, words: list[str]) -> None:
    """The warning says why it is not read, and what to do."""
    write(tmp_path, policy=COMPLETE)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    ((file, code, said),) = _warnings(tmp_path)
    assert (file, code) == (name.partition("/")[0], "not-read")
    assert all(word in said for word in words), said


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("policy_test.yaml", "tests: {a: {role: b, expect: fast}}\n"),
        ("policy_test.yaml", "{tests: {}}\n"),
        ("policy_test.yaml", '\ufeff# yaml-language-server: x\n---\n"tests":\n'),
        *(
            (name, TIERS)
            for name in (
                "a.yaml~",
                "a.yaml.bak",
                "a.yaml.orig",
                ".a.yaml.swp",
                ".a.yaml.txt",
                "a.txt",
                "a.json",
                "README",
            )
        ),
        ("old/README.md", "rulesets:\n"),
        (".git/config.yaml", ""),
        ("config.yaml.resolver.db", ""),
    ],
)
def test_what_is_no_policy_gets_no_warning(tmp_path: Path, name: str, text: str) -> None:
    """Tests, hidden files, and what programs leave behind are expected in a directory."""
    write(tmp_path, policy=COMPLETE)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert _warnings(tmp_path) == []


def test_the_shipped_policy_reads_all_of_its_files() -> None:
    """It has schemas and tests beside it."""
    assert load_policy(shipped_policy()).warnings == ()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("tests.yaml", "policy_test.yaml"),
        ("test.yml", "policy_test.yml"),
        ("test_rules.yaml", "rules_test.yaml"),
        ("rules_tests.yaml", "rules_test.yaml"),
        ("rules.test.yaml", "rules_test.yaml"),
        ("Test-my-rules.yaml", "my_rules_test.yaml"),
        ("rules.yaml", "rules_test.yaml"),
    ],
)
def test_tests_in_a_file_of_the_policy_say_how_files_of_tests_are_named(tmp_path: Path, name: str, meant: str) -> None:
    """Two such files have an error each, and their other sections are read."""
    write(tmp_path, policy=COMPLETE)
    tests = "tests: {a: {role: critic, expect: fast}}\n"
    (tmp_path / name).write_text(tests, encoding="utf-8")
    (tmp_path / "z.yaml").write_text(f"{tests}model_tiers: {{role_defaults: {{critic: fsat}}}}\n", encoding="utf-8")
    assert named_as_test(name) == meant
    with pytest.raises(PolicyError) as caught:
        load_policy(tmp_path)
    first, second, third = caught.value.diagnostics
    assert [one.code for one in (first, second, third)] == ["unknown-key", "unknown-key", "unknown-tier"]
    assert first.help == f"a file of tests has a name that ends in `_test`: rename this one to `{meant}`"


def test_a_directory_without_a_policy_names_what_is_there(tmp_path: Path) -> None:
    """A renamed file, or a policy one level down, may be what was meant."""
    write(tmp_path, a__yaml__txt=COMPLETE, b_test="")
    (tmp_path / "inner").mkdir()
    write(tmp_path / "inner", c=COMPLETE)
    with pytest.raises(ResolverError, match=r"has no `\*\.yaml` file, and `a\.yaml\.txt`.*`inner/` are not read; "):
        load_policy(tmp_path)


def test_a_misnamed_file_has_no_consequences(tmp_path: Path) -> None:
    """What it would define is not missed as well."""
    write(tmp_path, a=RULES.replace("ignore", "ignroe"), tiers__YAML=TIERS)
    with pytest.raises(PolicyError) as caught:
        load_policy(tmp_path)
    assert [one.code for one in caught.value.diagnostics] == ["effect", "suffix"]


def test_many_files_are_listed_in_bounded_time(tmp_path: Path) -> None:
    """Of a very large directory, some files are looked at."""
    write(tmp_path, policy=COMPLETE, **{f"a{number}__yaml__txt": "" for number in range(1_200)})
    assert 0 < len(_warnings(tmp_path)) <= 1_000


@pytest.mark.parametrize(
    ("name", "taken", "help"),
    [
        ("tiers.yaml.txt", "tiers.yaml", "there is already a `tiers.yaml`: move what is in this file there, "),
        ("tiers.ymal", "tiers.yaml", "there is already a `tiers.yaml`: move what is in this file there, "),
        ("rules.YAML", "rules.yaml", "there is already a `rules.yaml`: move what is in this file there, "),
        ("tests.yaml", "policy_test.yaml", "rename this one to `policy_2_test.yaml`"),
        ("test_a.yml", "a_test.yml", "rename this one to `a_2_test.yml`"),
    ],
)
def test_no_help_would_overwrite_a_file(name: str, taken: str, help: str, tmp_path: Path) -> None:
    """The name that a file should have may be taken already."""
    content = "tests: {a: {role: x, expect: fast}}\n" if "test" in name else "facts: {}\n"
    (tmp_path / "policy.yaml").write_text(COMPLETE, encoding="utf-8")
    for file in (name, taken):
        (tmp_path / file).write_text(content, encoding="utf-8")
    try:
        found = load_policy(tmp_path).warnings
    except PolicyError as error:
        found = error.diagnostics
    assert [problem.help for problem in found if problem.place.source.name.endswith(name) and help in problem.help]
