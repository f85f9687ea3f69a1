"""A decorator for frozen, slotted values, which are dataclasses in all but the time that it takes to define them.

`dataclass(frozen=True, slots=True)` compiles eight functions for each class. With the values that every command needs,
that is a third of its time to start. Here one is compiled, `__init__`, and all classes share the others. `fields`,
`replace` and `asdict` of the standard library work on values, and so do `copy`, `pickle` and `pprint`. A dataclass
can have a value as its base.
"""

from __future__ import annotations

import sys
from dataclasses import KW_ONLY, MISSING, Field, FrozenInstanceError, dataclass, field
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, cast, dataclass_transform

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """A dictionary that nothing can change. Unlike a `MappingProxyType`, it can be copied and pickled.

    >>> FrozenDict(a=1)["a"]
    1
    """

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a frozen dictionary cannot be changed")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type, tuple[dict[K, V]]]:
        return type(self), (dict(self),)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """Return a class with slots for its fields, and with the methods of a frozen dataclass.

    Args:
        cls: A class without a base. A field's default can be `dataclasses.field`. Fields after `_: KW_ONLY` can only
            be given by name.

    Example:
        >>> @frozen
        ... class Point:
        ...     x: int
        ...     y: int = 0
        >>> Point(1)
        Point(x=1, y=0)
    """
    if cls.__bases__ != (object,):
        raise TypeError(f"a `@frozen` class must not have a base class, but `{cls.__name__}` has one")
    fields = _fields_of(cls)
    body = {
        name: item for name, item in vars(cls).items() if name not in fields and name not in ("__dict__", "__weakref__")
    }
    hashed = [name for name, each in fields.items() if (each.compare if each.hash is None else each.hash)]
    body |= {
        "__slots__": tuple(fields),
        "__match_args__": tuple(name for name, each in fields.items() if each.init and not each.kw_only),
        "__dataclass_fields__": _OfDataclass(cls, "__dataclass_fields__"),
        "__dataclass_params__": _OfDataclass(cls, "__dataclass_params__"),
        "__setattr__": _set,
        "__delattr__": _delete,
        "__setstate__": _restore,
        "_key": staticmethod(_getter([name for name, each in fields.items() if each.compare])),
        "_hashed": staticmethod(_getter(hashed)),
        "_shown": tuple(name for name, each in fields.items() if each.repr),
        "__eq__": _equal,
        "__hash__": _hash,
        **({} if "__repr__" in body else {"__repr__": _repr}),
    }
    made: Any = type(cls.__name__, (), body)
    made.__init__ = _init(made, fields)
    return cast("type[T]", made)


class _OfDataclass:
    """An attribute that the standard library expects of a dataclass, built on first access.

    Threads that read it at the same time make a dataclass each, which leaves the class that they share as it is.
    """

    def __init__(self, cls: type, attribute: str) -> None:
        names = ("__module__", "__qualname__", "__annotations__", *cls.__annotations__)
        self._body = {name: vars(cls)[name] for name in names if name in vars(cls)}
        self._attribute = attribute
        self._value: object = None

    def __get__(self, instance: object, owner: type) -> object:
        if self._value is None:
            self._value = getattr(dataclass(frozen=True)(type(owner.__name__, (), dict(self._body))), self._attribute)
        return self._value


class _Factory:
    """The default that a signature shows of a field with a `default_factory`."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()


def _fields_of(cls: type) -> dict[str, Field[Any]]:
    """Return the fields of a class; raise an error if a default is mutable, or if a required field is after one."""
    fields: dict[str, Field[Any]] = {}
    by_name, last_with_default = False, None
    for name, annotation in cls.__annotations__.items():
        if annotation in ("KW_ONLY", KW_ONLY):
            by_name = True
            continue
        default = vars(cls).get(name, MISSING)
        each = fields[name] = default if isinstance(default, Field) else field(default=default)
        each.kw_only = by_name
        if each.default.__hash__ is None and not isinstance(each.default, FrozenDict):
            message = f"the field `{name}` of `{cls.__name__}` has a mutable default; use `field(default_factory=…)`"
            raise ValueError(message)
        if not each.init or by_name:
            continue
        if each.default is not MISSING or each.default_factory is not MISSING:
            last_with_default = name
        elif last_with_default is not None:
            message = (
                f"the field `{name}` of `{cls.__name__}` needs a default, as `{last_with_default}` before it has one"
            )
            raise TypeError(message)
    return fields


def _init(made: type, fields: dict[str, Field[Any]]) -> Any:
    """Compile `__init__`; it writes the slots directly, because `__setattr__` refuses."""
    names: dict[str, Any] = {"_FACTORY": _FACTORY}
    parameters, lines = ["self"], []
    for name, each in fields.items():
        names[f"_set_{name}"] = vars(made)[name].__set__
        given = name
        if each.default_factory is not MISSING:
            names[f"_new_{name}"] = each.default_factory
            given = f"_new_{name}() if {name} is _FACTORY else {name}" if each.init else f"_new_{name}()"
            names[f"_default_{name}"] = _FACTORY
        elif each.default is not MISSING:
            names[f"_default_{name}"] = each.default
        if each.init:
            parameters += ["*"] if each.kw_only and "*" not in parameters else []
            parameters.append(f"{name}=_default_{name}" if f"_default_{name}" in names else name)
        if each.init or each.default_factory is not MISSING:
            lines.append(f"  _set_{name}(self, {given})")
    if hasattr(made, "__post_init__"):
        lines.append("  self.__post_init__()")
    text = "\n".join([f" def __init__({', '.join(parameters)}):", *(lines or ["  pass"]), " return __init__"])
    found: dict[str, Any] = {}
    exec(f"def make({', '.join(names)}):\n{text}", vars(sys.modules[made.__module__]), found)  # noqa: S102
    init = found["make"](**names)
    init.__qualname__ = f"{made.__qualname__}.__init__"
    init.__annotations__ = {
        **{n: a for n, a in made.__annotations__.items() if n in fields and fields[n].init},
        "return": None,
    }
    return init


def _getter(names: list[str]) -> Any:
    return attrgetter(*names) if names else lambda _: ()


def _equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self._key(self) == self._key(other)


def _hash(self: Any) -> int:
    return hash(self._hashed(self))


def _repr(self: Any) -> str:
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)
    return f"{type(self).__qualname__}({shown})"


def _set(self: Any, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delete(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _restore(self: Any, state: Any) -> None:
    """Set what `copy` and `pickle` have read: the slots, and the `__dict__` that an object of a subclass may have."""
    for items in state if isinstance(state, tuple) else (state,):
        for name, item in (items or {}).items():
            object.__setattr__(self, name, item)
