"""The `resolver` command: its subcommands, and how library logs are shown."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import click

from resolver.cli.lazy_group import LazyGroup
from resolver.cli.output import (
    CANNOT_WRITE,
    cannot_write,
    echo,
    echo_json,
    echo_note,
    escape_what_cannot_be_encoded,
)
from resolver.diagnostics import Lines, safe_lines, visible

_EPILOG = """\b
Example: make a policy, change it, query it.
  resolver init policies
  $EDITOR policies/model_tiers.yaml
  resolver check
  resolver explain layout worker_a --phase execution

\b
Exit codes: 0 clean, 1 findings (a bad policy), 2 could not run (usage, a missing file),
130 interrupted (Ctrl-C), 141 nothing reads the output any more (`| head`).
"""


_COMMANDS = {
    "resolve": "Print the tier of a triad's role.",
    "explain": "Show which rule decides, and why the others do not.",
    "check": "Check a policy and show every problem.",
    "table": "Show all decisions of a policy.",
    "record": "Report a success or a failure.",
    "state": "Show, lower and restore escalations.",
    "history": "Show past escalations and holds.",
    "providers": "Show the providers of a policy's tiers.",
    "doctor": "Check the setup of a host, and say what to do.",
    "test": "Run the tests of a policy.",
    "diff": "Show which decisions a policy change affects.",
    "replay": "Run recorded outcomes and decisions through a policy.",
    "watch": "Check, test and compare a policy at each save.",
    "init": "Write a policy to start from.",
    "rename": "Rename a role, phase, tier, fact, triad or rule.",
    "schema": "Print the JSON Schema of policy files.",
    "serve": "Answer agents in any language by HTTP.",
    "lsp": "Serve an editor by the Language Server Protocol.",
}
"""Each command with its line of help; its module in `resolver.cli` has the same name."""


_INTERRUPTED = 130
"""The exit code after Ctrl-C, as in shells; 1 would mean findings."""


class _SafeGroup(LazyGroup):
    """A group whose usage errors show what was typed without characters that a terminal or a CI would obey."""

    def main(self, *args: Any, standalone_mode: bool = True, **kwargs: Any) -> Any:
        """Run as click does, and handle write errors of help and usage messages like those of other output."""
        if not standalone_mode:
            return super().main(*args, standalone_mode=False, **kwargs)  # type: ignore[call-overload]  # as given
        escape_what_cannot_be_encoded()
        if "_RESOLVER_COMPLETE" in os.environ:
            from resolver.cli.shells import register  # noqa: PLC0415  only a shell asks for completions

            register()
        try:
            code = _exit_code(partial(super().main, *args, standalone_mode=False, **kwargs))
        except OSError as error:
            code = cannot_write(error)
        raise SystemExit(code)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Make the context as click does."""
        with _visible_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Invoke the subcommand as click does."""
        with _visible_errors():
            return super().invoke(ctx)


def _exit_code(run: Callable[[], Any]) -> int:
    """Return the exit code of a run of click, with its errors shown on stderr."""
    try:
        code = run()
    except click.Abort:
        echo("Aborted!", err=True)
        return _INTERRUPTED
    except click.ClickException as error:
        try:
            error.show()
        except OSError as failure:
            cannot_write(failure, err=True)
        return error.exit_code
    if not isinstance(code, int):
        return 0
    return CANNOT_WRITE if sys.stdout is None else code  # click has printed help, or would have


@contextmanager
def _visible_errors() -> Iterator[None]:
    try:
        yield
    except click.ClickException as error:
        setattr(error, "message", safe_lines(visible(error.message)))  # noqa: B010  mypy takes it for final
        raise
    except BrokenPipeError as error:  # of help, for which click would exit with 1
        raise SystemExit(cannot_write(error)) from None


@click.group(
    cls=_SafeGroup,
    lazy=_COMMANDS,
    package="resolver.cli",
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="tier-resolver", message="%(prog)s %(version)s")
@click.option("--log-json", is_flag=True, help="Print notes on stderr as JSON Lines; same as RESOLVER_LOG=json.")
def main(*, log_json: bool) -> None:
    """Decide on which model tier each agent of a multi-agent system runs.

    A policy is a directory of YAML files: ./policies, or the one that --policies names. Without one, check, diff,
    rename, replay, test and watch refuse to run; commands that only read use the shipped policy, and say so.
    """
    wanted = os.environ.get("RESOLVER_LOG", "")
    if wanted not in ("", "json", "text"):
        raise click.UsageError(f"RESOLVER_LOG is `json` or `text`, not `{wanted}`")
    context = click.get_current_context()
    log, kind = logging.getLogger("resolver"), _JsonNotes if log_json or wanted == "json" else _Notes
    if context.invoked_subcommand == "serve":  # it runs for long, and its notes are all that its operator sees
        notes, before = kind(logging.INFO), log.level
        log.setLevel(logging.INFO)
        context.call_on_close(lambda: log.setLevel(before))
    else:
        notes = kind(logging.WARNING)
        notes.addFilter(lambda record: record.name != "resolver.policy")  # `check` shows these in more detail
    log.addHandler(notes)
    context.call_on_close(lambda: log.removeHandler(notes))


class _Notes(logging.Handler):
    """Prints the library's log records as notes on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        echo_note(Lines(_message(record)))


class _JsonNotes(_Notes):
    """Prints the library's log records as JSON Lines on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        time = datetime.fromtimestamp(record.created, UTC).isoformat()
        line = {"time": time, "level": record.levelname.lower(), "logger": record.name, "message": _message(record)}
        echo_json(line, indent=None, err=True)


def _message(record: logging.LogRecord) -> str:
    """Return a record's message, with the traceback of a defect, which the library's filter has made safe to show."""
    return f"{record.getMessage()}\n{record.exc_text}" if record.exc_text else record.getMessage()
