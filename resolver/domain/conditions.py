"""Conditions of rules, in the part of durable-rules' definition language that policies may use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from resolver.frozen import frozen


@frozen
class Reference:
    """Another fact of the same request or outcome: `{$m: name}`."""

    fact: str


@frozen
class Equal:
    """The fact is present and equals one of `values`; a rule file writes several values as a list."""

    fact: str
    values: tuple[str | int, ...]


@frozen
class Unequal:
    """The fact is present and differs from `value`: `$neq`."""

    fact: str
    value: str | int


@frozen
class Compare:
    """The integer fact is present, and `fact operator value` is true, such as `strikes $gte 3`."""

    operator: Literal["$lt", "$lte", "$gt", "$gte"]
    fact: str
    value: int


@frozen
class SameAs:
    """Both facts are present, and they are equal, or different if `equal` is false."""

    fact: str
    other: str
    equal: bool


@frozen
class Present:
    """The fact is present: `$ex`."""

    fact: str


@frozen
class Absent:
    """The fact is absent: `$nex`."""

    fact: str


@frozen
class And:
    """All parts are true."""

    parts: tuple[Condition, ...]


@frozen
class Or:
    """At least one part is true."""

    parts: tuple[Condition, ...]


Atom = Equal | Unequal | Compare | SameAs | Present | Absent
Condition = Atom | And | Or


def atoms(condition: Condition) -> Iterator[Atom]:
    """Yield the atomic conditions inside `condition`, in the order of the file."""
    if isinstance(condition, And | Or):
        for part in condition.parts:
            yield from atoms(part)
    else:
        yield condition


def facts_of(condition: Condition) -> tuple[str, ...]:
    """Return the names of the facts that `condition` reads, each once, in the order of the file.

    >>> facts_of(And((Present("phase"), Equal("role", ("critic",)), SameAs("phase", "role", equal=False))))
    ('phase', 'role')
    """
    names: dict[str, None] = {}
    for atom in atoms(condition):
        names[atom.fact] = None
        if isinstance(atom, SameAs):
            names[atom.other] = None
    return tuple(names)
