"""The cool-downs of providers that failed: until its cool-down ends, a provider is tried last."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic

from resolver.agents.failure_kinds import Kind
from resolver.agents.no_provider import ProviderFailure
from resolver.agents.retry_after import retry_after
from resolver.forks import RenewedLock

_log = logging.getLogger("resolver")
_OF_MODEL = (Kind.NOT_FOUND, Kind.REQUEST)
"""The kinds after which only the model id comes last, since the provider's other models may serve."""
_NAMES_A_TIME = (Kind.CAPACITY, Kind.OUTAGE)
"""The kinds with which a provider may say when to ask again."""
_ADVICE = {
    Kind.AUTH: "check its keys; `resolver providers` names their variables",
    Kind.NOT_FOUND: "correct the model in `tiers`, or the `base_url` in `providers`",
    Kind.CAPACITY: "give it more keys or a higher limit if this goes on",
}
_OWN_LIMITS = "keycycle's own limits are reached, which `limits` in `providers` sets or lifts"
_LOG_ONCE_IN = 30.0
"""Seconds between two lines about one kind of failure of a provider without a cool-down."""


class CoolDowns:
    """The providers, or their models, that failed a short time ago. Safe for threads.

    Args:
        seconds: Returns the policy's seconds of a cool-down. A provider that names a time itself gets that time.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._lock = RenewedLock()
        self._until: dict[tuple[str, str | None], float] = {}
        self._silent_until: dict[tuple[str, str | None, Kind, bool], float] = {}
        self._refused_keys: dict[str, int] = {}
        self._refused: dict[tuple[str, str], tuple[object, float]] = {}

    def __bool__(self) -> bool:
        return bool(self._until)

    def is_cooling(self, provider: str, model_id: str) -> bool:
        """Return whether the provider, or its model, has failed a short time ago."""
        return self.remaining(provider, model_id) > 0

    def remaining(self, provider: str, model_id: str) -> float:
        """Return the seconds until the cool-down of the provider, or of its model, ends; 0 if there is none."""
        until = max(self._until.get((provider, which), 0.0) for which in (None, model_id))
        return max(until - monotonic(), 0.0)

    def failed(self, failure: ProviderFailure, error: BaseException, run: object) -> None:
        """Begin the cool-down of a provider that failed, or of its model, and log the failure once.

        A refused request may be the fault of the request alone. Only when the requests of two runs are refused within
        a cool-down does the model that refused them come last.
        """
        kind, now = Kind(failure.kind), monotonic()
        seconds = retry_after(error) if kind in _NAMES_A_TIME else None
        with self._lock:
            which = (failure.provider, failure.model_id if kind in _OF_MODEL else None)
            if kind is Kind.REQUEST and not self._is_second_refusal(failure, run, now):
                seconds = 0.0
            else:
                until = now + (self._seconds() if seconds is None else seconds)
                self._until[which] = max(until, self._until.get(which, 0.0))
                seconds = self._until[which] - now
            is_silent = self._silent_until.get((*which, kind, seconds > 0), 0.0) > now
            if not is_silent:
                self._silent_until[*which, kind, seconds > 0] = now + (seconds or _LOG_ONCE_IN)
        if not is_silent:
            _log_failure(failure, kind, seconds)

    def note_keys(self, provider: str, refused: int, keys: int) -> None:
        """Log that a provider has refused some of its keys for good, once for each more."""
        with self._lock:
            if refused <= self._refused_keys.get(provider, 0):
                return
            self._refused_keys[provider] = refused
        advice = "check them; the others are used in their place" if refused < keys else "check them"
        _log.error("%s refuses %d of its %d keys; %s", provider, refused, keys, advice)

    def _is_second_refusal(self, failure: ProviderFailure, run: object, now: float) -> bool:
        which = (failure.provider, failure.model_id)
        run_before, time_before = self._refused.get(which, (run, 0.0))
        self._refused[which] = (run, now)
        return run_before != run and now - time_before < self._seconds()


def _log_failure(failure: ProviderFailure, kind: Kind, seconds: float) -> None:
    level = logging.ERROR if kind in (Kind.AUTH, Kind.NOT_FOUND) else logging.WARNING
    consequence = f"it comes last for {seconds:.0f} s" if seconds else "it keeps its place"
    advice = _OWN_LIMITS if "No available API keys" in failure.error else _ADVICE.get(kind)
    _log.log(level, "%s; %s%s", str(failure).rstrip("."), consequence, f"; {advice}" if advice else "")
