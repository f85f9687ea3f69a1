"""`resolver check`: check that a policy loads, and warn of anything odd."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from resolver.author import count_of_classes
from resolver.author.check_pages import page_of, pages
from resolver.cli import options
from resolver.cli.output import echo, show_diagnostics, style
from resolver.cli.policy_place import name_of, own_policy, policy_path
from resolver.diagnostics import Lines, PolicyError, did_you_mean, listed
from resolver.serving.proving import proven_as_saved

if TYPE_CHECKING:
    from resolver.author import Fix


@click.command(
    epilog="""\b
Example: fail a build on anything odd, with annotations in the pull request.
  $ resolver check policies --strict --format github

\b
Example: fix typing mistakes, without asking.
  $ resolver check policies --fix --yes
""",
)
@options.policy
@options.output_format("text", "json", "github")
@click.option("--strict", is_flag=True, help="Look for lints as well, and exit with code 1 if there are warnings.")
@click.option("--fix", is_flag=True, help="Fix what has one right answer, after showing the difference.")
@click.option(
    "--unsafe", is_flag=True, help="With --fix: fix also what may change the decisions of a policy that loads."
)
@click.option("--yes", is_flag=True, help="With --fix: do not ask, on a terminal either.")
@click.option(
    "--explain",
    "page",
    metavar="CODE",
    shell_complete=options.completed("codes"),
    help="Print the page that explains a check, and nothing else.",
)
@options.report_errors
def check(
    *,
    policies: Path | None,
    output_format: str,
    strict: bool,
    fix: bool,
    unsafe: bool,
    yes: bool,
    page: str | None,
) -> None:
    """Load a policy, prove its properties, and print every problem.

    All problems of all files are shown at once. If there are none, the prover examines every class of facts and every
    state that a streak of outcomes can reach. Each of its problems has a witness: the shortest sequence that shows it.
    A comment `# resolver: ignore[code]` suppresses the warnings with that code about its line.

    Exit code 1 if there are errors; with --strict, also if there are warnings. --strict also warns of lints: rules
    without `because`, tiers that share a model, and comments that suppress nothing.

    With --fix, each problem that has one right answer is fixed, such as a misspelled name. Every fix is tried first:
    its problem is gone, and no other has come. A policy that loads keeps its meaning, unless --unsafe is given. On a
    terminal, the command asks before it replaces the files. Then it shows what is left.
    """
    if page is not None:
        echo(Lines(check_page(page)))
        return
    if (unsafe or yes) and not fix:
        raise click.UsageError("--unsafe and --yes go with --fix")
    fixed: dict[str, object] = {}
    if fix:
        from resolver.cli.check_fix import apply_fixes  # noqa: PLC0415  only --fix needs it

        path = own_policy(policies)
        fixes = apply_fixes(path, is_unsafe=unsafe, is_strict=strict, yes=yes, output_format=output_format)
        fixed = {"fixed": [fixed_as_json(each) for each in fixes]}
    started = perf_counter()
    try:
        table, proof = proven_as_saved(own_policy(policies))
    except PolicyError as error:  # other commands print these on stderr; they are the output of this command
        if output_format == "json":
            from resolver.json_forms.diagnostics_json import diagnostics_json  # noqa: PLC0415  only for this format

            options.print_json({**diagnostics_json(error.diagnostics), **fixed})
        else:
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
        from resolver.json_forms.diagnostics_json import diagnostics_json  # noqa: PLC0415  only for this format

        options.print_json(
            {
                **diagnostics_json(warnings),
                **fixed,
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


def fixed_as_json(fix: Fix) -> dict[str, object]:
    """Return a fix for programs: the place and the message of the problem, and the edit in words."""
    place, diagnostic = fix.diagnostic.place, fix.diagnostic
    where = {"file": place.source.name, "line": place.line, "column": place.column}
    return {"code": diagnostic.code, "message": diagnostic.message, **where, "fix": fix.title, "safe": fix.is_safe}


def check_page(code: str) -> str:
    """Return the page of a check: what to avoid, what to prefer, and why."""
    if code not in pages():
        hint = did_you_mean(code, pages()) or f"there are {listed(pages())}"
        options.fail(f"no page about `{code}`; {hint}")
    return page_of(code)
