"""Variables: the classes into which rules divide the values of a fact.

A rule can only tell apart the values that it names. So the values of a fact fall into finitely many classes, and one
value represents a whole class. A rule that names fewer values sees even fewer classes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import field

from resolver.domain import (
    Compare,
    Condition,
    Equal,
    Fact,
    Facts,
    Integer,
    OpenText,
    SameAs,
    Unequal,
    Value,
    unused_name,
)
from resolver.domain.conditions import Atom, atoms
from resolver.domain.facts import LARGEST_INTEGER
from resolver.frozen import frozen

Classes = tuple[Facts, ...]
"""One representative event for each class, without the facts that are absent in it."""


@frozen
class Variable:
    """One fact, or several that depend on each other, with its classes.

    A value without a class of its own is in the class `other`; numbers without one are between two `cuts`.
    """

    facts: tuple[str, ...]
    classes: Classes
    index: Mapping[tuple[Value | None, ...], int] = field(repr=False)
    other: int = -1
    is_number: bool = False
    cuts: tuple[int, ...] = ()

    @property
    def is_open(self) -> bool:
        """Return whether this is an open text, which can have values that no rule names."""
        return self.other >= 0 and not self.is_number

    def class_of(self, facts: Facts) -> int:
        """Return the class of the values in an event; KeyError if they are in no class."""
        key = tuple(map(facts.get, self.facts))
        match = self.index.get(key)
        if match is not None:
            return match
        if self.cuts and isinstance(key[0], int):
            cut = bisect_left(self.cuts, key[0])
            return self.index[(self.cuts[cut] - 1,)] if cut < len(self.cuts) else self.other
        if self.other < 0:
            raise KeyError(key)
        return self.other


def variable(fact: Fact, conditions: Iterable[Condition]) -> Variable:
    """Return the classes of `fact` that rules with these `conditions` can distinguish.

    >>> variable(Fact("phase", OpenText()), [Equal("phase", ("plan",))]).classes
    ({}, {'phase': 'plan'}, {'phase': 'other'})
    """
    named = {value for condition in conditions for atom in atoms(condition) for value in _literals(atom, fact.name)}
    absent: list[Value | None] = [] if fact.always else [None]
    if isinstance(fact.domain, Integer):
        return _numbers(fact, sorted(value for value in named if isinstance(value, int)), absent)
    if isinstance(fact.domain, OpenText):
        texts = sorted(value for value in named if isinstance(value, str))
        values: list[Value | None] = [*absent, *texts, unused_name("other", texts)]
        return _single(fact.name, values, other=len(values) - 1)
    return _single(fact.name, [*absent, *fact.domain.values])


def composite(facts: tuple[str, ...], classes: Classes) -> Variable:
    """Return a variable for `facts` if only the combinations of values in `classes` are possible."""
    return Variable(facts, classes, {tuple(map(values.get, facts)): index for index, values in enumerate(classes)})


def view_of(condition: Condition, looked_at: Variable) -> tuple[list[tuple[int, ...]], int]:
    """Return the classes of the variable that a rule with this `condition` can tell apart.

    First come classes that the rule cannot tell apart, joined; then one class for all others, of which the last class
    of the variable is always one.
    """
    read = [(atom, name) for atom in atoms(condition) for name in _names(atom) if name in looked_at.facts]
    rest = len(looked_at.classes) - 1
    classes: Iterable[int] = range(rest)
    if looked_at.is_open:  # it can have thousands of classes, and this rule names few of them
        named = {looked_at.index[(value,)] for atom, name in read for value in _literals(atom, name)}
        classes = sorted({looked_at.index.get((None,), rest), *named} - {rest})
    groups: dict[tuple[object, ...], list[int]] = {}
    for index in (*classes, rest):
        values = looked_at.classes[index]
        groups.setdefault(tuple(_seen(atom, name, values.get(name)) for atom, name in read), []).append(index)
    return [tuple(group) for group in groups.values() if rest not in group], rest


def _seen(atom: Atom, name: str, value: Value | None) -> object:
    """Return the information about the value that `atom` can depend on, whatever its operator is."""
    if value is None or isinstance(atom, SameAs):
        return value
    if isinstance(atom, Compare) and isinstance(value, int):
        return (value > atom.value) - (value < atom.value)
    return value in tuple(_literals(atom, name))


def _names(atom: Atom) -> tuple[str, ...]:
    return (atom.fact, atom.other) if isinstance(atom, SameAs) else (atom.fact,)


def _literals(atom: Atom, name: str) -> tuple[Value, ...]:
    if atom.fact != name:
        return ()
    if isinstance(atom, Equal):
        return atom.values
    return (atom.value,) if isinstance(atom, Unequal | Compare) else ()


def _numbers(fact: Fact, named: list[int], absent: list[Value | None]) -> Variable:
    assert isinstance(fact.domain, Integer)
    lowest = fact.domain.lowest
    points = [lowest - 1, *named]
    values = list(absent)
    for below, literal in zip(points, named, strict=False):
        if literal - below > 1:
            values.append(literal - 1)
        if literal >= lowest:
            values.append(literal)
    if points[-1] < LARGEST_INTEGER:
        values.append(points[-1] + 1)
    single = _single(fact.name, values, other=len(values) - 1)
    return Variable(single.facts, single.classes, single.index, single.other, True, tuple(named))


def _single(name: str, values: list[Value | None], other: int = -1) -> Variable:
    classes = tuple({} if value is None else {name: value} for value in values)
    return Variable((name,), classes, {(value,): at for at, value in enumerate(values)}, other)
