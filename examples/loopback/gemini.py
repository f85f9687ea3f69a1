"""Answers of gemini's `generateContent` and `streamGenerateContent`."""

from .answers import Broken, Filtered, Nothing, Refused, Stalled, ToolCalls, Written
from .form import Form, Stream, data_event, pieces_of
from .requests import Asked, Json

RATINGS = [{"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": True}]


def _head(request: Asked, number: int) -> Json:
    return {"modelVersion": request.model, "responseId": f"response-{number}"}


def _usage(answer: Written) -> Json:
    if answer.tokens is None:
        return {}
    prompt, completion = answer.tokens
    counts = {"promptTokenCount": prompt, "candidatesTokenCount": completion, "totalTokenCount": prompt + completion}
    return {"usageMetadata": counts}


def _finish(answer: Written) -> Json:
    match answer:
        case Filtered():
            return {"finishReason": "SAFETY", "safetyRatings": RATINGS}
        case Refused():
            return {"finishReason": "PROHIBITED_CONTENT"}
    return {"finishReason": "STOP"}


def _parts(answer: Written, streamed: bool) -> list[Json]:
    match answer:
        case ToolCalls():
            return [{"functionCall": {"name": name, "args": dict(arguments)}} for name, arguments in answer.calls]
        case Refused() | Nothing(content=None) | Filtered(content=None):
            return []
        case Nothing():
            return [{"text": ""}]
    return [{"text": piece} for piece in (pieces_of(answer) if streamed else [answer.content])]


def _candidate(answer: Written, parts: list[Json]) -> Json:
    candidate: Json = {"index": 0}
    if parts:
        candidate["content"] = {"role": "model", "parts": parts}
    elif isinstance(answer, Nothing):
        candidate["content"] = {"role": "model"}
    return candidate


def _blocked_prompt(request: Asked, number: int) -> Json:
    feedback = {"blockReason": "SAFETY", "safetyRatings": RATINGS}
    usage = {"promptTokenCount": 7, "totalTokenCount": 7}
    return {**_head(request, number), "promptFeedback": feedback, "usageMetadata": usage}


def whole(request: Asked, answer: Written, number: int) -> Json:
    """Make the body of a whole answer."""
    if isinstance(answer, Filtered) and answer.where == "prompt":
        return _blocked_prompt(request, number)
    candidate = {**_candidate(answer, _parts(answer, streamed=False)), **_finish(answer)}
    return {**_head(request, number), "candidates": [candidate], **_usage(answer)}


def stream(request: Asked, answer: Written, number: int) -> Stream:
    """Make the events of a stream; the last piece comes with the reason to finish."""
    if isinstance(answer, Filtered) and answer.where == "prompt":
        return Stream(closing=[_blocked_prompt(request, number)])
    head = _head(request, number)
    parts = _parts(answer, streamed=True)
    events: list[Json] = [{**head, "candidates": [_candidate(answer, [part])]} for part in parts]
    if isinstance(answer, Broken):
        return Stream(content=events)
    if isinstance(answer, Stalled):  # so that the finish comes after the wait, whenever that is
        events.append({**head, "candidates": [_candidate(answer, [{"text": ""}])]})
    elif not events:
        events.append({**head, "candidates": [_candidate(answer, [])]})
    last = events[-1]
    last["candidates"][0].update(_finish(answer))
    last.update(_usage(answer))
    return Stream(content=events[:-1], closing=[last])


GEMINI = Form(whole, stream, data_event)
