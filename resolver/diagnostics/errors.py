"""Exceptions that the package raises on purpose."""

from __future__ import annotations

from collections.abc import Iterable

from resolver.diagnostics.diagnostic import Diagnostic
from resolver.diagnostics.render import render_all


class ResolverError(Exception):
    """An operation failed; the message says which and why. The base class of all errors of this package."""


class RequestError(ResolverError):
    """A call asks for something that the policy or the state does not have, and would fail again: correct the call."""


class PolicyError(ResolverError):
    """A policy does not load. `diagnostics` has every problem of every file, sorted; `str()` shows them all."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(
            sorted(diagnostics, key=lambda diagnostic: diagnostic.sort_key)
        )
        super().__init__(render_all(self.diagnostics))

    def __reduce__(self) -> tuple[type[PolicyError], tuple[tuple[Diagnostic, ...]]]:
        return type(self), (self.diagnostics,)


class InputError(PolicyError):
    """Another input of a command is wrong: policy tests, a log to replay, or another policy."""


class InternalError(ResolverError):
    """A defect of this package or of the rules engine, never of a policy: the two disagree about a rule."""
