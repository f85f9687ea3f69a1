"""`resolver check`: check that a policy loads, and warn of anything odd."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import click

from resolver.cli import options
from resolver.cli.output import diagnostics_as_json, echo, show_diagnostics, style
from resolver.diagnostics import Lines, PolicyError, did_you_mean
from resolver.serving.proving import proven_as_saved


@click.command(
    epilog="""\b
Example: fail a build on anything odd, with annotations in the pull request.
  $ resolver check --policies policies --strict --format github
""",
)
@options.policies
@options.output_format("text", "json", "github")
@click.option("--strict", is_flag=True, help="Exit with code 1 for warnings, too.")
@click.option("--explain", "page", metavar="CODE", help="Print the page that explains a check, and nothing else.")
@options.report_errors
def check(*, policies: Path | None, output_format: str, strict: bool, page: str | None) -> None:
    """Load a policy, prove its properties, and print every problem.

    All problems of all files are shown at once. If there are none, the prover examines every class of facts and every
    state that a streak of outcomes can reach. Each of its problems has a witness: the shortest sequence that shows it.
    Exit code 1 if there are errors, with --strict also for warnings.
    """
    if page is not None:
        echo(Lines(check_page(page)))
        return
    started = perf_counter()
    try:
        table, proof = proven_as_saved(options.policy_path(policies))
    except PolicyError as error:  # other commands print these on stderr; they are the output of this command
        show_diagnostics(error.diagnostics, output_format)
        raise SystemExit(options.FINDINGS) from error
    warnings = table.policy.warnings
    milliseconds = (perf_counter() - started) * 1000
    questions = (table.tier, table.outcome)
    rules = sum(len(question.rules) for question in questions)
    classes = sum(question.asked for question in questions)
    if output_format == "json":
        options.print_json(
            {
                **diagnostics_as_json(warnings),
                "files": table.policy.files,
                "rules": rules,
                "classes": classes,
                "states": proof.states,
                "milliseconds": round(milliseconds, 1),
                "revision": table.policy.revision,
            }
        )
    else:
        if warnings:
            show_diagnostics(warnings, output_format)
        if output_format == "text":
            verdict = style("ok", "good") if not warnings else style("loads", "warning")
            files = f"{table.policy.files} file{'s' if table.policy.files > 1 else ''}"
            echo(f"{verdict}: {files}, {rules} rules, {classes} classes, {proof.states} states, {milliseconds:.0f} ms")
    if strict and warnings:
        raise SystemExit(options.FINDINGS)


def check_page(code: str) -> str:
    """Return the page of a check: what to avoid, what to prefer, and why."""
    package = Path(__file__).parent.parent
    inside = package / "checks"
    pages = inside if inside.is_dir() else package.parent / "docs" / "checks"
    codes = sorted(page.stem for page in pages.glob("*.md"))
    if code not in codes:
        hint = did_you_mean(code, codes) or f"there are {', '.join(f'`{name}`' for name in codes)}"
        options.fail(f"no page about `{code}`; {hint}")
    return (pages / f"{code}.md").read_text(encoding="utf-8").rstrip()
