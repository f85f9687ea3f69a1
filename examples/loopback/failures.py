"""Bodies of failed requests, in the form of each provider."""

import json

from .answers import Failure
from .requests import Json

GEMINI_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
ANTHROPIC_TYPE = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
OPENAI_TYPE = {429: "rate_limit_error", 500: "server_error", 503: "service_unavailable_error"}

FILTERED_PROMPT = Failure(
    400,
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. "
    "Please modify your prompt and retry. To learn more about our content filtering policies please read our "
    "documentation: https://go.microsoft.com/fwlink/?linkid=2198766",
    code="content_filter",
)
FILTERED_MESSAGES = Failure(400, "Output blocked by content filtering policy")


def filtered_prompt(provider: str) -> Failure:
    """Make the failure of a request whose prompt the provider's filter rejects."""
    return FILTERED_MESSAGES if provider == "anthropic" else FILTERED_PROMPT


def failure_body(provider: str, failure: Failure) -> bytes:
    """Make the body of a failed request."""
    if failure.body is not None:
        return failure.body.encode() if isinstance(failure.body, str) else json.dumps(failure.body).encode()
    return json.dumps(_own_form(provider, failure)).encode()


def _own_form(provider: str, failure: Failure) -> Json:
    error: Json = {"message": failure.message, "code": failure.code}
    match provider:
        case "cerebras":  # not nested
            return {**error, "type": "error", "param": None}
        case "groq":
            return {"error": {**error, "type": "error"}}
        case "openrouter":
            return {"error": {**error, "code": failure.code or failure.status}}
        case "openai" | "local":
            kind = OPENAI_TYPE.get(failure.status, "invalid_request_error")
            param = "prompt" if failure.code == "content_filter" else None
            return {"error": {**error, "type": kind, "param": param}}
        case "anthropic":
            kind = failure.code or ANTHROPIC_TYPE.get(failure.status, "api_error")
            return {"type": "error", "error": {"type": kind, "message": failure.message}, "request_id": "req_0"}
        case "ollama":
            return {"error": failure.message}
    status = failure.code or GEMINI_STATUS.get(failure.status, "UNKNOWN")
    return {"error": {"code": failure.status, "message": failure.message, "status": status}}
