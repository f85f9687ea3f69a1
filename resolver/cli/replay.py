"""`resolver replay`: run recorded outcomes and decisions through a policy."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import click

from resolver.author import Divergence, Moment, Replay, of_path, replay_records
from resolver.cli import options, replay_decisions
from resolver.cli.output import columns, diagnostics_as_json, echo, show_diagnostics, style
from resolver.diagnostics import InputError, legible

_LONG = 2**22
"""Bytes of a file above which a terminal shows the progress."""
_MOST = 30
"""Rows that are shown to people; JSON has all outcomes, and the first hundred groups of decisions."""


@click.command(
    short_help="Run recorded outcomes and decisions through a policy.",
    epilog="""\b
Example: would this policy have escalated differently last week?
  $ resolver history --since 7d --format jsonl > week.jsonl
  $ resolver replay week.jsonl --policies proposed

\b
Example: which logged decisions would change?
  $ resolver replay decisions.jsonl --policies proposed
""",
)
@click.argument("log", type=click.Path(path_type=Path))
@click.option("--keep-going", is_flag=True, help="Skip lines that are no record, and count them.")
@options.policies
@options.output_format("text", "json")
@options.report_errors
def replay(*, log: Path, keep_going: bool, policies: Path | None, output_format: str) -> None:
    """Run the outcomes and decisions in LOG through a policy, and show what would have been different.

    LOG has one line of JSON for each outcome, as `resolver history --format jsonl` writes it, for each decision, as
    a decision log writes it, or for both (`-` reads stdin). Nothing is written anywhere.

    For outcomes the command shows which subjects would have escalated and when, and the escalations that differ from
    the recorded ones. The replay repeats what people did to entries. An outcome that was stale then is stale now.

    For decisions it shows which requests would get another tier, with the line of the first request of each group. The
    policy is asked again under the recorded entry, or without an entry if a line does not record one.
    """
    table = of_path(options.policy_path(policies)).table
    with _opened(log) as file, _progress(file, log) as tell:
        found = replay_records(table, legible(str(log)), file, keep_going=keep_going, tell=tell)
    if found.bad and not keep_going:
        raise InputError(found.bad)
    if output_format == "json":
        options.print_json(_json(found, table.policy.revision))
        return
    if found.bad:
        show_diagnostics(found.bad[:_MOST], "text", err=True)
    replay_decisions.note_assumed(found.decided)
    echo(_text(found, table.policy.revision))


@contextmanager
def _opened(log: Path) -> Iterator[BinaryIO]:
    if str(log) == "-":
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


def _text(found: Replay, revision: str) -> str:
    lines = [_counted(found)]
    if found.moments:
        lines += ["", style("escalations and holds", "head"), _rows([_row(one) for one in found.moments])]
    if differing := found.diverging:
        lines += ["", style("different from the record", "head"), _rows([_compared(one) for one in differing])]
    if otherwise := found.decided.otherwise:
        rows = [replay_decisions.row(one) for one in otherwise]
        lines += ["", style("decided differently", "head"), _rows(rows)]
    lines.append("")
    if found.events or not found.decided.count:
        would = sum(one.what == "escalate" for one in found.moments)
        verdict = f"{would:,} {'escalation' if would == 1 else 'escalations'} with revision {revision}"
        if found.judged:
            happened = sum(one.what == "escalate" for one in found.happened)
            verdict += f", {happened:,} happened"
            verdict += f"; {len(differing):,} {'subject differs' if len(differing) == 1 else 'subjects differ'}"
        lines.append(verdict)
    if found.decided.count:
        lines.append(replay_decisions.verdict(found.decided, revision))
    return "\n".join(lines)


def _counted(found: Replay) -> str:
    """Return the number of records that were read, in words."""
    subjects = f"{found.subjects:,} {'subject' if found.subjects == 1 else 'subjects'}"
    outcomes = f"{found.events:,} {'outcome' if found.events == 1 else 'outcomes'} of {subjects}"
    shown = [outcomes] if found.events or not found.decided.count else []
    shown += [replay_decisions.counted(found.decided)] if found.decided.count else []
    line = " and ".join(shown) + (f", {_time(found.first)} to {_time(found.last)}" if found.first else "")
    if found.decided.dropped:
        line += f"; {found.decided.dropped:,} more dropped by the log"
    if found.bad:
        line += f"; {found.left_out:,} {'line' if found.left_out == 1 else 'lines'} left out"
    return line


def _rows(rows: Sequence[Sequence[str]]) -> str:
    more = f"\n  … and {len(rows) - _MOST:,} more" if len(rows) > _MOST else ""
    return columns(rows[:_MOST], indent=2) + more


def _row(one: Moment) -> list[str]:
    tiers = f"{one.from_tier} → {one.to_tier}" if one.to_tier else one.from_tier
    return [_time(one.time), one.subject.triad, one.subject.role, one.what, tiers, f"by {one.rule}, line {one.line:,}"]


def _compared(one: Divergence) -> list[str]:
    return [one.subject.triad, one.subject.role, f"was {_ways(one.happened)}", f"would be {_ways(one.would)}"]


def _ways(moments: Sequence[Moment]) -> str:
    ways = [f"{one.to_tier} at line {one.line:,}" for one in moments[:3]]
    return ", ".join(ways) + (f" and {len(moments) - 3:,} more" if len(moments) > 3 else "") or "not escalated"


def _time(text: str) -> str:
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return legible(text)


def _json(found: Replay, revision: str) -> dict[str, Any]:
    return {
        "events": found.events,
        "left_out": found.left_out,
        "subjects": found.subjects,
        "first": found.first or None,
        "last": found.last or None,
        "revision": revision,
        "effects": found.effects,
        "moments": [_moment(one) for one in found.moments],
        "differing": [
            {
                "triad": one.subject.triad,
                "role": one.subject.role,
                "happened": [_moment(moment) for moment in one.happened],
                "would": [_moment(moment) for moment in one.would],
            }
            for one in found.diverging
        ],
        "decisions": replay_decisions.as_json(found.decided),
        **diagnostics_as_json(found.bad),
    }


def _moment(one: Moment) -> dict[str, Any]:
    of = {"triad": one.subject.triad, "role": one.subject.role}
    tiers = {"from": one.from_tier, "to": one.to_tier}
    return {"line": one.line, "time": one.time or None, **of, "what": one.what, **tiers, "rule": one.rule}
