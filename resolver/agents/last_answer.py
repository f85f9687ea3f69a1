"""Judges the last answer of a turn or a run: it must say something, and fit the schema that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from resolver.agents.answers import NOTHING_SAID, WITHHELD, filter_of, is_blank
from resolver.agents.failure_kinds import Kind
from resolver.agents.turn import Failure

_MEDIA = ("audio_output", "image_output", "video_output", "file_output")


def failure_of(messages: Sequence[Any], schema: object) -> Failure | None:
    """Return what is wrong with the last of `messages`, an answer of a model; None if nothing is.

    Args:
        messages: Messages of agno. If the last one is a tool's, the model has given no answer to judge.
        schema: The form that was asked for: a pydantic model, a JSON Schema or a `response_format`; None for any text.
    """
    answer = messages[-1] if messages else None
    if answer is None or answer.role != "assistant" or answer.tool_calls:
        return None
    if (reason := filter_of(answer)) is not None:
        return Failure(Kind.FILTERED, f"{WITHHELD}: `{reason}`")
    if is_blank(answer.content) and not any(getattr(answer, part, None) for part in _MEDIA):
        return Failure(Kind.TASK, NOTHING_SAID)
    return failure_of_content(answer.content, schema)


def failure_of_content(content: object, schema: object) -> Failure | None:
    """Return the failure of an answer that cannot be made what `schema` asks for; None if it can."""
    try:
        if schema is None or _fits(content, schema):
            return None
    except Exception:  # noqa: S110  a schema's own validators may raise anything
        pass
    name = schema.__name__ if isinstance(schema, type) else "JSON"
    return Failure(Kind.TASK, f"the answer cannot be read as `{name}`")


def _fits(content: object, schema: object) -> bool:
    """Return whether agno's own readers make `content` what `schema` asks for; an error means that they do not."""
    from agno.utils.string import (  # noqa: PLC0415  agno has made the answer
        parse_response_dict_str,
        parse_response_model_str,
    )

    if isinstance(schema, type) and issubclass(schema, BaseModel):
        if isinstance(content, str):
            return parse_response_model_str(content, schema) is not None
        schema.model_validate(content, from_attributes=True)
        return True
    if not isinstance(schema, dict):
        return True
    value = parse_response_dict_str(content) if isinstance(content, str) else content
    return value is not None  # agno checks no more, and reads other JSON than objects, too
