"""`resolver replay`: run recorded outcomes and decisions through a policy."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import click

from resolver.author import Divergence, Moment, Replay, lines_of, of_path, replay_records
from resolver.cli import options, replay_decisions
from resolver.cli.output import columns, echo, echo_note, show_diagnostics, style
from resolver.cli.policy_place import own_policy
from resolver.diagnostics import InputError, Lines, as_lines, legible
from resolver.json_forms.diagnostics_json import diagnostics_json

_LONG = 2**22
"""Bytes of a file above which a terminal shows the progress."""
_MOST = 30
"""Rows that are shown to people; JSON has all outcomes, and the first hundred groups of decisions."""


@click.command(
    epilog="""\b
Example: would this policy have escalated differently last week?
  $ resolver history --since 7d --format jsonl > week.jsonl
  $ resolver replay week.jsonl --policies proposed

\b
Example: which logged decisions would change?
  $ resolver replay decisions.jsonl --policies proposed
""",
)
@click.argument("log", type=options.Named(path_type=Path))
@click.option(
    "--keep-going", is_flag=True, help="Skip lines that are neither an outcome nor a decision, and count them."
)
@options.policies
@options.output_format("text", "json")
@options.report_errors
def replay(*, log: Path, keep_going: bool, policies: Path | None, output_format: str) -> None:
    """Run the outcomes and decisions in LOG through a policy, and show what would have been different.

    LOG has one line of JSON for each outcome, as `resolver history --format jsonl` writes it, for each decision, as
    a decision log writes it, or for both (`-` reads stdin). Nothing is written anywhere.

    For outcomes the command shows which subjects would have escalated and when, and the escalations that differ from
    the recorded ones. The replay repeats what people did to entries. An outcome that was stale then is stale now.

    For decisions it shows which requests would get another tier, with the line of the first request of each group. Each
    request is decided with the recorded entry, or without an entry if its line has none.
    """
    table = of_path(own_policy(policies)).table
    with _opened(log) as file, _progress(file, log) as tell:
        result = replay_records(table, legible(str(log)), lines_of(file), keep_going=keep_going, tell=tell)
    if result.bad and not keep_going:
        raise InputError(result.bad)
    if output_format == "json":
        options.print_json(_json(result, table.policy.revision))
        return
    if result.bad:
        show_diagnostics(result.bad[:_MOST], "text", err=True)
    replay_decisions.note_assumed(result.decided)
    _note_left_out(result)
    echo(_text(result, table.policy.revision))


def _note_left_out(result: Replay) -> None:
    """Print the facts that were left out, with the reason."""
    names = sorted(result.facts_left_out)
    for name in names[:_MOST]:
        count, reason = result.facts_left_out[name]
        lines = f"{count:,} {'line' if count == 1 else 'lines'}"
        echo_note(legible(f"the fact `{name}` is left out of {lines}: {reason}"))
    if len(names) > _MOST:
        echo_note(f"{len(names) - _MOST:,} more facts are left out")


@contextmanager
def _opened(log: Path) -> Iterator[BinaryIO]:
    if str(log) == "-":
        if sys.stdin is None:
            options.fail("there is nothing to read: stdin is closed")
        yield sys.stdin.buffer
        return
    try:
        with log.open("rb") as file:
            yield file
    except OSError as error:
        options.fail(f"cannot read `{legible(str(log))}`: {error.strerror or error}")


@contextmanager
def _progress(file: BinaryIO, log: Path) -> Iterator[Callable[[int], None]]:
    """Show on a terminal the progress through a long file."""
    size = log.stat().st_size if log.is_file() else 0
    if size < _LONG or not sys.stderr.isatty():
        yield lambda _lines: None
        return
    with click.progressbar(length=size, label="replaying", file=sys.stderr) as bar:
        yield lambda _lines: bar.update(file.tell() - bar.pos)


def _text(result: Replay, revision: str) -> str:
    lines = [_counted(result)]
    if result.moments:
        lines += ["", style("escalations and holds", "head"), _rows([_row(moment) for moment in result.moments])]
    if differing := result.diverging:
        lines += [
            "",
            style("different from the record", "head"),
            _rows([_compared(divergence) for divergence in differing]),
        ]
    if otherwise := result.decided.otherwise:
        rows = [replay_decisions.row(group) for group in otherwise]
        lines += ["", style("decided differently", "head"), _rows(rows)]
    lines.append("")
    if result.events or not result.decided.count:
        would = sum(moment.what == "escalate" for moment in result.moments)
        verdict = f"{would:,} {'escalation' if would == 1 else 'escalations'} with revision {revision}"
        if result.judged:
            happened = sum(moment.what == "escalate" for moment in result.happened)
            verdict += f", {happened:,} happened"
            verdict += f"; {len(differing):,} {'subject differs' if len(differing) == 1 else 'subjects differ'}"
        lines.append(verdict)
    if result.decided.count:
        lines.append(replay_decisions.verdict(result.decided, revision))
    return as_lines(*lines)


def _counted(result: Replay) -> str:
    """Return the number of records that were read, in words."""
    subjects = f"{result.subjects:,} {'subject' if result.subjects == 1 else 'subjects'}"
    outcomes = f"{result.events:,} {'outcome' if result.events == 1 else 'outcomes'} of {subjects}"
    shown = [outcomes] if result.events or not result.decided.count else []
    shown += [replay_decisions.counted(result.decided)] if result.decided.count else []
    line = " and ".join(shown) + (f", {_time(result.first)} to {_time(result.last)}" if result.first else "")
    if result.decided.dropped:
        line += f"; {result.decided.dropped:,} more dropped by the log"
    if result.bad:
        line += f"; {result.left_out:,} {'line' if result.left_out == 1 else 'lines'} left out"
    return line


def _rows(rows: Sequence[Sequence[str]]) -> Lines:
    more = [f"  … and {len(rows) - _MOST:,} more"] if len(rows) > _MOST else []
    return as_lines(columns(rows[:_MOST], indent=2), *more)


def _row(moment: Moment) -> list[str]:
    tiers = f"{moment.from_tier} → {moment.to_tier}" if moment.to_tier else moment.from_tier
    more = f", more than one step: {moment.why}" if moment.why else ""
    return [
        _time(moment.time),
        moment.subject.triad,
        moment.subject.role,
        moment.what,
        tiers,
        f"by {moment.rule}, line {moment.line:,}{more}",
    ]


def _compared(divergence: Divergence) -> list[str]:
    return [
        divergence.subject.triad,
        divergence.subject.role,
        f"was {_ways(divergence.happened)}",
        f"would be {_ways(divergence.would)}",
    ]


def _ways(moments: Sequence[Moment]) -> str:
    ways = [f"{moment.to_tier} at line {moment.line:,}" for moment in moments[:3]]
    return ", ".join(ways) + (f" and {len(moments) - 3:,} more" if len(moments) > 3 else "") or "not escalated"


def _time(text: str) -> str:
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return legible(text)


def _json(result: Replay, revision: str) -> dict[str, Any]:
    return {
        "events": result.events,
        "left_out": result.left_out,
        "subjects": result.subjects,
        "first": result.first or None,
        "last": result.last or None,
        "revision": revision,
        "effects": result.effects,
        "moments": [_moment(moment) for moment in result.moments],
        "differing": [
            {
                "triad": divergence.subject.triad,
                "role": divergence.subject.role,
                "happened": [_moment(moment) for moment in divergence.happened],
                "would": [_moment(moment) for moment in divergence.would],
            }
            for divergence in result.diverging
        ],
        "decisions": replay_decisions.as_json(result.decided),
        "facts_left_out": [
            {"fact": name, "lines": count, "reason": reason}
            for name, (count, reason) in sorted(result.facts_left_out.items())
        ],
        **diagnostics_json(result.bad),
    }


def _moment(moment: Moment) -> dict[str, Any]:
    of = {"triad": moment.subject.triad, "role": moment.subject.role}
    tiers = {"from": moment.from_tier, "to": moment.to_tier}
    return {
        "line": moment.line,
        "time": moment.time or None,
        **of,
        "what": moment.what,
        **tiers,
        "rule": moment.rule,
        "why": moment.why or None,
    }
