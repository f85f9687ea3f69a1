"""`resolver check`: check that a policy loads, and warn of anything odd."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import click

from resolver.author import count_of_classes
from resolver.author.check_pages import page_of, pages
from resolver.cli import options
from resolver.cli.output import diagnostics_as_json, echo, show_diagnostics, style
from resolver.cli.policy_place import name_of, own_policy, policy_path
from resolver.diagnostics import Lines, PolicyError, did_you_mean, listed
from resolver.serving.proving import proven_as_saved


@click.command(
    epilog="""\b
Example: fail a build on anything odd, with annotations in the pull request.
  $ resolver check policies --strict --format github
""",
)
@options.policy
@options.output_format("text", "json", "github")
@click.option("--strict", is_flag=True, help="Look for lints as well, and exit with code 1 if there are warnings.")
@click.option(
    "--explain",
    "page",
    metavar="CODE",
    shell_complete=options.completed("codes"),
    help="Print the page that explains a check, and nothing else.",
)
@options.report_errors
def check(*, policies: Path | None, output_format: str, strict: bool, page: str | None) -> None:
    """Load a policy, prove its properties, and print every problem.

    All problems of all files are shown at once. If there are none, the prover examines every class of facts and every
    state that a streak of outcomes can reach. Each of its problems has a witness: the shortest sequence that shows it.
    A comment `# resolver: ignore[code]` suppresses the warnings with that code about its line.

    Exit code 1 if there are errors; with --strict, also if there are warnings. --strict also warns of lints: rules
    without `because`, tiers that share a model, and comments that suppress nothing.
    """
    if page is not None:
        echo(Lines(check_page(page)))
        return
    started = perf_counter()
    try:
        table, proof = proven_as_saved(own_policy(policies))
    except PolicyError as error:  # other commands print these on stderr; they are the output of this command
        show_diagnostics(error.diagnostics, output_format)
        raise SystemExit(options.FINDINGS) from error
    warnings = table.policy.warnings
    if strict:
        from resolver.author import lint  # noqa: PLC0415  only --strict needs it

        warnings = tuple(sorted((*warnings, *lint(table.policy)), key=lambda diagnostic: diagnostic.sort_key))
    milliseconds = (perf_counter() - started) * 1000
    questions = (table.tier, table.outcome)
    rules = sum(len(question.rules) for question in questions)
    classes = count_of_classes(table)
    if output_format == "json":
        options.print_json(
            {
                **diagnostics_as_json(warnings),
                "policy": str(policy_path(policies)),
                "shipped_sections": list(table.policy.shipped_sections),
                "files": table.policy.files,
                "rules": rules,
                "classes": classes,
                "asked": sum(question.asked for question in questions),
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
            name = name_of(policies, table.policy)
            of_classes = "" if classes is None else f"{classes} classes, "
            counts = f"{files}, {rules} rules, {of_classes}{proof.states} states"
            echo(f"{verdict}: {name}, {counts}, {milliseconds:.0f} ms")
    if strict and warnings:
        raise SystemExit(options.FINDINGS)


def check_page(code: str) -> str:
    """Return the page of a check: what to avoid, what to prefer, and why."""
    if code not in pages():
        hint = did_you_mean(code, pages()) or f"there are {listed(pages())}"
        options.fail(f"no page about `{code}`; {hint}")
    return page_of(code)
