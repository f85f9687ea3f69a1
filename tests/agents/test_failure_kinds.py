"""What errors say: those that the SDKs and agno raise, and the texts that agno leaves of them."""

from __future__ import annotations

import json
import pickle
from typing import Any

import cerebras.cloud.sdk
import groq
import httpx
import openai
import pytest
from agno.exceptions import (
    ContextWindowExceededError,
    ModelAuthenticationError,
    ModelProviderError,
    ModelRateLimitError,
    StopAgentRun,
)
from google.genai import errors as gemini

from resolver.agents import Kind, NoProviderError, kind_of
from resolver.agents.call import EmptyAnswerError
from resolver.agents.disable_retries import BrokenStreamError
from resolver.agents.failure_kinds import kind_of_call
from resolver.agents.keycycle_import import keycycle
from resolver.agents.no_provider import ProviderFailure, no_provider_error

REQUEST: Any = httpx.Request("POST", "http://127.0.0.1/v1/chat/completions")
"""Of no declared type, as the SDKs have their clients from different packages by now."""
TPM = (
    "Request too large for model `openai/gpt-oss-120b` in organization `org_1` service tier `on_demand` on tokens per "
    "minute (TPM): Limit 8000, Requested 9310, please reduce your message size and try again."
)


def answer(status: int) -> Any:
    """Answer as a server does."""
    return httpx.Response(status, request=REQUEST)


def of_openai(status: int, message: str = "", code: object = None) -> openai.APIStatusError:
    """Raise as openai's client does, which agno uses for openrouter."""
    body = {"message": message, "code": code}
    text = f"Error code: {status} - { ({'error': body})!r}"
    return openai.APIStatusError(text, response=answer(status), body=body)


def of_groq(status: int, message: str = "", code: str | None = None) -> groq.APIStatusError:
    """Raise as groq's client does."""
    body = {"error": {"message": message, "type": "invalid_request_error", "code": code}}
    return groq.APIStatusError(f"Error code: {status} - {body!r}", response=answer(status), body=body)


def of_cerebras(status: int, message: str = "", code: str | None = None) -> cerebras.cloud.sdk.APIStatusError:
    """Raise as the client of Cerebras does, which agno lets through."""
    body = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    response = answer(status)
    return cerebras.cloud.sdk.APIStatusError(f"Error code: {status} - {body!r}", response=response, body=body)


def of_gemini(status: int, message: str, name: str, *details: Any) -> gemini.APIError:
    """Raise as google's client does."""
    body = {"error": {"code": status, "message": message, "status": name, "details": [*details]}}
    return (gemini.ClientError if status < 500 else gemini.ServerError)(status, body, None)


def caused(error: Exception, cause: BaseException) -> Exception:
    """Put a cause behind an error, as adapters do."""
    error.__cause__ = cause
    return error


