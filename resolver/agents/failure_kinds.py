"""Classifies errors: a provider failed, and how, or the model itself did."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from resolver.agents.answers import WITHHELD, FilteredAnswerError, UnusableAnswerError
from resolver.agents.no_provider import NoProviderError
from resolver.diagnostics import ResolverError
from resolver.domain.failure_kind import NOT_THE_PROVIDERS, FailureKind

Kind = FailureKind
"""The kind of a failure, by the name that applications import."""


_BY_STATUS = {
    401: Kind.AUTH,
    402: Kind.CAPACITY,
    403: Kind.AUTH,
    404: Kind.NOT_FOUND,
    408: Kind.OUTAGE,
    410: Kind.NOT_FOUND,
    425: Kind.OUTAGE,
    429: Kind.CAPACITY,
}
_MODELS_OWN = (
    (Kind.TOOL, re.compile(r"tool_use_failed|failed to call a function")),
    (Kind.TASK, re.compile(r"json_validate_failed|failed to (?:generate|validate) json|max retries with guidance")),
)
"""Texts of a provider's 400 if the model has generated an invalid call or invalid JSON."""
_TOO_FAST = re.compile(r"tokens per (?:minute|hour|day)|\btp[mhd]\b|rate[_ ]limit")
_TOO_LONG = re.compile(
    r"context[_ ](?:length|window)|maximum (?:context|number of tokens)|token (?:limit|count exceeds)|too many tokens"
    r"|(?:prompt|input) (?:is )?too long|(?:request|payload|content)[_ ](?:entity )?too[_ ]large|exceeds the model"
)
_WORDS = (
    (Kind.NOT_FOUND, re.compile(r"model[_ ](?:is )?not[_ ]found|decommissioned|not a valid model|no such model")),
    (Kind.NOT_FOUND, re.compile(r"model\b.{0,200}\bdoes not exist|models?/\S+ is not found")),
    (Kind.AUTH, re.compile(r"api[_ ]key[_ ](?:not[_ ]valid|invalid)|(?:invalid|incorrect|missing|wrong) api[_ ]key")),
)
"""Texts that say more than the status, which is often a 400."""
_WORDS_ALONE = (
    (
        Kind.CAPACITY,
        re.compile(r"rate[_ ]limit|too many requests|resource_exhausted|quota|no available (?:api )?keys?"),
    ),
    (Kind.AUTH, re.compile(r"unauthori[sz]ed|unauthenticated|authentication|permission[_ ]denied|forbidden")),
    (Kind.OUTAGE, re.compile(r"connection (?:error|refused|reset|aborted)|timed? ?out|unavailable|overloaded")),
    (Kind.OUTAGE, re.compile(r"internal server error|bad gateway|server disconnected|peer closed")),
)
"""Texts that decide if no status is known."""
_STATUS = re.compile(r"(?:error code|status(?:[_ ]code)?|http(?:/\S+)?(?: error)?|[\"']code[\"'])\W{1,4}([45]\d\d)\b")
_NAMED = re.compile(r"`: (\w+),")
"""The kinds in the text of a NoProviderError."""
_CLIENTS = (
    *("httpx", "httpx2", "httpcore", "httpcore2", "requests", "aiohttp"),
    *("openai", "groq", "cerebras", "google", "anthropic", "ollama", "mistralai", "cohere", "botocore"),
)
"""The packages of HTTP and of providers whose errors show what a provider did."""
_UNREADABLE = (AttributeError, LookupError, TypeError, UnicodeError, json.JSONDecodeError)
"""Exceptions that adapters raise when an answer does not have the expected parts."""
_LONGEST_READ = 4_000


def kind_of(error: BaseException | str) -> Kind:
    """Return the kind of failure of `error`, an exception or its text; `task` if it shows no other kind.

    The words of an exception count only if it comes from a provider's client or from agno: a check that quotes an
    answer with the number 404 in it has not lost a model.
    """
    if isinstance(error, str):
        return _kind_of_text(error[:_LONGEST_READ].lower())
    chain = list(_causes(error))
    if any(_is_of_client(cause) or _status(cause) is not None for cause in chain):
        return _kind_of_chain(chain)
    return Kind.OUTAGE if any(isinstance(cause, ConnectionError | TimeoutError) for cause in chain) else Kind.TASK


def kind_of_call(error: Exception) -> Kind:
    """Return the kind of failure of an error that a call of a provider's model raised.

    An answer that cannot be read (a proxy's page, a truncated body) is the provider's failure there.
    """
    kind = _kind_of_chain(list(_causes(error)))
    return Kind.OUTAGE if kind is Kind.TASK and isinstance(error, _UNREADABLE) else kind


def asks_on(error: Exception, kind: Kind) -> bool:
    """Return whether another provider of the tier may do better with the same call.

    An answer that says nothing is of the kind `task`, but a task that the model failed is not another provider's.
    """
    return kind.of_provider or kind in (Kind.FILTERED, Kind.CONTEXT) or isinstance(error, UnusableAnswerError)


