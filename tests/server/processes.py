"""`resolver serve` as a process of its own, on a free port of 127.0.0.1."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.processes import ROOT


class ServerProcess:
    """A server of a policy; it is killed at the end of a `with` block if it still runs."""

    def __init__(self, policy: Path, *options: str, state: str | None = None) -> None:
        command = [sys.executable, "-m", "resolver", "serve", "--policies", str(policy), "--port", "0", *options]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **({"RESOLVER_STATE": state} if state else {})}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, cwd=policy.parent)
        assert self.process.stdout is not None
        self.first_line = self.process.stdout.readline()
        match = re.search(r"http://(\S+);", self.first_line)
        assert match is not None, self.first_line
        self.address = match[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill(signal.SIGKILL)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def kill(self, how: signal.Signals) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(how)
        return self.process.wait(60)

    def stop(self) -> int:
        """Stop it, and return the exit code."""
        return self.kill(signal.SIGTERM)
