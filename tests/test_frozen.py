"""Frozen values against the dataclasses that they stand for."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import KW_ONLY, FrozenInstanceError, asdict, dataclass, field, fields, replace
from inspect import signature
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.frozen import frozen


def _plain(decorate: Callable[[type], type]) -> type:
    class Plain:
        """A name and a number."""

        name: str
        number: int = 3

        @property
        def twice(self) -> int:
            return 2 * self.number

    return decorate(Plain)


def _special(decorate: Callable[[type], type]) -> type:
    class Special:
        """Fields of each kind."""

        name: str
        secret: str = field(repr=False)
        unhashed: dict[str, int] = field(hash=False, default_factory=dict)
        uncompared: int = field(default=0, compare=False)
        length: int = field(init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "length", len(self.name))

    return decorate(Special)


def _by_name(decorate: Callable[[type], type]) -> type:
    class ByName:
        """A field by position, and one by name."""

        first: int
        _: KW_ONLY
        second: int = 0

    return decorate(ByName)


def _empty(decorate: Callable[[type], type]) -> type:
    class Empty:
        """Nothing."""

    return decorate(Empty)


SHAPES: list[tuple[Callable[[Callable[[type], type]], type], st.SearchStrategy[tuple[Any, ...]]]] = [
    (_plain, st.tuples(st.text(max_size=2), st.integers(0, 2))),
    (_plain, st.tuples(st.text(max_size=2))),
    (_special, st.tuples(st.text(max_size=1), st.text(max_size=1))),
    (
        _special,
        st.tuples(st.just("a"), st.just("b"), st.dictionaries(st.just("k"), st.integers(0, 1)), st.integers(0, 1)),
    ),
    (_by_name, st.tuples(st.integers(0, 1))),
    (_empty, st.just(())),
]
DATACLASS = dataclass(frozen=True, slots=True)


@pytest.mark.parametrize(("shape", "arguments"), SHAPES)
@given(data=st.data())
def test_a_value_does_what_the_dataclass_does(shape: Any, arguments: Any, data: st.DataObject) -> None:
    """Text, equality, hash, copies, fields and patterns are the same."""
    first, second = data.draw(arguments), data.draw(arguments)
    (a, b), (c, d) = ((cls(*first), cls(*second)) for cls in (shape(frozen), shape(DATACLASS)))
    assert repr(a).rpartition(".")[2] == repr(c).rpartition(".")[2]
    assert (a == b) == (c == d)
    assert hash(a) == hash(c)
    assert (hash(a) == hash(b)) == (hash(c) == hash(d))
    assert a != c
    assert copy.copy(a) == a
    assert copy.deepcopy(a) == a
    assert asdict(a) == asdict(c)
    assert [each.name for each in fields(a)] == [each.name for each in fields(c)]
    assert type(a).__match_args__ == type(c).__match_args__
    assert list(signature(type(a)).parameters) == list(signature(type(c)).parameters)
    assert get_type_hints(type(a).__init__) == get_type_hints(type(c).__init__)
    assert not hasattr(a, "__dict__")


@frozen
class Point:
    """A point that can be pickled, since its module has it."""

    x: int
    y: int = 0


def test_a_value_is_frozen_and_can_be_pickled_and_replaced() -> None:
    """Nothing can be set, deleted or added."""
    point = Point(1)
    for name in ("x", "z"):
        with pytest.raises(FrozenInstanceError):
            setattr(point, name, 2)
    with pytest.raises(FrozenInstanceError):
        del point.x
    assert pickle.loads(pickle.dumps(point)) == point
    assert replace(point, y=2) == Point(1, 2)
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        Point(1, z=2)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        Point()  # type: ignore[call-arg]


def test_a_value_has_no_base() -> None:
    """Slots and equality of a base are not thought of."""
    with pytest.raises(TypeError, match="has no base"):

        @frozen
        class Deep(Point):
            """A value with a base."""

            z: int = 0
