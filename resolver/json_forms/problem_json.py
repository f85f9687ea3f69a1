"""Problem documents (RFC 9457): errors as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from resolver.diagnostics import PolicyError, RequestError, ResolverError, visible
from resolver.json_forms.diagnostics_json import diagnostics_json

_LONGEST_DETAIL = 1_000
"""Characters of a sentence, which may have a name of the request in it."""

_MOST_ERRORS = 1_000
"""Wrong parts of a request that are looked at; more take so long that other requests would wait."""

_MOST_PARTS = 20
"""Wrong parts of a request that are listed."""

_WORDS = {"extra_forbidden": "unknown key", "too_short": "needs at least one entry"}


class Problem(BaseModel):
    """A problem document, RFC 9457. `diagnostics` are those of a policy, `errors` point to wrong parts of a body."""

    model_config = ConfigDict(extra="allow")
    type: str = "about:blank"
    title: str
    status: int
    detail: str


def problem_of(status: int, detail: str, **more: Any) -> Problem:
    """Return a problem document.

    Args:
        status: The status of HTTP.
        detail: A sentence for people.
        more: Members beyond those of the standard, such as `diagnostics`.

    """
    shown = detail if len(detail) <= _LONGEST_DETAIL else f"{detail[:_LONGEST_DETAIL]}…"
    return Problem(title=HTTPStatus(status).phrase, status=status, detail=visible(shown), **more)


def problem_of_error(error: ResolverError) -> Problem:
    """Return the problem that an error of this package is: 503 if the request may succeed later, otherwise 422."""
    if isinstance(error, PolicyError):
        return problem_of(422, "the policy is refused", **diagnostics_json(error.diagnostics))
    return problem_of(422 if isinstance(error, RequestError) else 503, str(error))


def problem_of_form(error: Any) -> Problem:
    """Return the problem of a request that has the wrong form, from the error of pydantic or of FastAPI."""
    if isinstance(error, ValidationError) and error.error_count() > _MOST_ERRORS:
        return problem_of(422, f"the body has {error.error_count():,} wrong parts")
    errors = error.errors()
    if any(each["type"] == "json_invalid" for each in errors):
        return problem_of(400, f"the body is not JSON: {errors[0].get('ctx', {}).get('error', errors[0]['msg'])}")
    listed = wrong_parts(errors)
    where, detail = listed[0].values()
    return problem_of(422, f"{where or 'the body'}: {detail}", errors=listed)


def wrong_parts(errors: Sequence[Any]) -> list[dict[str, str]]:
    """Return where a request has the wrong form, and why, the first parts only.

    Args:
        errors: The errors of pydantic, with FastAPI's names for the parts of a request.

    Example:
        >>> wrong_parts([{"loc": ("body", "facts", "a/b"), "msg": "Input should be a valid string"}])
        [{'pointer': '/facts/a~1b', 'detail': 'Input should be a valid string'}]
        >>> wrong_parts([{"loc": ("query", "triad"), "msg": "Field required"}])
        [{'parameter': 'triad', 'detail': 'Field required'}]
        >>> wrong_parts([{"loc": ("body", "fase"), "type": "extra_forbidden", "msg": "Extra inputs are not permitted"}])
        [{'pointer': '/fase', 'detail': 'unknown key'}]
    """
    return [{**_where(error["loc"]), "detail": visible(_words(error))} for error in errors[:_MOST_PARTS]]


def _words(error: Any) -> str:
    """Return what is wrong; pydantic's own words where they need no knowledge of pydantic."""
    words: str = _WORDS.get(error.get("type", ""), error["msg"])
    return words.removeprefix("Value error, ")


def _where(parts: Sequence[object]) -> dict[str, str]:
    """Return a JSON pointer (RFC 6901) to a part of the body, or the name of a parameter or a header."""
    if parts[:1] and parts[0] in ("query", "header", "path"):
        return {"parameter": str(parts[-1])}
    names = [name for name in (parts[1:] if parts[:1] == ("body",) else parts) if name != "[key]"]
    return {"pointer": "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in names)}
