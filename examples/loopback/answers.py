"""Answers that a script gives to requests, in no provider's own form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

TOKENS = (7, 3)


@dataclass(frozen=True)
class Text:
    """Answer with text; a stream gives it in `chunks`, or word by word."""

    content: str = "ok"
    chunks: tuple[str, ...] | None = None
    prompt_tokens: int = 7
    completion_tokens: int = 3

    @property
    def tokens(self) -> tuple[int, int]:
        return self.prompt_tokens, self.completion_tokens


@dataclass(frozen=True)
class ToolCalls:
    """Ask for tools to be called, each by name with its arguments."""

    calls: tuple[tuple[str, Mapping[str, object]], ...]
    tokens = TOKENS


@dataclass(frozen=True)
class Nothing:
    """Answer 200 without a word, finished as usual.

    Args:
        usage: Whether the answer reports its tokens.
        content: "" sends an empty text. None sends no text: a null, or no part at all.
    """

    usage: bool = True
    content: Literal[""] | None = ""

    @property
    def tokens(self) -> tuple[int, int] | None:
        return (TOKENS[0], 0) if self.usage else None


@dataclass(frozen=True)
class Filtered:
    """Stop the answer as the provider's content filter does.

    Args:
        where: "finish" ends the answer with the filter as its reason. "prompt" rejects the request: status 400, or
            gemini's `blockReason` in a 200.
        content: Text that comes before the filter stops the answer.
    """

    where: Literal["finish", "prompt"] = "finish"
    content: str | None = None
    tokens = TOKENS


@dataclass(frozen=True)
class Refused:
    """Refuse as the model itself: OpenAI's `refusal`, anthropic's `stop_reason`, gemini's PROHIBITED_CONTENT.

    Only the OpenAI forms carry the text. Ollama has no form for it, so the text is the content.
    """

    text: str = "I cannot help with that"
    tokens = TOKENS


@dataclass(frozen=True)
class Failure:
    """Refuse with an HTTP status; `body` is sent in place of the provider's own form, `retry_after` is in seconds."""

    status: int
    message: str = "refused by the loopback"
    code: str | None = None
    body: object = None
    retry_after: int | None = None


@dataclass(frozen=True)
class Garbage:
    """Answer 200 with a web page, as a proxy in between might."""


@dataclass(frozen=True)
class Dropped:
    """Close the connection without an answer."""


@dataclass(frozen=True)
class Broken:
    """Close the connection after so many words of a stream, or halfway through a whole answer."""

    content: str = "one two three"
    after: int = 1
    tokens = TOKENS


@dataclass(frozen=True)
class Stalled:
    """Send the headers at once, then wait in the middle of the answer.

    Args:
        after: Words that a stream sends before it waits. A whole answer waits before its body if this is 0, else
            halfway through it.
        seconds: Length of the wait. The rest of the answer follows it.
        content: The text of the answer.
        busy: Keep the connection of a stream busy with comments during the wait, as routers of models do.
    """

    after: int = 0
    seconds: float = 60.0
    content: str = "one two three"
    busy: bool = False
    tokens = TOKENS


@dataclass(frozen=True)
class Slow:
    """Wait for so many seconds, then answer."""

    seconds: float
    then: "Answer" = Text()


Written = Text | ToolCalls | Nothing | Filtered | Refused | Broken | Stalled
Answer = Written | Failure | Garbage | Dropped | Slow
