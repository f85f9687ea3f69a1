"""Problem documents (RFC 9457): errors as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from resolver.diagnostics import visible

_MOST_PARTS = 20
"""Wrong parts of a request that are listed."""

_WORDS = {"extra_forbidden": "there is no such key", "too_short": "at least one is needed"}


class Problem(BaseModel):
    """A problem document, RFC 9457. `diagnostics` are those of a policy, `errors` point to wrong parts of a body."""

    model_config = ConfigDict(extra="allow")
    type: str = "about:blank"
    title: str
    status: int
    detail: str


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
        [{'pointer': '/fase', 'detail': 'there is no such key'}]
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
