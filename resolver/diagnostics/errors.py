"""Every exception that the program raises on purpose."""

from __future__ import annotations

from collections.abc import Iterable

from resolver.diagnostics.diagnostic import Diagnostic
from resolver.diagnostics.render import render_all


class ResolverError(Exception):
    """Something could not be done; the message says what and why. The base of all errors of this package."""


class PolicyError(ResolverError):
    """A policy does not load. `diagnostics` holds every problem of every file, sorted; `str()` shows them all."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(sorted(diagnostics, key=lambda found: found.sort_key))
        super().__init__(render_all(self.diagnostics))

    def __reduce__(self) -> tuple[type[PolicyError], tuple[tuple[Diagnostic, ...]]]:
        return type(self), (self.diagnostics,)


class InputError(PolicyError):
    """What a command was given beside its policy cannot be read: policy tests, events, another policy."""


class InternalError(ResolverError):
    """A defect of this program or of the rules engine, never of a policy: the two disagree about a rule."""
