"""Lines of a log are read one by one, and a line without an end takes little memory."""

from __future__ import annotations

import io

import pytest

from resolver.author import lines_of
from resolver.author.replay.outcome_lines import LONGEST_LINE


@pytest.mark.parametrize(
    "text", [b"", b"\n", b"a", b"a\n", b"a\nb", b"a\n\nb\n", b"x" * (LONGEST_LINE - 1) + b"\na\n", b"\xff\x00\n\r\n"]
)
def test_lines_are_those_of_the_file(text: bytes) -> None:
    """Line ends are kept, and the last line may have none."""
    assert list(lines_of(io.BytesIO(text))) == list(io.BytesIO(text))


@pytest.mark.parametrize("length", [LONGEST_LINE, LONGEST_LINE + 1, 2**20, 2**20 + LONGEST_LINE, 5 * 2**20])
def test_a_long_line_is_cut_and_the_next_lines_are_read(length: int) -> None:
    """It is one bad line, whose number is right."""
    lines = list(lines_of(io.BytesIO(b"a\n" + b"x" * length + b"\nb\nc\n")))
    assert [lines[0], *lines[2:]] == [b"a\n", b"b\n", b"c\n"]
    assert LONGEST_LINE < len(lines[1]) < LONGEST_LINE + 10


class _Device(io.RawIOBase):
    """A file without an end, which counts the bytes that are read of it."""

    read_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self.read_bytes += len(buffer)
        assert self.read_bytes < 2**26, "it is read without end"
        buffer[:] = bytes(len(buffer))
        return len(buffer)


def test_a_device_without_line_ends_is_given_up() -> None:
    """`resolver replay /dev/zero` does not read until the memory is full."""
    device = _Device()
    assert [len(line) for line in lines_of(io.BufferedReader(device))] == [LONGEST_LINE + 1]
    assert device.read_bytes < 2**25
