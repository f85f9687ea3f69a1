"""Form of an API's answers: what each module of an API in this package fills in."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .answers import Broken, Filtered, Stalled, Text, Written
from .requests import Asked, Json


@dataclass(frozen=True)
class Stream:
    """Events of a streamed answer; `Broken` and `Stalled` count those of `content`."""

    opening: list[Json] = field(default_factory=list)
    content: list[Json] = field(default_factory=list)
    closing: list[Json] = field(default_factory=list)


@dataclass(frozen=True)
class Form:
    """Wire form of one API.

    Args:
        whole: Make the body of a whole answer.
        stream: Make the events of a stream.
        frame: Encode one event of a stream.
        end: Bytes after the last event.
        content_type: The content type of a stream.
    """

    whole: Callable[[Asked, Written, int], Json]
    stream: Callable[[Asked, Written, int], Stream]
    frame: Callable[[Json], bytes]
    end: bytes = b""
    content_type: str = "text/event-stream"


def words_of(content: str) -> list[str]:
    """Split text into words that make the text again when joined."""
    return re.findall(r"\s*\S+\s*", content)


def pieces_of(answer: Text | Broken | Stalled | Filtered) -> list[str]:
    """Split the answer's text into the pieces of a stream."""
    if isinstance(answer, Text) and answer.chunks is not None:
        return list(answer.chunks)
    return words_of(answer.content or "")


def data_event(event: Json) -> bytes:
    """Encode a server-sent event without a name."""
    return b"data: %s\n\n" % json.dumps(event).encode()


def named_event(event: Json) -> bytes:
    """Encode a server-sent event that is named by its type."""
    return b"event: %s\n%s" % (event["type"].encode(), data_event(event))
