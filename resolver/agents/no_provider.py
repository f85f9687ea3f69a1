"""The error for a call that no provider of a tier served."""

from __future__ import annotations

from functools import cache

from resolver.agents.error_chain import error_chain
from resolver.agents.keycycle_import import keycycle
from resolver.diagnostics import ResolverError, masked
from resolver.frozen import frozen

LEFT_OUT = "left out"
"""In place of a kind: the provider was not asked, because it has no keys or no SDK."""


@frozen
class ProviderFailure:
    """A provider's failure in a call: its kind, and its error without keys."""

    provider: str
    model_id: str
    kind: str
    error: str

    def __str__(self) -> str:
        return f"{self.provider} `{self.model_id}`: {self.kind}, {self.error}"


class NoProviderError(ResolverError):
    """No provider of a tier served a call. `failures` has the reason of each.

    If keycycle is installed, the error is also a `keycycle.NoAvailableKeyError`, with its attributes.
    """

    def __init__(self, work: str, failures: tuple[ProviderFailure, ...]) -> None:
        reasons = "".join(f"\n  {failure}" for failure in failures)
        # not super(): keycycle's own class, which may come next, takes other arguments
        self.message = f"no provider serves {work}{':' if reasons else ''}{reasons}"
        Exception.__init__(self, self.message)
        self.work = work
        self.failures = failures
        self.provider = "all"
        self.model_id = failures[-1].model_id if failures else ""
        self.wait, self.timeout, self.total_keys, self.cooling_down = False, 0.0, 0, 0

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the failures, in the order of the attempts, without providers that were not asked."""
        return tuple(failure.kind for failure in self.failures if failure.kind != LEFT_OUT)

    def __reduce__(self) -> tuple[object, ...]:
        return no_provider_error, (self.work, self.failures)


def no_provider_error(work: str, failures: tuple[ProviderFailure, ...]) -> NoProviderError:
    """Return the error for `work` that no provider did, in keycycle's own class if it is installed."""
    return _error_class()(work, failures)


def too_long_error(work: str, failures: tuple[ProviderFailure, ...]) -> NoProviderError:
    """Return the error for messages that are too long for each provider, as an error of agno's that says so.

    On it, agno compacts the context of an agent that has it set up so and tries again. Its status keeps agno from
    using its own `fallback_models`.
    """
    return _too_long_class()(f"{work}, because the messages exceed the context window", failures)


def one_line(error: BaseException) -> str:
    """Return the text of an error in one line, without keys and not too long; its class if it has no text."""
    text = " ".join(masked(str(error)).split()) or type(error).__name__
    return text if len(text) <= 200 else f"{text[:199]}…"


def described(error: BaseException) -> str:
    """Return what `one_line` does, with the server of a request that could not be sent or answered."""
    text = one_line(error)
    for cause in error_chain(error):
        url = getattr(getattr(cause, "_request", None), "url", None)  # of httpx, whose property `request` may raise
        if url is not None and getattr(cause, "response", None) is None:
            return f"{text.rstrip('.')} ({url.scheme}://{url.netloc.decode('ascii', 'replace')})"
    return text


@cache
def _error_class() -> type[NoProviderError]:
    try:
        base = keycycle().NoAvailableKeyError
    except ImportError:
        return NoProviderError
    return type("NoAvailableKeyError", (NoProviderError, base), {"__module__": __name__})


@cache
def _too_long_class() -> type[NoProviderError]:
    from agno.exceptions import ModelProviderError  # noqa: PLC0415  agno has made the messages

    details = {"__module__": __name__, "status_code": 400, "model_name": "", "__reduce__": _too_long_reduced}
    return type("TooLongError", (_error_class(), ModelProviderError), details)


def _too_long_reduced(error: NoProviderError) -> tuple[object, ...]:
    return too_long_error, (error.work.rpartition(",")[0], error.failures)
