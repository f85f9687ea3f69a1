"""The results as a heading and two tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill
from typing import Any

from benchmarks.peers.measuring import Found, Scale
from benchmarks.peers.persisting import Persisted

_RATIO = " ×"
_WIDTH = 125


def heading(machine: dict[str, Any]) -> str:
    """Return one paragraph: on what this was measured, and how."""
    return fill(
        f"Python {machine['python']}, {machine['processor']}, {machine['cores']} cores, {machine['system']}; "
        f"{machine['date']}. Medians of {machine['rounds']} rounds, in which each contender takes turns with the bare "
        "dictionaries in one process; ratios are to those. A round has batches of 100 decisions, or of 10 "
        "for a contender that takes longer than 20 µs; p50 and p99 are of the batches.",
        _WIDTH,
        break_on_hyphens=False,
    )


def decisions(found: list[Found], scale: Scale) -> Iterator[str]:
    """Yield the table of contenders."""
    heads = ["", "µs, p50", "p99", "× bare, p50", "p99", "first decision"]
    heads += ["MiB", f"after {scale.decisions:,}"]
    heads += [f"{size:,} rows" for size in scale.rows] + [
        f"{size:,} {'key' if size == 1 else 'keys'}" for size in scale.keys
    ]
    heads += ["the policy is"]
    yield _line(heads)
    yield _line(["---"] + ["--:"] * (len(heads) - 2) + ["---"])
    for one in found:
        name = f"{one.name} {one.version}".strip()
        if one.trouble:
            yield _line([name, one.trouble] + [""] * (len(heads) - 3) + [one.expressed])
            continue
        assert one.first_ms is not None
        cells = [name, _number(one.p50_us), _number(one.p99_us), _number(one.p50_ratio), _number(one.p99_ratio)]
        fewer = f" (of {one.decisions:,})" if one.decisions != scale.decisions else ""
        cells += [f"{one.first_ms:.0f} ms", f"{one.loaded_mib:.1f}", f"{one.decided_mib:.1f}{fewer}"]
        cells += [_growth(one.by_rows[size]) for size in scale.rows]
        cells += [_growth(one.by_keys[size]) for size in scale.keys]
        yield _line([*cells, one.expressed])


def escalations(found: list[Persisted], failure: tuple[float, float], machine: dict[str, Any]) -> Iterator[str]:
    """Yield the table of what it costs to persist one escalation, and of what two processes at once lose."""
    heads = ["persisting one escalation", "ours, durable and checked", f"ruamel.yaml {machine['ruamel.yaml']}, neither"]
    yield _line([*heads, "", "two processes: ours lost", "ruamel.yaml lost"])
    yield _line(["---", "--:", "--:", "--:", "--:", "--:"])
    for one in found:
        times = [f"{one.ours_ms:.0f} ms", f"{one.obvious_ms:.0f} ms", f"{one.obvious_ms / one.ours_ms:.1f}{_RATIO}"]
        lost = [f"{one.ours_lost} of {one.written}", f"{one.obvious_lost} of {one.written}"]
        yield _line([f"into {one.entries:,} entries", *times, *lost])
    yield _line(["a failure below the threshold", f"{failure[0]:.2f} ms, p99 {failure[1]:.2f} ms", "", "", "", ""])


def _growth(timed: dict[str, Any]) -> str:
    if "trouble" in timed:
        return str(timed["trouble"])
    return f"{_number(timed['p50_us'])} ({_number(timed['p50_ratio'])}{_RATIO})"


def _number(value: float | None) -> str:
    """Return three digits of a number."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