OF_CLIENTS: list[tuple[Kind, Exception]] = [
    # cerebras
    (
        Kind.CAPACITY,
        of_cerebras(429, "Requests per minute limit exceeded - too many requests", "request_quota_exceeded"),
    ),
    (Kind.AUTH, of_cerebras(401, "Wrong API Key", "wrong_api_key")),
    (Kind.NOT_FOUND, of_cerebras(404, "Model x does not exist or you do not have access to it.", "model_not_found")),
    (Kind.CONTEXT, of_cerebras(400, "Current length is 9000 while limit is 8192", "context_length_exceeded")),
    (Kind.OUTAGE, of_cerebras(503, "We're experiencing high traffic right now!", "queue_exceeded")),
    (Kind.REQUEST, of_cerebras(400, "`reasoning_effort` is not supported", "wrong_api_format")),
    (Kind.REQUEST, of_cerebras(422, "body.messages: Field required")),
    # groq
    (Kind.CAPACITY, of_groq(429, "Rate limit reached for model `x` on tokens per day (TPD)", "rate_limit_exceeded")),
    (Kind.CAPACITY, of_groq(413, TPM, "rate_limit_exceeded")),
    (Kind.CONTEXT, of_groq(413, "Request Entity Too Large", "request_too_large")),
    (Kind.CONTEXT, of_groq(400, "Please reduce the length of the messages.", "context_length_exceeded")),
    (Kind.AUTH, of_groq(401, "Invalid API Key", "invalid_api_key")),
    (Kind.AUTH, of_groq(400, "Organization has been restricted: invalid API key")),
    (Kind.NOT_FOUND, of_groq(404, "The model `x` does not exist or you do not have access to it.", "model_not_found")),
    (Kind.NOT_FOUND, of_groq(400, "The model `x` has been decommissioned", "model_decommissioned")),
    (Kind.TOOL, of_groq(400, "Failed to call a function. See 'failed_generation'.", "tool_use_failed")),
    (Kind.TASK, of_groq(400, "Failed to generate JSON. See 'failed_generation'.", "json_validate_failed")),
    (Kind.OUTAGE, of_groq(500, "Internal Server Error")),
    (Kind.OUTAGE, of_groq(503, "Service unavailable: context length service is down")),
    # openrouter
    (Kind.CAPACITY, of_openai(402, "Insufficient credits. Add more using https://openrouter.ai/credits", 402)),
    (Kind.CAPACITY, of_openai(429, "Rate limit exceeded: free-models-per-day", 429)),
    (Kind.NOT_FOUND, of_openai(404, "No endpoints found for meta-llama/llama-2-70b.", 404)),
    (Kind.NOT_FOUND, of_openai(400, "meta-llama/llama-0 is not a valid model ID", 400)),
    (Kind.AUTH, of_openai(401, "No auth credentials found", 401)),
    (Kind.AUTH, of_openai(403, "Key limit exceeded", 403)),
    (Kind.OUTAGE, of_openai(408, "Your request timed out", 408)),
    (Kind.OUTAGE, of_openai(502, "Provider returned error", 502)),
    (Kind.OUTAGE, of_openai(529, "Overloaded", 529)),
    (Kind.CONTEXT, of_openai(400, "This endpoint's maximum context length is 8192 tokens.", 400)),
    (Kind.CONTEXT, of_openai(400, "prompt is too long: 210000 tokens > 200000 maximum", 400)),
    (Kind.REQUEST, of_openai(400, "Provider returned error", 400)),
    (Kind.NOT_FOUND, of_openai(410, "Gone")),
    # gemini
    (Kind.CAPACITY, of_gemini(429, "You exceeded your current quota", "RESOURCE_EXHAUSTED")),
    (Kind.AUTH, of_gemini(400, "API key not valid.", "INVALID_ARGUMENT", {"reason": "API_KEY_INVALID"})),
    (Kind.AUTH, of_gemini(403, "Your project has been denied access.", "PERMISSION_DENIED")),
    (Kind.NOT_FOUND, of_gemini(404, "models/x is not found for API version v1beta", "NOT_FOUND")),
    (Kind.CONTEXT, of_gemini(400, "The input token count (9) exceeds the maximum number of tokens allowed (8).", "X")),
    (Kind.REQUEST, of_gemini(400, "Function calling is not enabled for models/gemma-3-27b-it", "INVALID_ARGUMENT")),
    (Kind.OUTAGE, of_gemini(503, "The model is overloaded. Please try again later.", "UNAVAILABLE")),
    (Kind.OUTAGE, of_gemini(504, "Deadline expired before operation could complete.", "DEADLINE_EXCEEDED")),
    # no answer
    (Kind.OUTAGE, openai.APIConnectionError(request=REQUEST)),
    (Kind.OUTAGE, groq.APITimeoutError(REQUEST)),
    (Kind.OUTAGE, cerebras.cloud.sdk.APIConnectionError(request=REQUEST)),
    (Kind.OUTAGE, httpx.ReadTimeout("", request=REQUEST)),
    (Kind.OUTAGE, httpx.RemoteProtocolError("Server disconnected without sending a response.")),
    (Kind.OUTAGE, ConnectionResetError(104, "Connection reset by peer")),
    (Kind.OUTAGE, TimeoutError()),
    (Kind.OUTAGE, BrokenStreamError("the stream broke off")),
    (Kind.OUTAGE, EmptyAnswerError("the stream ended without an answer")),
    (Kind.CAPACITY, keycycle().NoAvailableKeyError("groq", "m", wait=False, timeout=0.0, total_keys=2, cooling_down=2)),
    # agno
    (Kind.CAPACITY, ModelRateLimitError("slow down", 429)),
    (Kind.AUTH, ModelAuthenticationError("GROQ_API_KEY not set. Please set the GROQ_API_KEY environment variable.")),
    (Kind.CONTEXT, ContextWindowExceededError("too much", 400)),
    (Kind.OUTAGE, ModelProviderError("something")),
    (Kind.TASK, ModelProviderError("Max retries with guidance reached. Error: malformed function call")),
    (Kind.CONTEXT, ModelProviderError("This endpoint's maximum context length is 8192 tokens.")),
    (Kind.NOT_FOUND, ModelProviderError("x is not a valid model ID")),
    # adapters put a status of their own on theirs: what led to it says more
    (Kind.AUTH, caused(ModelProviderError("no"), of_groq(401, "Invalid API Key"))),
    (Kind.REQUEST, caused(ModelProviderError("no", 502), of_gemini(400, "no", "INVALID_ARGUMENT"))),
    (Kind.CONTEXT, caused(ModelProviderError("no"), of_openai(400, "too many tokens in the prompt"))),
    (Kind.CAPACITY, caused(RuntimeError("no"), caused(ValueError("no"), of_openai(429)))),
    # nobody else's
    (Kind.TASK, ValueError("three bananas are no number")),
    (Kind.TASK, KeyError("answer")),
    (Kind.TASK, ModuleNotFoundError("No module named 'sklearn'", name="sklearn")),
    (Kind.TASK, AssertionError()),
    (Kind.TASK, StopAgentRun("enough")),
    (Kind.TASK, ZeroDivisionError("division by zero")),
]

