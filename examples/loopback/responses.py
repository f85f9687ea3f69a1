"""Answers of OpenAI's `/v1/responses`."""

import json

from .answers import Filtered, Nothing, Refused, ToolCalls, Written
from .form import Form, Stream, named_event, pieces_of, words_of
from .requests import Asked, Json


def _response(request: Asked, answer: Written, number: int, output: list[Json] | None) -> Json:
    """Make a response object; one without an output is in progress."""
    body = request.body
    response: Json = {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": 1_700_000_000,
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "metadata": {},
        "model": request.model,
        "output": output or [],
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": body.get("tools") or [],
        "top_p": 1.0,
        "usage": None,
    }
    if output is None:
        return response
    response["status"] = "completed"
    if isinstance(answer, Filtered):
        response.update(status="incomplete", incomplete_details={"reason": "content_filter"})
    if answer.tokens is not None:
        prompt, completion = answer.tokens
        details = {"input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0}}
        counts = {"input_tokens": prompt, "output_tokens": completion, "total_tokens": prompt + completion}
        response["usage"] = {**counts, **details, "output_tokens_details": {"reasoning_tokens": 0}}
    return response


def _calls(answer: ToolCalls, number: int) -> list[Json]:
    return [
        {
            "type": "function_call",
            "id": f"fc_{number}_{index}",
            "call_id": f"call_{number}_{index}",
            "name": name,
            "arguments": json.dumps(dict(arguments)),
            "status": "completed",
        }
        for index, (name, arguments) in enumerate(answer.calls)
    ]


def _message(answer: Written, number: int, part: Json | None) -> Json:
    status = "in_progress" if part is None else "incomplete" if isinstance(answer, Filtered) else "completed"
    content = [] if part is None else [part]
    return {"type": "message", "id": f"msg_{number}", "role": "assistant", "status": status, "content": content}


def _part(answer: Written) -> Json | None:
    """Make the one part of an answer's message; None if the answer has no message."""
    match answer:
        case ToolCalls() | Nothing(content=None) | Filtered(content=None):
            return None
        case Refused():
            return {"type": "refusal", "refusal": answer.text}
    return {"type": "output_text", "text": answer.content, "annotations": [], "logprobs": []}


def _output(answer: Written, number: int) -> list[Json]:
    if isinstance(answer, ToolCalls):
        return _calls(answer, number)
    part = _part(answer)
    return [] if part is None else [_message(answer, number, part)]


def whole(request: Asked, answer: Written, number: int) -> Json:
    """Make the body of a whole answer."""
    return _response(request, answer, number, _output(answer, number))


def stream(request: Asked, answer: Written, number: int) -> Stream:
    """Make the events of a stream, numbered in their order."""
    started = _response(request, answer, number, None)
    opening: list[Json] = [{"type": f"response.{name}", "response": started} for name in ("created", "in_progress")]
    content: list[Json] = []
    closing: list[Json] = []
    part = _part(answer)
    if isinstance(answer, ToolCalls):
        for index, call in enumerate(_calls(answer, number)):
            content += _call_events(index, call)
    elif part is not None:
        refused = isinstance(answer, Refused)
        name, key = ("refusal", "refusal") if refused else ("output_text", "text")
        more: Json = {} if refused else {"logprobs": []}
        item = {"output_index": 0, "item": _message(answer, number, None)}
        place = {"item_id": f"msg_{number}", "output_index": 0, "content_index": 0}
        opening.append({"type": "response.output_item.added", **item})
        opening.append({"type": "response.content_part.added", **place, "part": {**part, key: ""}})
        match answer:
            case Refused():
                pieces = words_of(answer.text)
            case Nothing() | ToolCalls():
                pieces = []
            case _:
                pieces = pieces_of(answer)
        content = [{"type": f"response.{name}.delta", **place, "delta": piece, **more} for piece in pieces]
        closing = [
            {"type": f"response.{name}.done", **place, key: part[key], **more},
            {"type": "response.content_part.done", **place, "part": part},
            {"type": "response.output_item.done", "output_index": 0, "item": _message(answer, number, part)},
        ]
    ended = whole(request, answer, number)
    closing.append({"type": f"response.{ended['status']}", "response": ended})
    for index, event in enumerate([*opening, *content, *closing]):
        event["sequence_number"] = index
    return Stream(opening, content, closing)


def _call_events(index: int, call: Json) -> list[Json]:
    place = {"item_id": call["id"], "output_index": index}
    arguments = call["arguments"]
    started = {**call, "arguments": "", "status": "in_progress"}
    return [
        {"type": "response.output_item.added", "output_index": index, "item": started},
        {"type": "response.function_call_arguments.delta", **place, "delta": arguments},
        {"type": "response.function_call_arguments.done", **place, "name": call["name"], "arguments": arguments},
        {"type": "response.output_item.done", "output_index": index, "item": call},
    ]


RESPONSES = Form(whole, stream, named_event)
