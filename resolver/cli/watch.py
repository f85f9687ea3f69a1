"""`resolver watch`: check, test and compare at each save."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from resolver.author import Side, compare, coverage, files_of_tests, judged, read_cases, run_case
from resolver.cli import options
from resolver.cli.diff_forms import as_text
from resolver.cli.output import echo, echo_error, show_diagnostics, style
from resolver.diagnostics import Diagnostic, PolicyError, ResolverError
from resolver.loader import policy_files
from resolver.table import DecisionTable

_SETTLED = 150
"""Milliseconds without another change after which a save is complete."""


@click.command(
    short_help="Check, test and compare at each save.",
    epilog="""\b
Example: in a window beside the editor.
  $ resolver watch --policies policies
""",
)
@options.policies
@options.guarded
def watch(*, policies: Path | None) -> None:
    """Check and test a policy whenever one of its files is saved, and show what differs from the last good state.

    A state is good if the policy loads and its tests pass. Ctrl-C ends it.
    """
    path = options.policy_path(policies)
    policy_files(path)  # says what is wrong
    good: DecisionTable | None = None
    begun = False
    try:
        for names in _changes(path):
            if names:
                echo(f"\n{style(f'{datetime.now():%H:%M:%S}', 'dim')} {', '.join(names)}")
            if names or not begun:
                good, begun = _round(path, good), True
    except KeyboardInterrupt:
        pass
    echo("")


def _changes(path: Path) -> Iterator[list[str]]:
    """Yield the names of the files of a policy, or of its tests, that were saved together.

    None at first, once whatever is saved from then on will be seen, and none whenever nothing was saved for a while.
    """
    try:
        from watchfiles import watch as watched  # noqa: PLC0415  an extra
    except ImportError:
        options.fail("`resolver watch` needs watchfiles; `pip install 'resolver[watch]'` has it")
    folder = path if path.is_dir() else path.parent

    def counts(_change: object, name: str) -> bool:
        file = Path(name)
        if file.suffix not in (".yaml", ".yml") or file.name.startswith("."):
            return False
        return file.parent == folder.resolve() and (path.is_dir() or file.stem.removesuffix("_test") == path.stem)

    found = watched(
        folder,
        watch_filter=counts,
        debounce=2_000,
        step=_SETTLED,
        rust_timeout=_SETTLED,
        yield_on_timeout=True,
        raise_interrupt=True,
        recursive=False,
    )
    return (sorted({Path(name).name for _, name in changes}) for changes in found)


def _round(path: Path, good: DecisionTable | None) -> DecisionTable | None:
    """Check, test and compare once, and return the last good state."""
    try:
        table = judged(path)
        cases = [case for file in files_of_tests(path) for case in read_cases(file, table.policy)]
    except PolicyError as error:
        show_diagnostics(error.diagnostics, "text")
        return good
    except ResolverError as error:  # between two saves a file may be gone for a moment
        echo_error(str(error))
        return good
    results = [run_case(table, case) for case in cases]
    failures: list[Diagnostic] = [result.failure for result in results if result.failure is not None]
    found = [*table.policy.warnings, *failures]
    if found:
        show_diagnostics(found, "text")
    if good is not None:
        before, after = Side("the last good state", good), Side(str(path), table)
        echo(as_text(before, after, compare(good, table)))
    if failures:
        echo(f"{style(f'{len(failures)} failed of', 'error')} {len(results)} cases")
        return good
    percent = f", coverage {coverage(table, results).percent:.0f} %" if results else ""
    echo(f"{style('good:', 'good')} {len(results)} cases{percent}, revision {table.policy.revision}")
    return table
