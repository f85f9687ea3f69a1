"""A host in a process of its own, which does what it is told and can be frozen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

PROGRAM = """
import json, sys
from resolver import Resolver
with Resolver.open(sys.argv[1], state=sys.argv[2]) as resolver:
    print(json.dumps("open"), flush=True)
    for line in sys.stdin:
        what, triad, *errors = json.loads(line)
        if what == "fail":
            answer = [str(resolver.record_failure(triad, "worker_a", error=error).effect) for error in errors]
        elif what == "lower":
            answer = resolver.lower(triad, "worker_a")
        else:
            answer = resolver.resolve(triad, "worker_a").tier
        print(json.dumps(answer), flush=True)
"""


class RemoteHost:
    """A process with an open resolver; used as a context manager, it ends with the block."""

    def __init__(self, policy: Path, url: str | None, log: Path) -> None:
        self.log = log
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-c", PROGRAM, str(policy), str(url)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        assert self.answer() == "open"

    def __enter__(self) -> RemoteHost:
        return self

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        self.go_on()
        if error is not None:
            self.process.kill()
        self.process.communicate(timeout=60)

    def fail(self, triad: str, *errors: str) -> list[str]:
        """Report failures in a row, and return their effects."""
        self.tell("fail", triad, *errors)
        effects: list[str] = self.answer()  # type: ignore[assignment]
        return effects

    def tier(self, triad: str) -> str:
        self.tell("tier", triad)
        return str(self.answer())

    def tell(self, *what: str) -> None:
        """Let the process begin, and do not wait for its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what).encode() + b"\n")
        self.process.stdin.flush()

    def answer(self) -> object:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log.read_text(errors="replace")[-2000:]
        return json.loads(line)

    def freeze(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)
