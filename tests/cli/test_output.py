"""Columns on a terminal: nothing is lost for want of room."""

from __future__ import annotations

import io
import re
import sys
from importlib.metadata import version

import pytest
from click.testing import CliRunner

from resolver.cli import main
from resolver.cli.output import columns, show_diagnostics
from resolver.diagnostics import Diagnostic, Source, legible


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [20, 40])
@pytest.mark.parametrize("indent", [0, 2])
def test_narrow_columns_fold(width: int, indent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every letter of every cell is there, in its column, and no line is wider than the terminal."""
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    rows = [["orchestrator_of_everything", "reasoning"], ["b", "not_the_models_fault"]]
    lines = columns(rows, indent=indent).splitlines()
    assert all(len(line) <= width and line.startswith(" " * indent) for line in lines), lines
    assert "…" not in "".join(lines)
    assert sorted("".join("".join(lines).split())) == sorted("".join(cell for row in rows for cell in row))


@pytest.mark.parametrize(("width", "is_terminal"), [(80, True), (40, True), (80, False)])
def test_an_excerpt_is_cut_to_the_terminal(width: int, is_terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caret stands under its place, on a line that does not wrap; a file or a pipe has no width."""
    stream = Terminal() if is_terminal else io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    source = Source("a.yaml", "x" * 90 + "HERE" + "y" * 30)
    show_diagnostics([Diagnostic("type", "a message", source.place(90, 94))], "text")
    _, line, carets, *_ = stream.getvalue().splitlines()
    assert line[carets.index("^") : carets.rindex("^") + 1] == "HERE"
    assert (len(line) <= width) == is_terminal


def test_elsewhere_lines_are_as_long_as_they_must_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file or a pipe has no width."""
    monkeypatch.setenv("COLUMNS", "10")
    assert columns([["orchestrator", "reasoning"]], indent=2) == "  orchestrator  reasoning"


def test_version_is_that_of_the_installed_distribution() -> None:
    """`resolver --version` says which version a bug report is about."""
    result = CliRunner().invoke(main, ["--version"], prog_name="resolver")
    assert (result.exit_code, result.output) == (0, f"resolver {version('tier-resolver')}\n")


@pytest.mark.parametrize("name", ["##[error]x", "##vso[x]", "::error::x", "a\n::error::x", "a\x1b[31m"])
def test_an_annotation_has_no_command_in_its_text(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An agent of Azure Pipelines looks for `##[` and `##vso[` anywhere in a line."""
    source = Source(f"{name}.yaml", "x: 1")
    show_diagnostics([Diagnostic("type", f"`{legible(name)}` is odd", source.place(0, 1))], "github")
    printed = capsys.readouterr().out
    assert printed.startswith("::error file=")
    assert re.search(r"(?m)##\[|##vso\[|^::error::|\x1b", printed) is None
    assert printed.count("\n") == 1
