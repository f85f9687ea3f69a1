"""What the program raises on purpose."""

from __future__ import annotations

import pickle

from resolver.diagnostics import Diagnostic, InternalError, Level, Place, PolicyError, ResolverError, Source

_SOURCE = Source("a.yaml", "one\ntwo\nthree\n")


def _found(line: int, code: str, message: str = "m", level: Level = Level.ERROR) -> Diagnostic:
    return Diagnostic(code, message, Place(_SOURCE, line, 1), level=level)


def test_a_policy_error_has_every_problem_sorted() -> None:
    """Problems are sorted by place, then by code and message, and all are shown."""
    found = [_found(3, "a"), _found(1, "b", "y"), _found(1, "b", "x"), _found(1, "a", level=Level.WARNING)]
    error = PolicyError(iter(found))
    assert error.diagnostics == (found[3], found[2], found[1], found[0])
    assert str(error).splitlines()[0] == "a.yaml:1:1: warning[a]: m"
    assert str(error).splitlines()[-1] == "3 errors, 1 warning"


def test_a_policy_error_can_be_sent_to_another_process() -> None:
    """Pickling keeps the text and the problems."""
    error = PolicyError([_found(2, "a")])
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, PolicyError)
    assert str(again) == str(error)
    assert again.diagnostics[0].code == "a"


def test_every_error_is_a_resolver_error() -> None:
    """An application catches one class."""
    assert issubclass(PolicyError, ResolverError)
    assert issubclass(InternalError, ResolverError)
