"""Stand in for LLM providers on 127.0.0.1, so that their real SDKs run without the internet.

The first part of a request's path names the provider, the rest its API: chat completions, OpenAI's responses,
anthropic's messages, gemini's `generateContent` or Ollama's chat. Which answer a request gets is scripted by provider,
key and model; without a script it is "ok".
"""

from .answers import (
    Answer,
    Broken,
    Dropped,
    Failure,
    Filtered,
    Garbage,
    Nothing,
    Refused,
    Slow,
    Stalled,
    Text,
    ToolCalls,
    Written,
)
from .requests import PLAIN_PROVIDERS, PROVIDERS, Asked
from .server import Loopback

__all__ = [
    "PLAIN_PROVIDERS",
    "PROVIDERS",
    "Answer",
    "Asked",
    "Broken",
    "Dropped",
    "Failure",
    "Filtered",
    "Garbage",
    "Loopback",
    "Nothing",
    "Refused",
    "Slow",
    "Stalled",
    "Text",
    "ToolCalls",
    "Written",
]
