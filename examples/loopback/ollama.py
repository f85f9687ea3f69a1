"""Answers of Ollama's own `/api/chat`, whose streams are lines of JSON.

Ollama has no filter and no refusal: a filtered answer is its text so far, and a refusal is text.
"""

import json

from .answers import Filtered, Nothing, Refused, ToolCalls, Written
from .form import Form, Stream, pieces_of, words_of
from .requests import Asked, Json


def _line(request: Asked, message: Json, done: Json | None = None) -> Json:
    head = {"model": request.model, "created_at": "2023-11-14T22:13:20.000000Z"}
    return {**head, "message": {"role": "assistant", **message}, "done": done is not None, **(done or {})}


def _done(answer: Written) -> Json:
    durations = {"total_duration": 5_000_000, "load_duration": 1_000_000}
    done: Json = {"done_reason": "stop", **durations}
    if answer.tokens is not None:
        prompt, completion = answer.tokens
        done.update(prompt_eval_count=prompt, prompt_eval_duration=1_000_000)
        done.update(eval_count=completion, eval_duration=3_000_000)
    return done


def _tool_calls(answer: ToolCalls) -> Json:
    calls = [{"function": {"name": name, "arguments": dict(arguments)}} for name, arguments in answer.calls]
    return {"content": "", "tool_calls": calls}


def whole(request: Asked, answer: Written, number: int) -> Json:
    """Make the body of a whole answer."""
    match answer:
        case ToolCalls():
            message = _tool_calls(answer)
        case Refused():
            message = {"content": answer.text}
        case Filtered():
            message = {"content": answer.content or ""}
        case _:
            message = {"content": answer.content}
    return _line(request, message, _done(answer))


def stream(request: Asked, answer: Written, number: int) -> Stream:
    """Make the lines of a stream: one a piece, then an empty one that is done."""
    match answer:
        case ToolCalls():
            messages = [_tool_calls(answer)]
        case Refused():
            messages = [{"content": word} for word in words_of(answer.text)]
        case Nothing():
            messages = []
        case _:
            messages = [{"content": piece} for piece in pieces_of(answer)]
    lines = [_line(request, message) for message in messages]
    return Stream(content=lines, closing=[_line(request, {"content": ""}, _done(answer))])


def frame(event: Json) -> bytes:
    """Encode one line."""
    return json.dumps(event).encode() + b"\n"


OLLAMA = Form(whole, stream, frame, content_type="application/x-ndjson")
