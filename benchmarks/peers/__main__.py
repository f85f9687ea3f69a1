"""`python -m benchmarks.peers`: the shipped policy's decisions, side by side with what people would use instead."""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.peers import report
from benchmarks.peers.catalogue import BARE, CONTENDERS, OURS, Contender
from benchmarks.peers.environments import NotInstalledError, default_directory, environment
from benchmarks.peers.measuring import FULL, QUICK, Bench, Found, Scale
from benchmarks.peers.persisting import failure_ms, persist

_PLOTTER = "matplotlib==3.11.2"
_INSTALLING = 4
"""How many environments are made at once."""
_OWN = (BARE.name, OURS.name)


def main() -> None:
    """Measure all contenders, print the tables, and write the results."""
    names = [contender.name for contender in CONTENDERS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes and few rounds: for a look, not for figures")
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument(
        "--json", type=Path, default=Path("build/peers.json"), metavar="FILE", help="default: %(default)s"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the results into a PNG file, with matplotlib")
    parser.add_argument(
        "--environments", type=Path, default=default_directory(), metavar="DIR", help="default: %(default)s"
    )
    options = parser.parse_args()
    logging.getLogger("resolver").setLevel(logging.ERROR)  # what it warns of is what is measured
    scale = QUICK if options.quick else FULL
    chosen = [one for one in CONTENDERS if not options.only or one.name in options.only]
    results = _measure(chosen, scale, options.environments)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    if options.plot:
        _plot(results, options.plot, options.environments)
    wrong = [one["name"] for one in results["contenders"] if one["name"] in _OWN and one["trouble"]]
    if wrong:
        sys.exit(f"not measured: {', '.join(wrong)}")


def _measure(chosen: Sequence[Contender], scale: Scale, environments: Path) -> dict[str, Any]:
    machine = _machine(scale)
    with ThreadPoolExecutor(_INSTALLING) as pool:  # done before the first is timed
        pythons = dict(zip(chosen, pool.map(lambda one: _python(one, environments), chosen), strict=True))
    found = []
    with TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch), scale)
        for one in chosen:
            result = Found(one.name, _version(one), one.expressed, one.engine)
            python = pythons[one]
            print(f"measuring {one.name}", file=sys.stderr, flush=True)
            if isinstance(python, Path):
                bench.measure(one, python, result)
            else:
                result.trouble = f"not installed: {python}"
            found.append(result)
        print(report.heading(machine) + "\n", *report.decisions(found, scale), sep="\n", flush=True)
        print("measuring what is written", file=sys.stderr, flush=True)
        failure = failure_ms(Path(scratch), 200)
        persisted = [
            persist(Path(scratch), entries, rounds=scale.rounds, each=scale.writes) for entries in scale.entries
        ]
        print("", *report.escalations(persisted, failure, machine), sep="\n", flush=True)
    return {
        "machine": machine,
        "contenders": [one.as_json() for one in found],
        "escalations": [asdict(one) for one in persisted],
        "failure_ms": {"p50": failure[0], "p99": failure[1]},
    }


def _python(contender: Contender, environments: Path) -> Path | str:
    """Return the interpreter that runs the contender, or why there is none."""
    if contender.requirement is None:
        return Path(sys.executable)
    try:
        return environment(contender.requirement, environments)
    except NotInstalledError as error:
        return str(error)


def _version(contender: Contender) -> str:
    if contender is BARE:
        return ""
    if contender.requirement:
        return contender.requirement.partition("==")[2]
    return version("tier-resolver" if contender is OURS else "durable-rules")


def _machine(scale: Scale) -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "date": datetime.now(UTC).date().isoformat(),
        "rounds": scale.rounds,
        "ruamel.yaml": version("ruamel.yaml"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _plot(results: dict[str, Any], file: Path, environments: Path) -> None:
    """Draw in an environment of its own: nothing else here needs matplotlib."""
    try:
        python = environment(_PLOTTER, environments)
    except NotInstalledError as error:
        sys.exit(f"no plot: {_PLOTTER} is not installed: {error}")
    file.parent.mkdir(parents=True, exist_ok=True)
    script = Path(__file__).with_name("plot.py")
    subprocess.run([str(python), str(script), str(file)], input=json.dumps(results), text=True, check=True)


if __name__ == "__main__":
    main()
