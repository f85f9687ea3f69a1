"""The one error for a tier that no provider serves at the moment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from resolver.agents.keycycle_import import keycycle
from resolver.diagnostics import ResolverError, masked


@dataclass(frozen=True, slots=True)
class ProviderFailure:
    """That a provider did not serve a call: its kind of failure, and its error without keys."""

    provider: str
    model_id: str
    kind: str
    error: str

    def __str__(self) -> str:
        return f"{self.provider} `{self.model_id}`: {self.kind}, {self.error}"


class NoProviderError(ResolverError):
    """No provider of a tier served a call. `failures` says of each one why.

    Where keycycle is installed it is a `keycycle.NoAvailableKeyError` as well, with the attributes of one.
    """

    def __init__(self, work: str, failures: tuple[ProviderFailure, ...]) -> None:
        told = "".join(f"\n  {failure}" for failure in failures)
        # not super(): keycycle's own class, which may come next, takes other arguments
        Exception.__init__(self, f"no provider serves {work}{':' if told else ''}{told}")
        self.work = work
        self.failures = failures
        self.provider = "all"
        self.model_id = failures[-1].model_id if failures else ""
        self.wait, self.timeout, self.total_keys, self.cooling_down = False, 0.0, 0, 0

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the failures, in the order of the attempts."""
        return tuple(failure.kind for failure in self.failures)

    def __reduce__(self) -> tuple[object, ...]:
        return no_provider_error, (self.work, self.failures)


def no_provider_error(work: str, failures: tuple[ProviderFailure, ...]) -> NoProviderError:
    """Return the error for `work` that none of the providers did, in keycycle's own class where there is one."""
    return _error_class()(work, failures)


def one_line(error: BaseException) -> str:
    """Return the text of an error in one line, without keys and not too long; its class if it has none."""
    text = masked(" ".join(str(error).split())) or type(error).__name__
    return text if len(text) <= 200 else f"{text[:199]}…"


@cache
def _error_class() -> type[NoProviderError]:
    try:
        base = keycycle().NoAvailableKeyError
    except ImportError:
        return NoProviderError
    return type("NoAvailableKeyError", (NoProviderError, base), {"__module__": __name__})