TEXTS: list[tuple[Kind, str]] = [
    (Kind.CAPACITY, '{"error":{"message":"Rate limit reached for model `x`","code":"rate_limit_exceeded"}}'),
    (Kind.CAPACITY, json.dumps({"error": {"message": TPM, "code": "rate_limit_exceeded"}})),
    (Kind.CAPACITY, "Error code: 429 - {'message': 'Too many', 'type': 'too_many_requests_error'}"),
    (Kind.CAPACITY, '{"error": {"code": 429, "message": "…", "status": "RESOURCE_EXHAUSTED"}}'),
    (Kind.CAPACITY, "No available keys for groq/x"),
    (Kind.OUTAGE, "Connection error."),
    (Kind.OUTAGE, "Request timed out."),
    (Kind.OUTAGE, "Server disconnected without sending a response."),
    (Kind.OUTAGE, '{"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}'),
    (Kind.OUTAGE, '{"error":{"message":"Internal Server Error","type":"internal_server_error"}}'),
    (Kind.OUTAGE, "<html><head><title>502 Bad Gateway</title></head></html>"),
    (Kind.AUTH, '{"error":{"message":"Invalid API Key","type":"invalid_request_error","code":"invalid_api_key"}}'),
    (Kind.AUTH, "Error code: 401 - {'message': 'Wrong API Key', 'code': 'wrong_api_key'}"),
    (Kind.AUTH, "Incorrect API key provided: sk-***."),
    (Kind.AUTH, "API key not valid. Please pass a valid API key."),
    (Kind.AUTH, '{"error": {"code": 403, "message": "denied", "status": "PERMISSION_DENIED"}}'),
    (Kind.NOT_FOUND, "The model `llama-2` does not exist or you do not have access to it."),
    (Kind.NOT_FOUND, "models/gemini-0 is not found for API version v1beta, or is not supported"),
    (Kind.NOT_FOUND, "llama-0 is not a valid model ID"),
    (Kind.NOT_FOUND, '{"error":{"message":"The model `x` has been decommissioned and is no longer supported."}}'),
    (Kind.CONTEXT, "This model's maximum context length is 8192 tokens."),
    (Kind.CONTEXT, "Error code: 400 - {'message': 'Please reduce', 'code': 'context_length_exceeded'}"),
    (
        Kind.CONTEXT,
        '{"error": {"code": 400, "message": "The input token count (9) exceeds the maximum number of tokens"}}',
    ),
    (Kind.TOOL, '{"error":{"message":"Failed to call a function.","code":"tool_use_failed"}}'),
    (Kind.TASK, '{"error":{"message":"Failed to validate JSON.","code":"json_validate_failed"}}'),
    (Kind.REQUEST, "Error code: 400 - {'message': 'unsupported parameter'}"),
    (Kind.TASK, "the plan has no steps"),
    (Kind.TASK, "chapter 404 of the book has 500 pages"),
    (Kind.TASK, ""),
]


