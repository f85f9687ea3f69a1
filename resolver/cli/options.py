"""Options, exit codes and error handling that several subcommands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar

import click
from click.core import ParameterSource

from resolver.cli.output import echo_error, echo_json, echo_note, show_diagnostics
from resolver.diagnostics import InputError, Lines, PolicyError, ResolverError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from resolver.domain import Fact, Policy, Value

FINDINGS = 1
COULD_NOT_RUN = 2


class Named(click.Path):
    """A path that is not empty: an empty one would silently be the current directory."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path, as click does."""
        if value == "":
            self.fail("it is empty; write `.` for the current directory", param, ctx)
        return super().convert(value, param, ctx)


def not_empty(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the value of an argument or option; a usage error if it is given and empty."""
    if value == "" and ctx.get_parameter_source(str(param.name)) is ParameterSource.COMMANDLINE:  # not of a variable
        raise click.BadParameter("it is empty", ctx, param)
    return value or None


P = ParamSpec("P")
R = TypeVar("R")

policies = click.option(
    "--policies",
    type=Named(path_type=Path),
    metavar="PATH",
    help="A policy directory, or an application's single YAML file; default: ./policies.",
)
state = click.option(
    "--state",
    "state_url",
    envvar="RESOLVER_STATE",
    callback=not_empty,
    metavar="URL",
    help="URL of the database that hosts share; default RESOLVER_STATE, where a password is safer.",
)


def policy(command: Callable[..., R]) -> Callable[..., R]:
    """Add an optional argument PATH beside `--policies`; the command receives either as `policies`."""

    @click.argument("path", required=False, type=Named(path_type=Path))
    @policies
    @wraps(command)
    def run(*args: Any, path: Path | None, **kwargs: Any) -> R:
        if path is not None:
            if kwargs["policies"] is not None:
                raise click.UsageError("give the policy once: as an argument, or with --policies")
            kwargs["policies"] = path
        return command(*args, **kwargs)

    return run


def completed(name: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """Return the completion `name` of `resolver.cli.completion`, which is imported only when a shell asks."""

    def complete(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
        from resolver.cli import completion  # noqa: PLC0415  only a shell needs it

        found: list[CompletionItem] = getattr(completion, name)(context, parameter, typed)
        return found

    return complete


triad_argument = click.argument("triad", shell_complete=completed("triads"))
role_argument = click.argument("role", shell_complete=completed("roles"))
only_triad = click.option("--triad", metavar="TRIAD", shell_complete=completed("triads"), help="Only this triad.")
phase = click.option(
    "--phase",
    metavar="PHASE",
    shell_complete=completed("phases"),
    help="The phase of the request; default: no phase.",
)
fact = click.option(
    "--fact",
    "facts",
    multiple=True,
    metavar="NAME=VALUE",
    shell_complete=completed("facts"),
    help="A fact that the policy declares; can be repeated.",
)

html = click.option(
    "--html",
    type=Named(path_type=Path),
    metavar="FILE",
    help="Also write an HTML page with the decision table as a heat map.",
)


def output_format(*names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return the option `--format` with these choices; the first is the default."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(names),
        default=names[0],
        show_default=True,
        help="How to print the result.",
    )


def report_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the errors of this package into messages and exit codes."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except PolicyError as error:
            show_diagnostics(error.diagnostics, str(kwargs.get("output_format", "text")), err=True)
            raise SystemExit(COULD_NOT_RUN if isinstance(error, InputError) else FINDINGS) from error
        except ResolverError as error:
            fail(next((text for text in error.args[:1] if isinstance(text, Lines)), str(error)))

    return run


def fail(message: str) -> NoReturn:
    """Print on stderr why the command could not run, and exit."""
    echo_error(message)
    raise SystemExit(COULD_NOT_RUN)


def given_facts(declared: Mapping[str, Fact], written: tuple[str, ...]) -> dict[str, Value]:
    """Return the facts of `--fact NAME=VALUE` options."""
    if not written:
        return {}
    from resolver.facade.written_facts import written_facts  # noqa: PLC0415  only a command with --fact needs it

    return written_facts(declared, written)


def warn_of_names(policy: Policy, **names: str | None) -> None:
    """Print a note on stderr about each name that is probably a mistake, such as `role="criticc"`."""
    from resolver.loader.listed_names import listed_names  # noqa: PLC0415  help needs no loader

    listed = listed_names(policy)
    for what, name in names.items():
        if (problem := listed.problem(what, name)) is not None:
            echo_note(f"{problem.message}; {problem.help}")


def print_json(value: Any) -> None:
    """Print a value as JSON, for programs."""
    echo_json(value)
