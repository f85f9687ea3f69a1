"""`resolver test`: run the policy tests."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

import click

from resolver.author import Case, Coverage, coverage, misnamed_tests, read_all_cases, run_case, unreadable_tests
from resolver.cli import options
from resolver.cli.output import columns, echo, echo_command, show_diagnostics, style
from resolver.cli.policy_place import name_of, own_policy
from resolver.diagnostics import Diagnostic, PolicyError, as_lines, did_you_mean, github_command, listed
from resolver.domain import Policy
from resolver.facade import Resolver
from resolver.json_forms.diagnostics_json import diagnostics_json


@click.command(
    epilog="""\b
Example: a file policies/mine_test.yaml, and its run.
  tests:
    workers execute on the lowest tier:
      role: [worker_a, worker_b]
      phase: execution
      expect: {tier: fast, rule: phase_override}
    a third failure escalates:
      role: worker_a
      history:
        - {result: failure, times: 2, expect: count}
        - {result: failure, expect: {effect: escalate, to: reasoning}}
  $ resolver test --coverage --fail-under 90
""",
)
@click.option("--filter", "wanted", metavar="TEXT", help="Run only cases whose name contains TEXT.")
@click.option("--coverage", "with_coverage", is_flag=True, help="Show the rules and classes that no case covers.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Exit with code 1 below this coverage of rules or classes.",
)
@click.option("--strict", is_flag=True, help="Exit with code 1 if there are warnings, too.")
@options.policy
@options.output_format("text", "json", "github")
@options.report_errors
def test(
    *,
    wanted: str | None,
    with_coverage: bool,
    fail_under: float | None,
    strict: bool,
    policies: Path | None,
    output_format: str,
) -> None:
    """Run the cases in the `*_test.yaml` files beside a policy.

    A case is a request and its answer, or a history of outcomes and their effects. Cases do not see what the policy has
    learned: they begin with the escalation that they name, or with none. A name that resembles one that the policy
    lists is a warning. Exit code 1 if a case fails; with --strict, also if there are warnings. --strict also warns of
    comments `# resolver: ignore[code]` that suppress nothing.
    """
    started = perf_counter()
    path = own_policy(policies)
    try:
        with Resolver.open(path) as resolver:
            table = resolver.table
    except PolicyError as error:
        raise PolicyError([*error.diagnostics, *unreadable_tests(path)]) from error
    warnings: list[Diagnostic] = []
    cases = all_cases(path, table.policy, warnings, strict=strict)
    chosen = [case for case in cases if wanted is None or wanted.casefold() in case.label.casefold()]
    if not chosen:
        hint = did_you_mean(wanted or "", {word for case in cases for word in case.label.split()})
        options.fail(f"no case has `{wanted}` in its name" + (f"; {hint}" if hint else ""))
    results = [run_case(table, case) for case in chosen]
    failures = [result.failure for result in results if result.failure is not None]
    found = [*warnings, *failures]
    covered = coverage(table, results) if with_coverage or fail_under is not None else None
    milliseconds = (perf_counter() - started) * 1000
    if output_format == "json":
        shown: dict[str, Any] = {
            "cases": len(results),
            "failed": len(failures),
            **diagnostics_json(found),
            "milliseconds": round(milliseconds, 1),
            "revision": table.policy.revision,
        }
        options.print_json({**shown, **({"coverage": _json(covered, fail_under)} if covered else {})})
    elif found:
        show_diagnostics(found, output_format)
    if output_format == "text":
        counted = f"{len(results)} {'case' if len(results) == 1 else 'cases'}"
        verdict = style(f"{len(failures)} failed of", "error") if failures else style("ok:", "good")
        echo(f"{verdict} {counted} of {name_of(path, table.policy)}, {milliseconds:.0f} ms")
        if covered:
            echo(_text(covered))
    too_low = covered is not None and fail_under is not None and covered.percent < fail_under
    if too_low and covered and output_format == "text":
        echo(f"{style('coverage', 'error')} is {covered.percent:.1f} %, less than {fail_under:g} %")
    elif too_low and covered and output_format == "github":
        message = f"coverage is {covered.percent:.1f} %, less than {fail_under:g} %"
        echo_command(github_command("error", message, title="coverage"))
    if failures or too_low or (strict and warnings):
        raise SystemExit(options.FINDINGS)


def all_cases(path: Path, policy: Policy, warnings: list[Diagnostic], *, strict: bool = False) -> list[Case]:
    """Return the cases beside the policy at `path`, and add warnings; without any, print what to do and exit."""
    cases = read_all_cases(path, policy, warnings, strict=strict)
    if not cases:
        name = "*_test.yaml" if path.is_dir() else f"{path.stem}_test.yaml"
        beside = [] if path.is_dir() else misnamed_tests(path)
        are = "are" if len(beside) > 1 else "is"
        odd = f"; {listed([file.name for file in beside])} {are} not read" if beside else ""
        options.fail(f"the policy `{path}` has no tests{odd}; put them into a file `{name}` beside it")
    return cases


def _text(covered: Coverage) -> str:
    rules, classes = len(covered.won) + len(covered.never), len(covered.covered) + len(covered.missed)
    lines = [f"coverage: {len(covered.won)} of {rules} rules, {len(covered.covered)} of {classes} classes"]
    for title, of_title in (
        ("rules that won in no case", covered.never),
        ("rules that win for no request, and do not count", covered.unreachable),
    ):
        if of_title:
            rows = [[rule.name, style(str(rule.place), "dim")] for rule in of_title]
            lines += [style(title, "head"), columns(rows, indent=2)]
    if covered.missed:
        missed = [list(table_class.words) for table_class in covered.missed]
        lines += [style("classes that no case asks for", "head"), columns(missed, indent=2)]
    return as_lines(*lines)


def _json(covered: Coverage, fail_under: float | None) -> dict[str, Any]:
    never, unreachable = (
        [
            {"ruleset": rule.ruleset, "rule": rule.name, "file": rule.place.source.name, "line": rule.place.line}
            for rule in rules
        ]
        for rules in (covered.never, covered.unreachable)
    )
    return {
        "percent": round(covered.percent, 1),
        "fail_under": fail_under,
        "rules": {"won": [rule.name for rule in covered.won], "never": never, "unreachable": unreachable},
        "classes": {
            "covered": len(covered.covered),
            "missed": [
                dict(zip(("who", "phase", "rule"), table_class.words, strict=True)) for table_class in covered.missed
            ],
        },
    }
