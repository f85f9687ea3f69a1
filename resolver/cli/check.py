"""`resolver check`: does this policy load, and is anything about it odd?"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import click

from resolver.cli import options
from resolver.cli.output import as_json, echo, show_diagnostics, style
from resolver.facade import Resolver


@click.command(
    short_help="Say what is wrong with a policy.",
    epilog="""\b
Example: fail a build on anything odd, with annotations in the pull request.
  $ resolver check --policies policies --strict --format github
""",
)
@options.policies
@options.output_format("text", "json", "github")
@click.option("--strict", is_flag=True, help="Warnings are findings, too.")
@options.guarded
def check(*, policies: Path | None, form: str, strict: bool) -> None:
    """Read a policy, let the rules engine judge every class of facts, and print what is wrong.

    All problems of all files are shown at once. Exit code 1 if there are errors, with --strict also for warnings.
    """
    started = perf_counter()
    with Resolver.open(policies) as resolver:
        table = resolver.table
    warnings = table.policy.warnings
    milliseconds = (perf_counter() - started) * 1000
    questions = (table.tier, table.outcome)
    rules = sum(len(question.rules) for question in questions)
    asked = sum(question.asked for question in questions)
    if form == "json":
        options.print_json(
            {
                "diagnostics": [as_json(found) for found in warnings],
                "files": table.policy.files,
                "rules": rules,
                "asked": asked,
                "milliseconds": round(milliseconds, 1),
                "revision": table.policy.revision,
            }
        )
    else:
        if warnings:
            show_diagnostics(warnings, form)
        if form == "text":
            verdict = style("ok", "good") if not warnings else style("loads", "warning")
            files = f"{table.policy.files} file{'s' if table.policy.files > 1 else ''}"
            echo(f"{verdict}: {files}, {rules} rules, {asked} questions to the rules engine, {milliseconds:.0f} ms")
    if strict and warnings:
        raise SystemExit(options.FINDINGS)
