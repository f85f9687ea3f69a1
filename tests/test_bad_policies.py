"""Every way in which a policy can be wrong, and exactly what the author is told.

Each directory of `bad_policies/` is one policy, named after the code that it is about (`<code>` or `<code>-<what>`).
A `config.yaml` is an application's single file, anything else a policy directory. `expected.txt` has the text of the
error, or of the warnings if the policy loads. `UPDATE_GOLDEN=1 pytest tests/test_bad_policies.py` writes these files
anew: read what changed before you commit it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import resolver
from resolver.diagnostics import Level, PolicyError, render_all
from resolver.loader import load_policy
from resolver.table import compile_table

CORPUS = Path(__file__).parent / "bad_policies"
CASES = sorted(path.name for path in CORPUS.iterdir() if path.is_dir())
NOT_STORED = {"too-large"}
"""Codes of policies of many megabytes, which tests/yaml_text/test_documents.py makes."""


def _said_of(case: str) -> str:
    """Return what an author is told of the policy; the working directory is the corpus."""
    single = Path(case) / "config.yaml"
    try:
        policy = load_policy(single if single.exists() else Path(case))
        compile_table(policy)
    except PolicyError as error:
        return f"{error}\n"
    assert policy.warnings, "there is nothing wrong with this policy"
    return f"{render_all(policy.warnings)}\n"


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_an_author_is_told_what_is_wrong(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text of the error is that of `expected.txt`."""
    monkeypatch.chdir(CORPUS)
    expected = CORPUS / case / "expected.txt"
    said = _said_of(case)
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(said, encoding="utf-8", newline="\n")
    assert said == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_a_policy_is_named_after_its_code(case: str) -> None:
    """The name of a directory starts with a code that its `expected.txt` has, or is `several`."""
    codes = _codes_in((CORPUS / case / "expected.txt").read_text(encoding="utf-8"))
    assert any(case == code or case.startswith(f"{code}-") for code in (*codes, "several"))


@pytest.mark.parametrize("case", CASES)
def test_messages_keep_to_the_standard(case: str) -> None:
    """A message is lower case and has no full stop; so has the help, which every diagnostic has."""
    said = (CORPUS / case / "expected.txt").read_text(encoding="utf-8")
    heads = re.findall(rf"^\S.*: (?:{'|'.join(Level)})\[[a-z-]+\]: (.*)$", said, re.MULTILINE)
    helps = re.findall(r"^   help: (.*)$", said, re.MULTILINE)
    assert len(heads) == len(helps) > 0
    for text in (*heads, *helps):
        assert not re.match(r"[A-Z]", text) or text.startswith("YAML")
        assert not text.endswith((".", "!"))


def test_every_code_is_in_the_corpus() -> None:
    """There is a policy for each code that reading YAML, the loader and the table can report."""
    said = "\n".join((CORPUS / case / "expected.txt").read_text(encoding="utf-8") for case in CASES)
    assert _codes_in(said) | NOT_STORED == _codes_in_the_source()


def _codes_in(said: str) -> set[str]:
    return set(re.findall(r"(?:error|warning)\[([a-z-]+)\]", said))


def _codes_in_the_source() -> set[str]:
    package = Path(resolver.__file__).parent
    files = [file for room in ("yaml_text", "loader", "table") for file in (package / room).rglob("*.py")]
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return set(re.findall(r"(?:problems\.add|self\.add|Diagnostic|refused)\(\s*\"([a-z-]+)\"", source))
