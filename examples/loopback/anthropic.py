"""Answers of anthropic's `/v1/messages`."""

import json
from typing import Any

from .answers import Broken, Filtered, Nothing, Refused, Stalled, Text, ToolCalls, Written
from .form import Form, Stream, named_event, pieces_of
from .requests import Asked, Json


def _message(request: Asked, answer: Written, number: int, content: list[Json], finish: Json) -> Json:
    head = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": request.model}
    return {**head, "content": content, **finish, "usage": _usage(answer)}


def _usage(answer: Written) -> Json:
    prompt, completion = answer.tokens or (0, 0)  # the API always reports them
    return {"input_tokens": prompt, "output_tokens": completion}


def _finish(answer: Written) -> Json:
    finish: Json = {"stop_reason": "end_turn", "stop_sequence": None}
    if isinstance(answer, ToolCalls):
        finish["stop_reason"] = "tool_use"
    if isinstance(answer, Refused | Filtered):
        finish["stop_reason"] = "refusal"
        finish["stop_details"] = {"type": "refusal", "category": None, "explanation": None}
    return finish


def _tool_use(name: str, arguments: Any, number: int, index: int) -> Json:
    return {"type": "tool_use", "id": f"toolu_{number}_{index}", "name": name, "input": arguments}


def whole(request: Asked, answer: Written, number: int) -> Json:
    """Make the body of a whole answer."""
    match answer:
        case ToolCalls():
            calls = enumerate(answer.calls)
            content = [_tool_use(name, dict(arguments), number, index) for index, (name, arguments) in calls]
        case Refused() | Nothing(content=None) | Filtered(content=None):
            content = []
        case _:
            content = [{"type": "text", "text": answer.content}]
    return _message(request, answer, number, content, _finish(answer))


def stream(request: Asked, answer: Written, number: int) -> Stream:
    """Make the events of a stream: a start, the deltas of each block, the reason to stop."""
    start = _message(request, answer, number, [], {"stop_reason": None, "stop_sequence": None})
    start["usage"]["output_tokens"] = 1
    opening: list[Json] = [{"type": "message_start", "message": start}]
    content: list[Json] = []
    closing: list[Json] = []
    match answer:
        case ToolCalls():
            for index, (name, arguments) in enumerate(answer.calls):
                delta = {"type": "input_json_delta", "partial_json": json.dumps(dict(arguments))}
                content += [
                    {
                        "type": "content_block_start",
                        "index": index,
                        "content_block": _tool_use(name, {}, number, index),
                    },
                    {"type": "content_block_delta", "index": index, "delta": delta},
                    {"type": "content_block_stop", "index": index},
                ]
        case Text() | Broken() | Stalled() | Filtered(content=str()) | Nothing(content=""):
            block = {"type": "text", "text": ""}
            opening.append({"type": "content_block_start", "index": 0, "content_block": block})
            for piece in [] if isinstance(answer, Nothing) else pieces_of(answer):
                delta = {"type": "text_delta", "text": piece}
                content.append({"type": "content_block_delta", "index": 0, "delta": delta})
            closing.append({"type": "content_block_stop", "index": 0})
    opening.append({"type": "ping"})
    usage = {"output_tokens": _usage(answer)["output_tokens"]}
    closing += [{"type": "message_delta", "delta": _finish(answer), "usage": usage}, {"type": "message_stop"}]
    return Stream(opening, content, closing)


ANTHROPIC = Form(whole, stream, named_event)
