"""Answers of chat completions, which cerebras, groq, openrouter, openai and local servers speak."""

import json

from .answers import Filtered, Nothing, Refused, ToolCalls, Written
from .form import Form, Stream, data_event, pieces_of, words_of
from .requests import Asked, Json


def _head(request: Asked, number: int, kind: str) -> Json:
    head: Json = {"id": f"chatcmpl-{number}", "created": 1_700_000_000, "model": request.model, "object": kind}
    head["system_fingerprint"] = "fp_0"  # else the Cerebras SDK leaves a chunk's choices as plain dicts
    return head


def _usage(answer: Written) -> Json | None:
    if answer.tokens is None:
        return None
    prompt, completion = answer.tokens
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _finish(answer: Written) -> str:
    match answer:
        case ToolCalls():
            return "tool_calls"
        case Filtered():
            return "content_filter"
    return "stop"


def _tool_calls(answer: ToolCalls, number: int) -> list[Json]:
    calls = []
    for index, (name, arguments) in enumerate(answer.calls):
        function = {"name": name, "arguments": json.dumps(dict(arguments))}
        calls.append({"index": index, "id": f"call_{number}_{index}", "type": "function", "function": function})
    return calls


def whole(request: Asked, answer: Written, number: int) -> Json:
    """Make the body of a whole answer."""
    message: Json = {"role": "assistant", "content": None}
    match answer:
        case ToolCalls():
            message["tool_calls"] = _tool_calls(answer, number)
        case Refused():
            message["refusal"] = answer.text
        case _:
            message["content"] = answer.content
    choice = {"index": 0, "message": message, "finish_reason": _finish(answer)}
    body = {**_head(request, number, "chat.completion"), "choices": [choice]}
    usage = _usage(answer)
    return body if usage is None else {**body, "usage": usage}


def stream(request: Asked, answer: Written, number: int) -> Stream:
    """Make the chunks of a stream: one with the role, one a piece, one with the reason to finish."""
    head = _head(request, number, "chat.completion.chunk")

    def chunk(delta: Json, finish: str | None = None) -> Json:
        return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    match answer:
        case ToolCalls():
            deltas: list[Json] = [{"tool_calls": [call]} for call in _tool_calls(answer, number)]
        case Refused():
            deltas = [{"refusal": word} for word in words_of(answer.text)]
        case Nothing():
            deltas = []
        case _:
            deltas = [{"content": piece} for piece in pieces_of(answer)]
    role: Json = {"role": "assistant", "content": ""}
    if isinstance(answer, Nothing):
        role["content"] = answer.content
    elif isinstance(answer, Refused):
        role.update(content=None, refusal="")
    last = chunk({}, _finish(answer))
    usage = _usage(answer)
    closing = [last]
    if usage is not None and request.provider in ("openai", "local"):  # which send it only on demand, and apart
        if (request.body.get("stream_options") or {}).get("include_usage"):
            closing.append({**head, "choices": [], "usage": usage})
    elif usage is not None:
        last.update(usage=usage, x_groq={"usage": usage})  # groq reads the latter
    return Stream([chunk(role)], [chunk(delta) for delta in deltas], closing)


CHAT = Form(whole, stream, data_event, b"data: [DONE]\n\n")
