"""Errors as problem documents (RFC 9457), the one form of every answer that is an error."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from resolver.diagnostics import ResolverError
from resolver.json_forms.problem_json import Problem, problem_of, problem_of_error, problem_of_form

_log = logging.getLogger("resolver")
_MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """A request is refused, with this status, this sentence, and these headers of the answer."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.document, self.headers = problem_of(status, detail), headers


def answer(document: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the answer that is a problem document."""
    retry = {"retry-after": "1"} if document.status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return JSONResponse(document.model_dump(), document.status, {**retry, **(headers or {})}, _MEDIA_TYPE)


def answer_errors(app: FastAPI) -> None:
    """Let `app` answer every error with a problem document."""
    for error, handler in (
        (ProblemError, lambda _, refused: answer(refused.document, refused.headers)),
        (ResolverError, lambda _, error: answer(problem_of_error(error))),
        (ValidationError, lambda _, error: answer(problem_of_form(error))),
        (RequestValidationError, lambda _, error: answer(problem_of_form(error))),
        (HTTPException, _of_framework),
        (Exception, _of_defect),
    ):
        app.add_exception_handler(error, handler)


def _of_framework(request: Request, error: Any) -> JSONResponse:
    path = request.url.path
    allowed = (error.headers or {}).get("Allow", "other methods")
    details = {404: f"there is nothing at {path}; /openapi.json lists what there is", 405: f"{path} takes {allowed}"}
    return answer(problem_of(error.status_code, details.get(error.status_code, str(error.detail))), error.headers)


def _of_defect(request: Request, error: Exception) -> JSONResponse:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return answer(problem_of(500, "a defect of the server; its log has the details"))
