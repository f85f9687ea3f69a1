"""Notes on agno's responses that a provider withheld the answer, which agno's own adapters drop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agno.models.base import Model
from agno.models.response import ModelResponse

from resolver.agents.answers import FINISH
from resolver.agents.extended import extended

_WITHHELD = frozenset(
    {
        *("content_filter", "refusal", "refused"),  # chat completions, responses, anthropic
        *("safety", "prohibited_content", "blocklist", "recitation", "spii", "image_safety"),  # gemini
        *("image_prohibited_content", "image_recitation", "guardrail_intervened", "content_filtered"),  # bedrock
    }
)
"""The finish reasons of an answer that a filter withheld or that the model refused to give, in lower case."""


class ReportsFinish(Model):
    """Puts the reason why an answer is withheld into its `provider_data`; comes before a provider's own class."""

    def __init_subclass__(cls) -> None:
        """Skip the hook of keycycle's classes, which would make each of their methods wrap itself."""

    def _parse_provider_response(self, *args: Any, **kwargs: Any) -> Any:
        parse = super()._parse_provider_response  # type: ignore[safe-super]  # a provider's own class comes next
        return _noted(_first(args, kwargs), parse(*args, **kwargs))

    def _parse_provider_response_delta(self, *args: Any, **kwargs: Any) -> Any:
        parse = super()._parse_provider_response_delta  # type: ignore[safe-super]  # as above
        return _noted(_first(args, kwargs), parse(*args, **kwargs))


def reporting_finish(model: Model) -> Model:
    """Return `model`, changed so that its responses say why an answer is withheld."""
    return model if isinstance(model, ReportsFinish) else extended(model, ReportsFinish)


def withheld(response: Any) -> str | None:
    """Return why a provider's response, or an event of its stream, has no answer; None if nothing withheld it."""
    for reason in _reasons(response):
        name = str(getattr(reason, "value", reason)).lower()
        if name in _WITHHELD:
            return name
    return None


def _first(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Return the response that a parser gets first, under whatever name."""
    return next(iter((*args, *kwargs.values())))


def _noted(response: Any, parsed: Any) -> Any:
    reason = withheld(response)
    if reason is not None:
        made = parsed[0] if isinstance(parsed, tuple) else parsed  # the Responses API's adapter gives a pair
        if isinstance(made, ModelResponse):
            made.provider_data = {**(made.provider_data or {}), FINISH: reason}
    return parsed


def _reasons(response: Any) -> Iterator[Any]:
    """Yield what the four wire formats of providers say about the end of an answer."""
    for choice in _list(response, "choices"):  # chat completions
        yield _get(choice, "finish_reason")
        for part in ("message", "delta"):
            if _get(_get(choice, part), "refusal"):
                yield "refusal"
    for candidate in _list(response, "candidates"):  # gemini
        yield _get(candidate, "finish_reason")
    if (feedback := _get(response, "prompt_feedback")) and _get(feedback, "block_reason"):
        yield "safety"
    for holder in (response, _get(response, "delta"), _get(response, "message")):  # anthropic, bedrock
        yield _get(holder, "stop_reason") or _get(holder, "stopReason")
    if str(_get(response, "type")).startswith("response.refusal"):  # responses, as a stream
        yield "refusal"
    for answer in (response, _get(response, "response")):  # responses, whole or in the last event of a stream
        yield _get(_get(answer, "incomplete_details"), "reason")
        for item in _list(answer, "output"):
            if any(_get(part, "type") == "refusal" for part in _list(item, "content")):
                yield "refusal"


def _get(holder: Any, name: str) -> Any:
    return holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)


def _list(holder: Any, name: str) -> list[Any]:
    value = _get(holder, name)
    return value if isinstance(value, list) else []
