"""Ctrl-C ends a command even if it comes where Python drops exceptions."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from resolver.cli.interrupts import remembered


class Clearing:
    """An object in whose clearing away somebody presses Ctrl-C."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_dropped_interrupt_is_remembered() -> None:
    """The block goes on, and can tell that it should not."""
    before = signal.getsignal(signal.SIGINT)
    with remembered() as is_over:
        assert not is_over()
        held = [Clearing()]
        held.clear()
        assert is_over()
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_ends_the_block() -> None:
    """Elsewhere nothing after it is run."""
    reached = False
    with remembered():
        signal.raise_signal(signal.SIGINT)
        reached = True
    assert not reached


def test_in_another_thread_there_is_none() -> None:
    """Python gives signals to its main thread."""
    said: list[bool] = []

    def run() -> None:
        with remembered() as is_over:
            said.append(is_over())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert said == [False]


def test_interrupted_command_does_not_end_as_one_with_findings() -> None:
    """Ctrl-C while a command waits for its input gives 130, which no check of a policy gives."""
    command = [sys.executable, "-m", "resolver", "replay", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(b"\n" * 100_000)  # more than a pipe holds: the command has begun to read
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in errors
