"""`resolver watch`: check, test and compare a policy at each save."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from time import sleep

import click

from resolver.author import Side, compare, coverage, read_all_cases, run_case
from resolver.cli import options
from resolver.cli.diff_output import as_text
from resolver.cli.interrupts import remembered
from resolver.cli.output import echo, echo_error, show_diagnostics, style
from resolver.cli.policy_place import own_policy
from resolver.diagnostics import Diagnostic, PolicyError, ResolverError
from resolver.loader import policy_files
from resolver.serving import load_and_prove
from resolver.table import DecisionTable

_SETTLED = 150
"""Milliseconds without another change after which a save is complete."""


@click.command(
    epilog="""\b
Example: in a terminal beside the editor.
  $ resolver watch policies
""",
)
@options.policy
@options.report_errors
def watch(*, policies: Path | None) -> None:
    """Check and test a policy whenever one of its files is saved, and compare it with the last good state.

    A state is good if the policy loads and its tests pass. Ctrl-C ends the command.
    """
    path = own_policy(policies)
    policy_files(path)  # raises what is wrong
    good: DecisionTable | None = None
    begun = False
    with remembered() as is_over:
        for names in _changes(path):
            if is_over():
                break
            if names:
                echo("")
                echo(f"{style(f'{datetime.now():%H:%M:%S}', 'dim')} {', '.join(names)}")
            if names or not begun:
                good, begun = _round(path, good), True
    echo("")


def _changes(path: Path) -> Generator[list[str]]:
    """Yield the names of a policy's files, or of its tests, that were saved together.

    The first value is empty: later saves are seen from then on. The value is also empty when nothing was saved for a
    while. A directory that disappears, or replaces the watched one, counts as saved and is watched from then on.
    """
    try:
        from watchfiles import watch as watched  # noqa: PLC0415  an extra
    except ImportError:
        options.fail("`resolver watch` needs watchfiles; `pip install 'tier-resolver[watch]'` has it")
    is_folder = path.is_dir()
    folder = path if is_folder else path.parent
    news: list[str] = []
    is_gone = False
    while True:
        with _held(folder) as is_same:
            if is_same is None:  # between one directory and the next of this name
                yield [] if is_gone else [path.name]
                is_gone = True
                sleep(_SETTLED / 1_000)
                continue
            is_gone = False
            where = folder.resolve()

            def counts(_change: object, name: str, where: Path = where) -> bool:
                file = Path(name)
                if file.suffix not in (".yaml", ".yml") or file.name.startswith("."):
                    return False
                return file.parent == where and (is_folder or file.stem.removesuffix("_test") == path.stem)

            saves = watched(
                folder,
                watch_filter=counts,
                debounce=2_000,
                step=_SETTLED,
                rust_timeout=_SETTLED,
                yield_on_timeout=True,
                raise_interrupt=True,
                recursive=False,
            )
            with suppress(FileNotFoundError), closing(saves):
                for changes in saves:
                    yield sorted({*news, *(Path(name).name for _, name in changes)})
                    news = []
                    if not is_same():
                        break
        news = [path.name]


@contextmanager
def _held(folder: Path) -> Iterator[Callable[[], bool] | None]:
    """Yield a function that returns whether the name still leads to the same directory; None if there is no directory.

    The directory is kept open meanwhile, so that no other directory can get its inode.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield None
        return

    def is_same() -> bool:
        try:
            return os.path.samestat(os.fstat(handle), folder.stat())
        except OSError:
            return False

    try:
        yield is_same
    finally:
        os.close(handle)


def _round(path: Path, good: DecisionTable | None) -> DecisionTable | None:
    """Check, test and compare once, and return the last good state."""
    warnings: list[Diagnostic] = []
    try:
        table = load_and_prove(path)
        cases = read_all_cases(path, table.policy, warnings)
    except PolicyError as error:
        show_diagnostics(error.diagnostics, "text")
        return good
    except ResolverError as error:  # between two saves a file may be missing for a moment
        echo_error(str(error))
        return good
    results = [run_case(table, case) for case in cases]
    failures: list[Diagnostic] = [result.failure for result in results if result.failure is not None]
    diagnostics = [*table.policy.warnings, *warnings, *failures]
    if diagnostics:
        show_diagnostics(diagnostics, "text")
    if good is not None:
        before, after = Side("the last good state", good), Side(str(path), table)
        echo(as_text(before, after, compare(good, table)))
    if failures:
        echo(f"{style(f'{len(failures)} failed of', 'error')} {len(results)} cases")
        return good
    percent = f", coverage {coverage(table, results).percent:.0f} %" if results else ""
    echo(f"{style('good:', 'good')} {len(results)} cases{percent}, revision {table.policy.revision}")
    return table