@pytest.mark.parametrize(("kind", "error"), OF_CLIENTS, ids=lambda one: one.value if isinstance(one, Kind) else None)
def test_an_error_says_what_failed(kind: Kind, error: Exception) -> None:
    """An exception of an SDK, of agno or of Python has the kind that it shows."""
    assert kind_of(error) is kind


@pytest.mark.parametrize(("kind", "text"), TEXTS, ids=lambda one: one.value if isinstance(one, Kind) else None)
def test_a_text_says_what_failed(kind: Kind, text: str) -> None:
    """The content of a run that ended in an error has the kind that its words show."""
    assert kind_of(text) is kind


@pytest.mark.parametrize("kind", Kind)
def test_only_the_models_own_kinds_stay(kind: Kind) -> None:
    """A provider's failure is of any kind but `filtered`, `context`, `tool` and `task`."""
    assert kind.of_provider is (kind.value not in {"filtered", "context", "tool", "task"})


@pytest.mark.parametrize("error", [AttributeError("'str' object has no attribute 'choices'"), KeyError("choices")])
def test_an_answer_that_cannot_be_read_is_an_outage_of_a_call_only(error: Exception) -> None:
    """What an adapter trips over is the provider's doing; the same error of an application is its own."""
    assert kind_of_call(error) is Kind.OUTAGE
    assert kind_of(error) is Kind.TASK


def test_what_is_no_json_is_an_outage_of_a_call_only() -> None:
    """An application that cannot read what a model wrote has seen a weakness of that model."""
    with pytest.raises(json.JSONDecodeError) as raised:
        json.loads("here is your JSON:")
    assert kind_of_call(raised.value) is Kind.OUTAGE
    assert kind_of(raised.value) is Kind.TASK


def test_causes_in_a_circle_come_to_an_end() -> None:
    """Errors that are each other's cause are read once."""
    first, second = ValueError("first"), of_openai(429)
    first.__cause__, second.__cause__ = second, first
    assert kind_of(first) is Kind.CAPACITY
    first.__cause__ = first
    assert kind_of(first) is Kind.TASK


def test_the_error_for_all_has_the_kind_of_the_last_attempt() -> None:
    """That no provider serves is never the model's fault, wherever in the causes it stands."""
    failures = (ProviderFailure("groq", "m", "auth", "no"), ProviderFailure("gemini", "m", "outage", "no"))
    error = no_provider_error("it", failures)
    assert isinstance(error, NoProviderError)
    assert kind_of(error) is Kind.OUTAGE
    assert kind_of(caused(RuntimeError("the tool broke"), error)) is Kind.OUTAGE
    assert kind_of(pickle.loads(pickle.dumps(error))) is Kind.OUTAGE
    assert kind_of(no_provider_error("it", ())) is Kind.CAPACITY


def test_a_whole_page_is_read_no_further_than_it_helps() -> None:
    """An error that is megabytes long costs no seconds."""
    assert kind_of(ValueError("model " * 2_000_000)) is Kind.TASK
    assert kind_of(ModelProviderError("model " * 2_000_000, 404)) is Kind.NOT_FOUND


def test_a_text_that_is_a_whole_page_is_read_no_further_either() -> None:
    """The content of a run may be as long."""
    assert kind_of("model " * 2_000_000) is Kind.TASK
