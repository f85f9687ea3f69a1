"""Every code of a diagnostic has a page, and the examples of a page do what the page says.

`UPDATE_GOLDEN=1 pytest tests/cli/test_check_pages.py` rewrites the messages in the pages: read what changed before you
commit it.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import resolver
from resolver.cli import main
from resolver.loader import shipped_policy

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted((ROOT / "docs" / "checks").glob("*.md"))
SECTIONS = ["## Avoid", "## Prefer", "## Why"]
EXAMPLE = re.compile(r"^```(yaml|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MESSAGE = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# (\S+)\n")
"""An example that starts with the name of its file; all others are an application's single file."""
LOCAL = re.compile(r"(?!/)\S+:\d+:\d+: (?:error|warning)\[")
"""A message about a file below the working directory, which the shipped policy is not."""
LINTS = {"needless-ignore", "no-because", "same-model"}
"""Codes that only `--strict` shows."""
SUMMARY = re.compile(r"^\d+ (?:error|warning)s?\b", re.MULTILINE)
CODE_IN_SOURCE = re.compile(
    r'(?:problems\.add|self\.add|Diagnostic|refused|Found|_Problem|_warning|_warn|_add)\(\s*"([a-z-]+)"'
    r'|code="([a-z-]+)"|"([a-z-]+)": f?"no rule of'
)


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    """`resolver check --explain` knows all codes that a diagnostic can have, and no others."""
    files = [file for room in ("author", "loader", "prover", "table", "yaml_text") for file in _sources(room)]
    matches = [match for file in files for match in CODE_IN_SOURCE.findall(file.read_text(encoding="utf-8"))]
    assert {code for groups in matches for code in groups if code} == {page.stem for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_a_mistake_its_message_and_the_remedy(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first example gets exactly the message that the page shows, and the second one gets no message."""
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    title = re.match(rf"# {page.stem} \((error|warning)\)\n\n\S", text)
    assert title, "the title has the code and its level"
    assert [line for line in text.splitlines() if line.startswith("## ")] == SECTIONS
    bad, good = EXAMPLE.findall(text)
    encoding = "latin-1" if page.stem == "encoding" else "utf-8"
    strict = ["--strict"] if page.stem in LINTS else []
    said, exit_code = _run(Path("bad"), bad, encoding, strict)
    message = said[: match.start()] if (match := SUMMARY.search(said)) else said
    if os.environ.get("UPDATE_GOLDEN"):
        text = MESSAGE.sub(lambda _: f"```text\n{message}```", text, count=1)
        page.write_text(text, encoding="utf-8", newline="\n")
    assert MESSAGE.findall(text) == [message]
    assert set(re.findall(r"((?:error|warning)\[[a-z-]+\])", message)) == {f"{title[1]}[{page.stem}]"}
    warns = title[1] == "warning" and page.stem not in LINTS
    assert exit_code == (0 if warns else 2 if bad[0] == "json" else 1)
    said, exit_code = _run(Path("good"), good, "utf-8", strict)
    assert not [line for line in said.splitlines() if LOCAL.match(line)], (
        "rows of the shipped policy may be without effect"
    )
    assert exit_code == 0


def _run(folder: Path, block: tuple[str, str], encoding: str, strict: list[str]) -> tuple[str, int]:
    """Write an example into a file in `folder`, and return what the command about such files prints."""
    language, example = block
    named = NAMED.match(example)
    file = Path(named[1] if named else f"example.{'yaml' if language == 'yaml' else 'jsonl'}")
    folder.mkdir()
    os.chdir(folder)
    if language == "json" or file.parts[0] == "policies":
        shutil.copytree(shipped_policy(), "policies")
    file.parent.mkdir(exist_ok=True)
    file.write_text(example, encoding=encoding, newline="\n")
    if language == "json":
        command = ["replay", str(file)]
    elif file.stem.endswith("_test"):
        command = ["test", "--filter", "workers"] if "workers" in file.stem else ["test"]
    else:
        command = ["check", "--policies", file.parts[0], *strict]
    result = CliRunner().invoke(main, command)
    os.chdir("..")
    return result.output, result.exit_code


def _sources(room: str) -> list[Path]:
    return sorted((Path(resolver.__file__).parent / room).rglob("*.py"))
