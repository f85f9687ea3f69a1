"""Draw the results into a file; runs in an environment that has matplotlib, with the results on standard input."""

from __future__ import annotations

import json
import sys
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

mpl.use("Agg")

_OURS, _BARE, _ENGINE, _OTHER = "#d55e00", "#000000", "#0072b2", "#009e73"  # told apart by colour-blind people too
_LINES = ("#0072b2", "#56b4e9", "#009e73", "#b8860b", "#cc79a7", "#666666")
_MARKERS = "os^Dv<>Pphd*"


def main() -> None:
    """Draw what is on standard input into the file that the first argument names."""
    results = json.load(sys.stdin)
    found = [one for one in results["contenders"] if not one["trouble"]]
    figure, (bars, rows, keys) = plt.subplots(
        1, 3, figsize=(13, 5.2), gridspec_kw={"width_ratios": [1.25, 1, 1]}, layout="constrained"
    )
    _bars(bars, sorted(found, key=lambda one: float(one["p50_us"]), reverse=True))
    _lines(rows, found, "by_rows", "by rows of role and phase", "rows")
    _lines(keys, found, "by_keys", "by escalated keys, with 1,000 rows", "escalated keys")
    rows.sharey(keys)
    rows.set_ylabel("µs per decision, p50")
    handles, labels = rows.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=6, fontsize=8, frameon=False)
    machine = results["machine"]
    figure.suptitle(
        f"Which tier does an agent run on? µs per decision, log scale; "
        f"Python {machine['python']}, {machine['processor']}",
        fontsize=11,
    )
    figure.savefig(sys.argv[1], dpi=110)


def _bars(axes: Axes, found: list[dict[str, Any]]) -> None:
    names = [one["name"] for one in found]
    axes.barh(names, [one["p50_us"] for one in found], color=[_colour(one) for one in found], height=0.7)
    for at, one in enumerate(found):
        axes.text(one["p50_us"] * 1.15, at, _label(one["p50_us"]), va="center", fontsize=8)
    axes.set_xscale("log")
    axes.set_xlim(0.05, max(one["p50_us"] for one in found) * 6)
    axes.set_title("the shipped policy, p50", fontsize=10)
    axes.set_xlabel("µs per decision")
    axes.spines[["top", "right"]].set_visible(False)


def _lines(axes: Axes, found: list[dict[str, Any]], by: str, title: str, what: str) -> None:
    for at, one in enumerate(found):
        points = [(int(size), timed["p50_us"]) for size, timed in one[by].items() if "trouble" not in timed]
        own = one["name"] in ("resolver", "bare dictionaries")
        axes.plot(
            [size for size, _ in points],
            [time for _, time in points],
            marker=_MARKERS[at],
            color=_colour(one) if own else _LINES[at % len(_LINES)],
            linewidth=2.5 if own else 1,
            linestyle="-" if own or at % 2 else "--",
            markersize=5,
            label=one["name"],
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(what)
    axes.set_title(title, fontsize=10)
    axes.grid(visible=True, alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def _colour(one: dict[str, Any]) -> str:
    if one["name"] == "resolver":
        return _OURS
    if one["name"] == "bare dictionaries":
        return _BARE
    return _ENGINE if one["engine"] else _OTHER


def _label(time: float) -> str:
    return f"{time:,.0f}" if time >= 100 else f"{time:.1f}" if time >= 10 else f"{time:.2f}"


if __name__ == "__main__":
    main()
