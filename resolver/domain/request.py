"""Names of a request as plain text, checked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from resolver.diagnostics import RequestError
from resolver.domain.facts import Value
from resolver.domain.subject import Subject, subject_problem

NO_FACTS: Mapping[str, Value] = MappingProxyType({})
"""The extra facts of a request that has none."""


def request_names(triad: str, role: str, phase: str | None) -> tuple[Subject, str | None]:
    """Return the names of a request as plain text: the members of an enumeration may print as something else.

    Raises:
        RequestError: A name is not text, or the role has a colon.

    Example:
        >>> request_names("layout", "worker_a", None)
        (Subject(triad='layout', role='worker_a'), None)
    """
    if problem := subject_problem(triad, role):
        raise RequestError(problem)
    if phase is not None and not isinstance(phase, str):
        raise RequestError(f"a phase is text, not `{phase!r}`")
    return Subject(str.__str__(triad), str.__str__(role)), phase and str.__str__(phase)
