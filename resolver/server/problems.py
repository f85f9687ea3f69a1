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

from resolver.diagnostics import PolicyError, RequestError, ResolverError, visible
from resolver.json_forms.diagnostics_json import diagnostics_json
from resolver.json_forms.problem_json import Problem, wrong_parts

_log = logging.getLogger("resolver")
_SECONDS_TO_RETRY = "1"


class ProblemError(Exception):
    """A request is refused, with this status, this sentence, and these headers of the answer."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, /, **more: Any) -> JSONResponse:
    """Return a problem document; `more` are members beyond those of the standard, such as `diagnostics`."""
    document = Problem(title=HTTPStatus(status).phrase, status=status, detail=visible(detail), **more)
    retry = {"retry-after": _SECONDS_TO_RETRY} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return JSONResponse(document.model_dump(), status, {**retry, **(headers or {})}, "application/problem+json")


def answer_errors(app: FastAPI) -> None:
    """Let `app` answer every error with a problem document."""
    for error, answer in (
        (ProblemError, lambda _, refused: problem(refused.status, refused.detail, refused.headers)),
        (ResolverError, _of_resolver),
        (HTTPException, _of_framework),
        (ValidationError, _of_validation),
        (RequestValidationError, _of_validation),
        (Exception, _of_defect),
    ):
        app.add_exception_handler(error, answer)


def _of_resolver(_request: Request, error: Any) -> JSONResponse:
    if isinstance(error, PolicyError):
        return problem(422, "the policy is refused", **diagnostics_json(error.diagnostics))
    return problem(422 if isinstance(error, RequestError) else 503, str(error))


def _of_framework(request: Request, error: Any) -> JSONResponse:
    path = request.url.path
    allowed = (error.headers or {}).get("Allow", "other methods")
    details = {404: f"there is nothing at {path}; /openapi.json lists what there is", 405: f"{path} takes {allowed}"}
    return problem(error.status_code, details.get(error.status_code, str(error.detail)), error.headers)


def _of_validation(_request: Request, error: Any) -> JSONResponse:
    errors = error.errors()
    if any(each["type"] == "json_invalid" for each in errors):
        return problem(400, f"the body is not JSON: {errors[0].get('ctx', {}).get('error', errors[0]['msg'])}")
    listed = wrong_parts(errors)
    first, detail = listed[0].values()
    return problem(422, f"{first or 'the body'}: {detail}", errors=listed)


def _of_defect(request: Request, error: Exception) -> JSONResponse:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(500, "a defect of the server; its log has the details")
