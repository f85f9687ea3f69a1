"""Exceptions that the package raises on purpose."""

from __future__ import annotations

from collections.abc import Iterable

from resolver.diagnostics.diagnostic import Diagnostic
from resolver.diagnostics.render import render_all


class ResolverError(Exception):
    """Base of all errors of this package; the message names what failed and why."""


class PolicyError(ResolverError):
    """A policy does not load. `diagnostics` has every problem of every file, sorted; `str()` renders the problems."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(
            sorted(diagnostics, key=lambda diagnostic: diagnostic.sort_key)
        )
        super().__init__(render_all(self.diagnostics))

    def __reduce__(self) -> tuple[type[PolicyError], tuple[tuple[Diagnostic, ...]]]:
        return type(self), (self.diagnostics,)


class InputError(PolicyError):
    """A command cannot read an input other than its policy: policy tests, events, or another policy."""


class InternalError(ResolverError):
    """A defect of this package or of the rules engine, never of a policy: the two disagree about a rule."""
