"""The time of commands at a prompt, as ratios to the import of what they are built on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

Line = tuple[str, str, str, str]

FLOOR = ["-c", "import pydantic, yaml, click, durable_rules_engine"]
"""The program that commands are compared with. All bytecode is on the disk, as after an installation."""


def prompt_lines(policy: Path, *, quick: bool) -> Iterator[Line]:
    """Yield a line for each command: its CPU time at best, in turns with the floor."""
    commands = {
        "`import resolver`, beside an empty program": (["-c", "import resolver"], ""),
        "`resolver --help`": (["-m", "resolver", "--help"], "1.2 ×"),
        "`resolver resolve`": (["-m", "resolver", "resolve", "layout", "worker_a", "--policies", str(policy)], "1.6 ×"),
        "`resolver check`": (["-m", "resolver", "check", "--policies", str(policy)], "2 ×"),
        "`resolver explain`": (["-m", "resolver", "explain", "layout", "worker_a", "--policies", str(policy)], "2 ×"),
    }
    programs = [FLOOR, ["-c", "pass"], *(arguments for arguments, _ in commands.values())]
    for arguments in programs:  # writes the bytecode
        seconds_of(arguments)
    times: list[list[float]] = [[] for _ in programs]
    for _ in range(5 if quick else 31):
        for arguments, taken in zip(programs, times, strict=True):
            taken.append(seconds_of(arguments))
    floor, empty, *rest = map(min, times)
    for (name, (_, reach)), seconds in zip(commands.items(), rest, strict=True):
        beside = seconds - empty if not reach else seconds
        yield name, f"{beside * 1000:.0f} ms", f"{beside / floor:.2f} × the imports ({floor * 1000:.0f} ms)", reach


def seconds_of(arguments: Sequence[str]) -> float:
    """Run Python with these arguments, and return the CPU seconds that the process took."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    child = os.fork()
    if child == 0:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(nothing, stream)
        os.execve(sys.executable, [sys.executable, *arguments], environment)
    _, status, usage = os.wait4(child, 0)
    if status:
        sys.exit(f"python {' '.join(arguments)} failed")
    return usage.ru_utime + usage.ru_stime