def kind_of_all(kinds: Sequence[str]) -> Kind:
    """Return the kind of failure of a call that all providers of a tier have failed, each with one of `kinds`.

    If any of them failed as a provider, the call says nothing about the model: the kind of the last such failure. If
    all refused the request or gave no answer, the kind that says least about the model.
    """
    known = [Kind(kind) for kind in kinds]
    providers_own = [kind for kind in known if kind.of_provider]
    if providers_own or not known:
        return providers_own[-1] if providers_own else Kind.CAPACITY
    return min(known, key=NOT_THE_PROVIDERS.index)


def _kind_of_chain(chain: list[BaseException]) -> Kind:
    if exhausted := next((cause for cause in chain if isinstance(cause, NoProviderError)), None):
        return kind_of_all(exhausted.kinds)
    if unusable := next((cause for cause in chain if isinstance(cause, UnusableAnswerError)), None):
        return Kind.FILTERED if isinstance(unusable, FilteredAnswerError) else Kind.TASK
    text = " ".join(map(_told, chain)).lower()
    status = next((code for cause in chain if (code := _status(cause))), None) or _written_status(text)
    if kind := _by_content(chain, text, status):
        return kind
    if status is not None:
        return _by_status(status)
    if any(_is_of_connection(cause) for cause in chain):
        return Kind.OUTAGE
    return _by_words(text)


def _kind_of_text(text: str) -> Kind:
    if text.startswith("no provider serves"):  # this program's own error, of a run in another process
        return kind_of_all([kind for kind in _NAMED.findall(text) if kind in set(Kind)])
    if WITHHELD in text:
        return Kind.FILTERED
    status = _written_status(text)
    return _by_content([], text, status) or (_by_words(text) if status is None else _by_status(status))


def _by_status(status: int) -> Kind:
    return _BY_STATUS.get(status, Kind.OUTAGE if status >= 500 else Kind.REQUEST)


def _by_words(text: str) -> Kind:
    return next((kind for kind, words in _WORDS_ALONE if words.search(text)), Kind.TASK)


def kind_of_making(error: Exception) -> Kind:
    """Return the kind of failure of a provider that gave no model: never the model's, for there is none.

    An option that its class does not have is a mistake in the tier, as a wrong model id is.
    """
    if type(error) is ResolverError:
        return Kind.NOT_FOUND
    kind = kind_of_call(error)
    return kind if kind.of_provider else Kind.OUTAGE


def _by_content(chain: list[BaseException], text: str, status: int | None) -> Kind | None:
    """Return the kind that the words show, if they say more than the status."""
    if any(type(cause).__name__ == "NoAvailableKeyError" for cause in chain):
        return Kind.CAPACITY
    if any(type(cause).__name__ == "EmptyAnswerError" for cause in chain):
        return Kind.OUTAGE
    if status not in (None, 400, 413, 422, 502):  # agno also uses the last status if it knows none
        return None
    kind = next((kind for kind, words in _MODELS_OWN if words.search(text)), None)
    too_long = status == 413 or any(type(cause).__name__ == "ContextWindowExceededError" for cause in chain)
    if kind is None and (too_long or _TOO_LONG.search(text)):
        kind = Kind.CAPACITY if _TOO_FAST.search(text) else Kind.CONTEXT
    return kind or next((kind for kind, words in _WORDS if words.search(text)), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Return the errors that led to `error`, the first one first: adapters put a status of their own on theirs."""
    chain = [error]
    while (cause := _cause(chain[-1])) is not None and cause not in chain:
        chain.append(cause)
    return reversed(chain)


def _cause(error: BaseException) -> BaseException | None:
    return error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error.__cause__


def _told(error: BaseException) -> str:
    body = getattr(error, "body", None)
    return f"{error} {json.dumps(body, default=str) if body else ''}"[:_LONGEST_READ]


def _status(error: BaseException) -> int | None:
    holders = (error, getattr(error, "response", None))
    codes = [getattr(holder, name, None) for holder in holders for name in ("status_code", "code")]
    return next((code for code in codes if type(code) is int and 400 <= code < 600), None)


def _written_status(text: str) -> int | None:
    match = _STATUS.search(text)
    return int(match[1]) if match else None


def _is_of_connection(error: BaseException) -> bool:
    """Whether the connection to the provider failed."""
    return isinstance(error, ConnectionError | TimeoutError) or _module(error) in _CLIENTS


def _is_of_client(error: BaseException) -> bool:
    """Whether a provider's client or agno has raised the error."""
    return isinstance(error, NoProviderError) or _module(error) in (*_CLIENTS, "agno", "keycycle", "resolver")


def _module(error: BaseException) -> str:
    return type(error).__module__.partition(".")[0]
