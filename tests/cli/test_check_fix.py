"""`resolver check --fix` asks on a terminal, and keeps all of a file that it need not change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from resolver.cli import check_fix, main
from resolver.loader import shipped_policy


@pytest.fixture
def tiers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of tiers of a policy with a misspelled tier, in the working directory."""
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "policies" / "model_tiers.yaml"
    file.write_bytes(file.read_bytes().replace(b"critic: general", b"critic: genral"))
    return file


def run(*arguments: str, answer: str = "") -> Result:
    """Run the command with an answer to its question."""
    return CliRunner().invoke(main, ["check", "--fix", *arguments], input=answer)


@pytest.mark.parametrize(("answer", "is_fixed"), [("y\n", True), ("n\n", False), ("", False)])
def test_terminal_is_asked(tiers: Path, monkeypatch: pytest.MonkeyPatch, answer: str, is_fixed: bool) -> None:
    """Without a yes, nothing changes, and the problems are shown."""
    monkeypatch.setattr(check_fix, "_is_terminal", lambda: True)
    before = tiers.read_bytes()
    result = run(answer=answer)
    assert "Fix 1 problem in 1 file?" in result.output
    assert result.exit_code == (0 if is_fixed else 1)
    assert (tiers.read_bytes() == before) is not is_fixed
    assert ("nothing was changed" in result.output) is not is_fixed


def test_terminal_is_not_asked_with_yes(tiers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option --yes answers the question."""
    monkeypatch.setattr(check_fix, "_is_terminal", lambda: True)
    result = run("--yes")
    assert result.exit_code == 0
    assert b"critic: general" in tiers.read_bytes()


def test_file_keeps_its_mark_line_ends_and_mode(tiers: Path) -> None:
    """Only the wrong word changes."""
    content = b"\xef\xbb\xbf" + tiers.read_bytes().replace(b"\n", b"\r\n")
    tiers.write_bytes(content)
    tiers.chmod(0o640)
    assert run().exit_code == 0
    assert tiers.read_bytes() == content.replace(b"genral", b"general")
    assert tiers.stat().st_mode & 0o777 == 0o640


def test_single_file_of_an_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the policy's sections are fixed; a file of tests beside it is not touched."""
    monkeypatch.chdir(tmp_path)
    file, tests = tmp_path / "config.yaml", tmp_path / "config_test.yaml"
    file.write_text("name: genral\nmodel_tiers:\n  role_defaults: {critic: genral}\n")
    tests.write_text("tests:\n  a: {role: critic, expect: {teir: general}}\n")
    assert run("config.yaml").exit_code == 0
    assert file.read_text() == "name: genral\nmodel_tiers:\n  role_defaults: {critic: general}\n"
    assert "teir" in tests.read_text()


def test_shipped_policy_is_not_fixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy inside of the package is read-only."""
    monkeypatch.setattr(check_fix, "is_packaged", lambda path: True)
    result = run("--policies", str(shipped_policy()))
    assert result.exit_code == 2
    assert "read-only" in result.output


def test_file_that_cannot_be_replaced(tiers: Path) -> None:
    """Nothing is changed, and the command says that it could not run."""
    link = tiers.with_name("linked")
    link.hardlink_to(tiers)
    result = run()
    assert result.exit_code == 2
    assert "nothing was changed" in result.output
    assert b"genral" in tiers.read_bytes()
