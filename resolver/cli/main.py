"""The `resolver` command: its subcommands, and how library logs are shown."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click

from resolver.cli.check import check
from resolver.cli.diff import diff
from resolver.cli.doctor import doctor
from resolver.cli.explain import explain
from resolver.cli.history import history
from resolver.cli.init import init
from resolver.cli.output import echo_json, echo_note
from resolver.cli.providers import providers
from resolver.cli.record import record
from resolver.cli.replay import replay
from resolver.cli.resolve import resolve
from resolver.cli.schema import schema
from resolver.cli.state import state
from resolver.cli.state_status import status
from resolver.cli.table import table
from resolver.cli.test import test
from resolver.cli.watch import watch
from resolver.diagnostics import Lines, safe_lines, visible

_EPILOG = """\b
Example: make a policy, change it, ask it.
  resolver init policies
  $EDITOR policies/model_tiers.yaml
  resolver check
  resolver explain layout worker_a --phase execution

\b
Exit codes: 0 clean, 1 findings (a bad policy), 2 could not run (usage, a missing file).
"""


class _SafeGroup(click.Group):
    """A group whose usage errors show what was typed without characters that a terminal or a CI would obey."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Make the context as click does."""
        with _visible_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Invoke the subcommand as click does."""
        with _visible_errors():
            return super().invoke(ctx)


@contextmanager
def _visible_errors() -> Iterator[None]:
    try:
        yield
    except click.ClickException as error:
        setattr(error, "message", safe_lines(visible(error.message)))  # noqa: B010  mypy takes it for final
        raise


@click.group(
    cls=_SafeGroup, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="tier-resolver", message="%(prog)s %(version)s")
@click.option("--log-json", is_flag=True, help="Print notes on stderr as JSON Lines; same as RESOLVER_LOG=json.")
def main(*, log_json: bool) -> None:
    """Decide on which model tier each agent of a multi-agent system runs.

    A policy is a directory of YAML files. Without --policies it is ./policies if that exists, else the shipped policy.
    """
    wanted = os.environ.get("RESOLVER_LOG", "")
    if wanted not in ("", "json", "text"):
        raise click.UsageError(f"RESOLVER_LOG is `json` or `text`, not `{wanted}`")
    log, notes = logging.getLogger("resolver"), _Notes(logging.WARNING)
    if log_json or wanted == "json":
        notes = _JsonNotes(logging.WARNING)
    notes.addFilter(lambda record: record.name != "resolver.policy")  # `check` shows these in more detail
    log.addHandler(notes)
    click.get_current_context().call_on_close(lambda: log.removeHandler(notes))


class _Notes(logging.Handler):
    """Prints the library's log records as notes on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        echo_note(Lines(record.getMessage()))


class _JsonNotes(_Notes):
    """Prints the library's log records as JSON Lines on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        time = datetime.fromtimestamp(record.created, UTC).isoformat()
        line = {"time": time, "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        echo_json(line, indent=None, err=True)


for _command in (
    resolve,
    explain,
    check,
    table,
    record,
    state,
    history,
    providers,
    doctor,
    test,
    diff,
    replay,
    watch,
    init,
    schema,
):
    main.add_command(_command)
state.add_command(status)
