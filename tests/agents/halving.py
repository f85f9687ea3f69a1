"""Tools that agents call in these tests, and the answers in which a model calls them."""

from __future__ import annotations

from examples.loopback import Answer, Text, ToolCalls


def half(number: int) -> str:
    """Halve an even number."""
    if number % 2:
        raise ValueError(f"{number} is odd")
    return str(number // 2)


def other() -> str:
    """Do something else."""
    return "done"


def calls(*numbers: int) -> tuple[Answer, ...]:
    """Let a model halve these, one after the other, and then end."""
    return *(ToolCalls((("half", {"number": number}),)) for number in numbers), Text("that is it")
