"""The option `--fix` of `resolver check`: fixes what has one right answer, after showing the difference."""

from __future__ import annotations

import sys
from pathlib import Path
from time import monotonic

from resolver.author import Fix, PolicyFiles, Repair, findings, repair
from resolver.cli import options
from resolver.cli.output import confirm, echo, echo_note
from resolver.cli.shown_edits import diff_of, show_diff
from resolver.diagnostics import InputError
from resolver.loader import is_packaged
from resolver.state import NewContent, replace_all

_MOST_SECONDS = 60.0
"""Seconds after which no more fixes are looked for; those that were found are applied."""


def apply_fixes(path: Path, *, is_unsafe: bool, is_strict: bool, yes: bool, output_format: str) -> tuple[Fix, ...]:
    """Replace a policy's files by fixed ones, after showing the difference; return the fixes.

    On a terminal, it asks before it replaces them.

    Args:
        path: The policy.
        is_unsafe: Whether to apply fixes that may change the meaning of a policy that loads.
        is_strict: Whether to fix lints, too.
        yes: Whether not to ask.
        output_format: The format of the command's result; the difference goes to stderr unless that is text.

    Raises:
        ResolverError: A file cannot be replaced; nothing was changed.
    """
    if is_packaged(path):
        options.fail(f"the shipped policy `{path}` is read-only; `resolver init DIR` makes one that is yours")
    try:
        files = PolicyFiles(path)
    except InputError:  # a file is no text, which the check itself reports
        return ()
    before = findings(files.texts)
    end = monotonic() + _MOST_SECONDS
    fixed = repair(files.texts, is_unsafe=is_unsafe, is_strict=is_strict, is_stopped=lambda: monotonic() > end)
    sources = {each.place.source.path: each.place.source for each in before.diagnostics}
    shown = {file: source for file, source in sources.items() if file is not None}
    is_text = output_format == "text"
    if fixed.edits:
        show_diff(diff_of(fixed.edits, files.texts.texts, shown), err=not is_text)
        if not yes and _is_terminal() and not confirm(f"Fix {_problems(fixed)}?"):
            echo_note("nothing was changed")
            return ()
        replace_all({file: NewContent(*content) for file, content in files.changed(fixed.edits).items()})
        echo(f"fixed {_problems(fixed)}", err=not is_text)
    if fixed.left_out:
        fixes = (
            "1 more problem has a fix that"
            if fixed.left_out == 1
            else f"{fixed.left_out:,} more problems have a fix that"
        )
        echo_note(f"{fixes} may change what the policy decides; --unsafe applies it, too")
    return fixed.fixes


def _is_terminal() -> bool:
    """Return whether there is a person to ask."""
    return sys.stdin is not None and sys.stdin.isatty()


def _problems(fixed: Repair) -> str:
    count, files = len(fixed.fixes), len(fixed.edits)
    problems = f"{count:,} {'problem' if count == 1 else 'problems'}"
    return f"{problems} in {files:,} {'file' if files == 1 else 'files'}"
