"""What the documents show is what the program does."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from resolver.cli import main
from resolver.loader import shipped_policy

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SECONDS = re.compile(r"\b\d+ ms\b")


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def _sessions(text: str) -> list[tuple[str, str]]:
    """Return the commands of all console blocks with the output that is shown for each."""
    shown = []
    for block in _blocks(text, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            shown.append((command, output.rstrip("\n")))
    return shown


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_of_a_document_prints_what_it_shows(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The console blocks of a document are one session, in a directory with the shipped policy in `policies/`."""
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    monkeypatch.chdir(tmp_path)
    for command, output in _sessions(document.read_text(encoding="utf-8")):
        assert SECONDS.sub("N ms", _run(command)) == SECONDS.sub("N ms", output), command


def _run(command: str) -> str:
    """Run `resolver …`, an example, or the one `sed -i 's/old/new/' FILE` that a document uses to edit a file."""
    words = shlex.split(command)
    if words[0] == "python":
        example = [sys.executable, str(ROOT / words[1]), *words[2:]]
        return subprocess.run(example, capture_output=True, text=True, check=True).stdout.rstrip("\n")
    if words[:2] == ["sed", "-i"]:
        _, old, new, _ = words[2].split("/")
        path = Path(words[3])
        text = path.read_text(encoding="utf-8")
        assert old in text, command
        path.write_text(text.replace(old, new), encoding="utf-8")
        return ""
    assert words[0] == "resolver", command
    return CliRunner().invoke(main, words[1:], prog_name="resolver", terminal_width=80).output.rstrip("\n")


def test_ci_runs_the_test_command_of_the_readme() -> None:
    """`.ci/run` has the README's second command, word for word."""
    _, test_command = _blocks((ROOT / "README.md").read_text(encoding="utf-8"), "sh")[:2]
    assert test_command in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_first_page_installs_as_the_readme_does() -> None:
    """The flags of the README's command are those of the first page, which adds the extra that agents need."""
    [start] = _blocks((ROOT / "docs" / "index.md").read_text(encoding="utf-8"), "sh")
    readme = _blocks((ROOT / "README.md").read_text(encoding="utf-8"), "sh")[0]
    install = shlex.split(readme.partition("&& ")[2].partition(" && ")[0])
    settings = [word for word in install if "=" in word]
    assert [word for line in start.splitlines() if line.startswith("export ") for word in line.split()[1:]] == settings
    assert "pip install --no-cache-dir '.[agents]'" in start


def test_every_link_of_a_document_leads_to_a_file() -> None:
    """No document links to a file that is not there."""
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (document.parent / target).exists(), f"{document.name}: {target}"


@pytest.mark.parametrize(("kind", "file"), [("policy", "policy.schema.json"), ("test", "policy_test.schema.json")])
def test_the_schema_beside_the_shipped_policy_is_the_one_that_the_command_prints(kind: str, file: str) -> None:
    """`policies/policy.schema.json` is written by `resolver schema`, and that of tests by `resolver schema test`."""
    written = (shipped_policy() / file).read_text(encoding="utf-8")
    assert CliRunner().invoke(main, ["schema", kind]).output == written


def test_every_policy_file_names_the_schema() -> None:
    """An editor finds the schema of a shipped file in its first line."""
    for file in shipped_policy().glob("*.yaml"):
        first = file.read_text(encoding="utf-8").splitlines()[0]
        kind = "policy_test" if file.stem.endswith("_test") else "policy"
        assert first == f"# yaml-language-server: $schema={kind}.schema.json"
