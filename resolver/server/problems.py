"""Errors as problem documents (RFC 9457): one form for every answer that is an error."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException

from resolver.diagnostics import PolicyError, RequestError, ResolverError, visible
from resolver.json_forms.diagnostics_json import diagnostics_json

_log = logging.getLogger("resolver")
_SECONDS_TO_RETRY = "1"
_MOST_ERRORS = 20
"""Wrong values of a body that are listed."""


class Problem(BaseModel):
    """A problem document, RFC 9457."""

    model_config = ConfigDict(extra="allow")
    type: str = "about:blank"
    title: str
    status: int
    detail: str


class ProblemResponse(JSONResponse):
    """An answer that is a problem document."""

    media_type = "application/problem+json"


class ProblemError(Exception):
    """A request is refused, with this status, this sentence, and these headers of the answer."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, /, **more: Any) -> ProblemResponse:
    """Return the answer to a request that is refused or fails.

    Args:
        status: The HTTP status.
        detail: A sentence for the person who reads it.
        headers: Headers of the answer.
        more: Members of the document beyond those of the standard, such as `diagnostics`.

    """
    document = Problem(title=HTTPStatus(status).phrase, status=status, detail=visible(detail), **more)
    retry = {"retry-after": _SECONDS_TO_RETRY} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return ProblemResponse(document.model_dump(mode="json"), status, {**retry, **(headers or {})})


def of_resolver_error(error: ResolverError) -> ProblemResponse:
    """Return the answer to a request that the resolver refuses, or cannot answer now."""
    if isinstance(error, PolicyError):
        count = len(error.diagnostics)
        detail = f"the policy is refused: {count} {'diagnostic' if count == 1 else 'diagnostics'}"
        return problem(422, detail, **diagnostics_json(error.diagnostics))
    return problem(422 if isinstance(error, RequestError) else 503, str(error))


def answer_errors(app: FastAPI) -> None:
    """Let `app` answer every error with a problem document."""

    @app.exception_handler(ProblemError)
    async def refused(_request: Request, error: ProblemError) -> ProblemResponse:
        return problem(error.status, error.detail, error.headers)

    @app.exception_handler(ResolverError)
    async def of_resolver(_request: Request, error: ResolverError) -> ProblemResponse:
        return of_resolver_error(error)

    @app.exception_handler(HTTPException)
    async def of_framework(request: Request, error: HTTPException) -> ProblemResponse:
        detail = {
            404: f"there is nothing at {request.url.path}; /openapi.json lists what there is",
            405: f"{request.url.path} takes another method than {request.method}",
        }.get(error.status_code, str(error.detail))
        return problem(error.status_code, detail, error.headers)

    @app.exception_handler(ValidationError)
    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: ValidationError | RequestValidationError) -> ProblemResponse:
        return _of_validation(error.errors())

    @app.exception_handler(Exception)
    async def defect(_request: Request, _error: Exception) -> ProblemResponse:
        return problem(500, "a defect of the server; its log has the details")


def _of_validation(errors: Sequence[Any]) -> ProblemResponse:
    """Return the answer to a request whose body or parameters have the wrong form; `errors` are those of pydantic."""
    if any(error["type"] == "json_invalid" for error in errors):
        return problem(400, f"the body is not JSON: {errors[0].get('ctx', {}).get('error', errors[0]['msg'])}")
    listed = [{"pointer": _pointer(error["loc"]), "detail": visible(error["msg"])} for error in errors[:_MOST_ERRORS]]
    return problem(422, f"{listed[0]['pointer'] or 'the body'}: {listed[0]['detail']}", errors=listed)


def _pointer(parts: Iterable[object]) -> str:
    """Return a JSON pointer (RFC 6901) to a part of a body."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
