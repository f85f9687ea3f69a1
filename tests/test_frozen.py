"""Frozen values against the dataclasses that they stand for."""

from __future__ import annotations

import copy
import pickle
import pprint
import threading
from collections.abc import Callable
from dataclasses import KW_ONLY, FrozenInstanceError, asdict, dataclass, field, fields, replace
from inspect import signature
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.frozen import FrozenDict, frozen


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
    assert pprint.pformat(a) == repr(a)
    assert repr(type(a).__dataclass_params__) == repr(type(c).__dataclass_params__)
    assert type(a).__init__.__qualname__ == f"{type(a).__qualname__}.__init__"
    assert str(signature(type(a))) == str(signature(type(c)))
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
    with pytest.raises(TypeError, match="must not have a base class"):

        @frozen
        class Deep(Point):
            """A value with a base."""

            z: int = 0


def _pickled(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


DUPLICATES: tuple[Callable[[Any], Any], ...] = (copy.copy, copy.deepcopy, _pickled)


@dataclass(frozen=True)
class Spot(Point):
    """A dataclass on a value."""

    color: str = "red"


class Named(Point):
    """A value with a slot of its own."""

    __slots__ = ("name",)


class Loose(Point):
    """A value with a `__dict__`."""


def test_a_class_on_a_value_keeps_what_it_adds() -> None:
    """A dataclass has its own fields, and copies and pickles have each attribute of a subclass."""
    spot, named, loose = Spot(1, 2, "blue"), Named(1), Loose(1, 2)
    object.__setattr__(named, "name", "n")
    object.__setattr__(loose, "name", "n")
    assert asdict(spot) == {"x": 1, "y": 2, "color": "blue"}
    for duplicate in DUPLICATES:
        assert duplicate(spot) == spot
        for each in (named, loose):
            assert (duplicate(each), duplicate(each).name) == (each, "n")


def test_threads_read_the_fields_at_the_same_time() -> None:
    """Each of them gets all fields with their defaults."""
    for _ in range(20):
        cls: Any = _special(frozen)
        start, read = threading.Barrier(8), list[object]()

        def run(cls: Any = cls, start: threading.Barrier = start, read: list[object] = read) -> None:
            start.wait()
            read.append([(each.name, each.default, each.default_factory) for each in fields(cls)])

        threads = [threading.Thread(target=run) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(read) == 8
        assert all(each == read[0] for each in read)


def test_a_frozen_dictionary_can_be_read_copied_and_pickled_and_not_changed() -> None:
    """`decision.models` cannot be changed by one of those who got the decision."""
    frozen_dict = FrozenDict({"a": 1, "b": 2})
    changes: list[Callable[[Any], object]] = [
        lambda d: d.update(a=2), lambda d: d.__setitem__("a", 2), lambda d: d.__delitem__("a"), lambda d: d.clear(),
        lambda d: d.pop("a"), lambda d: d.popitem(), lambda d: d.setdefault("c", 1), lambda d: d.__ior__({"c": 1}),
    ]  # fmt: skip
    for change in changes:
        with pytest.raises(TypeError, match="a frozen dictionary cannot be changed"):
            change(frozen_dict)
    for duplicate in DUPLICATES:
        assert duplicate(frozen_dict) == {"a": 1, "b": 2}
        assert type(duplicate(frozen_dict)) is FrozenDict


@pytest.mark.parametrize("default", [[], {}, set(), bytearray(), field(default=[])])
def test_a_mutable_default_is_refused(default: object) -> None:
    """All instances would share it; a dataclass refuses it at its definition, too."""
    body = {"__module__": __name__, "__annotations__": {"items": "object"}, "items": default}
    for decorate in (frozen, dataclass(frozen=True)):
        with pytest.raises(ValueError, match="mutable default"):
            decorate(type("Shared", (), dict(body)))


def test_a_field_without_a_default_comes_first() -> None:
    """The message names the class and both fields."""
    body = {"__module__": __name__, "__annotations__": {"number": "int", "name": "str"}, "number": 3}
    with pytest.raises(TypeError, match="the field `name` of `Late` needs a default, as `number` before it has one"):
        frozen(type("Late", (), body))
