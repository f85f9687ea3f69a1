"""`resolver doctor`: check the setup of a host, and say what to do about each problem."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from resolver.author import files_of_tests
from resolver.cli import options
from resolver.cli.output import columns, echo, progress, style
from resolver.cli.policy_place import policy_or_shipped, policy_path
from resolver.diagnostics import Lines, ResolverError, as_lines
from resolver.facade.doctor import Area, Finding, Grade, areas_of

_STYLES = {Grade.OK: "good", Grade.WARNING: "warning", Grade.PROBLEM: "error"}


@click.command(
    epilog="""\b
Example: on a new host, before the program starts
  $ RESOLVER_STATE=postgresql+psycopg://app@db.example/resolver resolver doctor

\b
Exit codes: 0 no problem (there may be warnings), 1 a problem, 2 could not run.
""",
)
@options.policy
@options.state
@options.output_format("text", "json")
@options.report_errors
def doctor(*, policies: Path | None, state_url: str | None, output_format: str) -> None:
    """Check the policy, the state, the spool, versions, providers and permissions.

    Each line is ok, a warning or a problem; warnings and problems say what to do. The database gets 5 seconds to
    answer. Nothing is sent to a provider, nothing is changed, and no key or password is shown.
    """
    with progress("checking the policy"):
        areas = areas_of(policy_or_shipped(policies), state_url)
    where = policy_path(policies)
    findings: list[tuple[str, Finding]] = []
    for area in areas:
        with progress(f"checking the {area.name}"):
            findings += [(area.name, finding) for finding in _checked(area)]
            if area.name == "policy":
                findings += [(area.name, finding) for finding in _tests(where)]
    has_problem = any(finding.grade is Grade.PROBLEM for _, finding in findings)
    if output_format == "json":
        rows = [
            {"area": area, "grade": str(finding.grade), "message": finding.message, "help": finding.help or None}
            for area, finding in findings
        ]
        options.print_json({"ok": not has_problem, "findings": rows})
    else:
        echo(Lines("\n\n".join(_text(area.name, findings) for area in areas)))
    if has_problem:
        raise SystemExit(options.FINDINGS)


def _checked(area: Area) -> list[Finding]:
    """Return the findings of an area; a check that cannot be made is a problem itself."""
    try:
        return list(area.check())
    except (ResolverError, OSError) as error:
        return [Finding(Grade.PROBLEM, f"this cannot be checked: {error}", "run the command as the program's user")]


def _tests(where: Path) -> Iterator[Finding]:
    if files_of_tests(where):
        yield Finding(Grade.OK, "the policy has tests; `resolver test` runs them")
    else:
        name = "*_test.yaml" if where.is_dir() else f"{where.stem}_test.yaml"
        yield Finding(Grade.WARNING, "the policy has no tests", f"write some into a file `{name}` beside it")


def _text(area: str, findings: list[tuple[str, Finding]]) -> Lines:
    rows: list[list[str]] = []
    for name, finding in findings:
        if name == area:
            rows.append([style(str(finding.grade), _STYLES[finding.grade]), finding.message])
            if finding.help:
                rows.append(["", f"{style('help', 'help')}: {finding.help}"])
    return as_lines(style(area, "head"), columns(rows, indent=2))
