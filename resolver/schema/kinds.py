"""Kinds of values, of which the shapes of files are made: each checks plain data, and gives editors a JSON Schema.

Errors are as few as a reader needs: a value of a wrong type is one error, whatever is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from resolver.schema.names import name_problem

Path = tuple[int | str, ...]
Schema = dict[str, Any]


What = Literal[
    "text", "number", "integer", "boolean", "list", "mapping", "keys", "empty", "range", "colon", "name", "missing",
    "unknown",
]  # fmt: skip
"""The error of a value, which is no text, no number and so on, or of a key, which is missing or unknown.

`mapping` is one of any names, and `keys` one of certain keys.
"""


class Misfit(NamedTuple):
    """A value that is not of its kind. `problem` says why a text cannot be a name."""

    what: What
    path: Path
    of_key: bool = False
    problem: str = ""


class Kind:
    """The kind of a value. One that overrides nothing is for editors alone, or lets everything pass."""

    definition: str | None = None
    """The name of a definition of the JSON Schema that describes the kind; None if `own_schema` does."""

    def check(self, value: Any, path: Path, found: list[Misfit]) -> None:
        """Add to `found` what does not fit."""

    def fits(self, value: Any) -> bool:
        """Return whether `value` fits; False may also mean that it takes a closer look to know."""
        return False

    def parts(self) -> Iterator[Kind]:
        """Yield the kinds that this one is made of."""
        yield from ()

    def at(self, path: Path) -> Kind | None:
        """Return the kind of the value at `path`, None if anything may be there."""
        kind = self.of_part(path[0]) if path else None
        return self if not path else kind.at(path[1:]) if kind else None

    def of_part(self, name: int | str) -> Kind | None:
        """Return the kind of an item or an entry, None if anything may be there."""
        return next(self.parts(), None)

    def own_schema(self) -> Schema:
        """Return the kind as a JSON Schema."""
        return {}

    def schema(self) -> Schema:
        """Return the kind as a JSON Schema, by reference if it is a definition."""
        return self.own_schema() if self.definition is None else {"$ref": f"#/$defs/{self.definition}"}


class Anything(Kind):
    """Any value: the loader reads it."""

    def __init__(self, definition: str | None = None) -> None:
        self.definition = definition

    def fits(self, value: Any) -> bool:
        """Return True."""
        return True


class Text(Kind):
    """A text; with a definition's name, one that the rules engine reads safely."""

    def __init__(self, definition: str | None = None, *, filled: bool = False, colon: bool = True) -> None:
        self.definition = definition
        self._filled = filled
        self._colon = colon

    def fits(self, value: Any) -> bool:
        """Return whether it is such a text."""
        return type(value) is str and self._problem(value) is None

    def check(self, value: Any, path: Path, found: list[Misfit], of_key: bool = False) -> None:
        """Add one error at most."""
        if type(value) is not str:
            found.append(Misfit("text", path, of_key))
        elif problem := self._problem(value):
            found.append(Misfit(problem[0], path, of_key, problem[1]))

    def _problem(self, value: str) -> tuple[What, str] | None:
        if not value and self._filled:
            return "empty", ""
        if not self._colon and ":" in value:
            return "colon", ""
        problem = name_problem(value) if self.definition else None
        return ("name", problem) if problem else None

    def own_schema(self) -> Schema:
        """Return the schema of a text."""
        return {"type": "string"}


class TextOrMapping(Text):
    """A text that is not empty, or a mapping, which the loader reads."""

    def __init__(self, definition: str) -> None:
        super().__init__(definition, filled=True)

    def check(self, value: Any, path: Path, found: list[Misfit], of_key: bool = False) -> None:
        """Add one error at most."""
        if not isinstance(value, dict):
            super().check(value, path, found, of_key)


class Number(Kind):
    """A number from `lowest` or `above` to `highest`, with `whole` an integer."""

    def __init__(
        self, *, whole: bool, lowest: int | None = None, above: int | None = None, highest: int | None = None
    ) -> None:
        self._whole = whole
        self._bounds = {"minimum": lowest, "exclusiveMinimum": above, "maximum": highest}

    def check(self, value: Any, path: Path, found: list[Misfit]) -> None:
        """Add one error at most; a number that is not one (NaN) is out of every range."""
        lowest, above, highest = self._bounds.values()
        if not isinstance(value, int if self._whole else int | float) or isinstance(value, bool):
            found.append(Misfit("integer" if self._whole else "number", path))
        elif not (
            (lowest is None or value >= lowest)
            and (above is None or value > above)
            and (highest is None or value <= highest)
        ):
            found.append(Misfit("range", path))

    def own_schema(self) -> Schema:
        """Return the schema of a number."""
        bounds = {name: bound for name, bound in self._bounds.items() if bound is not None}
        return {"type": "integer" if self._whole else "number", **bounds}


class Boolean(Kind):
    """True or false."""

    def check(self, value: Any, path: Path, found: list[Misfit]) -> None:
        """Add one error at most."""
        if not isinstance(value, bool):
            found.append(Misfit("boolean", path))

    def own_schema(self) -> Schema:
        """Return the schema of a boolean."""
        return {"type": "boolean"}


class Choice(Kind):
    """One of several texts, for editors."""

    def __init__(self, *values: str) -> None:
        self._values = values

    def own_schema(self) -> Schema:
        """Return the schema of a choice."""
        return {"enum": list(self._values)}


class Either(Kind):
    """A value of one of several kinds, for editors; the last may be null."""

    def __init__(self, *kinds: Kind, null: bool = False) -> None:
        self._kinds = kinds
        self._null = null

    def parts(self) -> Iterator[Kind]:
        """Yield the kinds."""
        yield from self._kinds

    def own_schema(self) -> Schema:
        """Return the schema of any of the kinds."""
        null: list[Schema] = [{"type": "null"}] if self._null else []
        return {"anyOf": [*(kind.schema() for kind in self._kinds), *null]}


class Optional(Either):
    """A value of a kind, or null, or a word that means null."""

    def __init__(self, kind: Kind, word: str | None = None) -> None:
        super().__init__(kind, *([] if word is None else [Choice(word)]), null=True)
        self._kind = kind
        self._word = word

    def at(self, path: Path) -> Kind | None:
        """Return the kind of the value at `path`, which is not null."""
        return self._kind.at(path)

    def check(self, value: Any, path: Path, found: list[Misfit]) -> None:
        """Add the errors of the kind."""
        if value is not None and (self._word is None or value != self._word):
            self._kind.check(value, path, found)


class ListOf(Kind):
    """A list of values of a kind; that they are `unique` is for editors, since the loader names the second of two."""

    def __init__(self, kind: Kind, *, filled: bool = False, unique: bool = False, more: Schema | None = None) -> None:
        self._kind = kind
        self._filled = filled
        self._more = {
            **({"minItems": 1} if filled else {}),
            **({"uniqueItems": True} if unique else {}),
            **(more or {}),
        }

    def check(self, value: Any, path: Path, found: list[Misfit]) -> None:
        """Add the errors of all items."""
        if not isinstance(value, list):
            found.append(Misfit("list", path))
        elif self._filled and not value:
            found.append(Misfit("empty", path))
        else:
            for at, item in enumerate(value):
                if not self._kind.fits(item):
                    self._kind.check(item, (*path, at), found)

    def parts(self) -> Iterator[Kind]:
        """Yield the kind of the items."""
        yield self._kind

    def own_schema(self) -> Schema:
        """Return the schema of a list."""
        return {"type": "array", "items": self._kind.schema(), **self._more}


class Entries(Kind):
    """A mapping of any names to values of a kind."""

    def __init__(self, name: Text, kind: Kind, *, filled: bool = False, definition: str | None = None) -> None:
        self._name = name
        self._kind = kind
        self._filled = filled
        self.definition = definition

    def check(self, value: Any, path: Path, found: list[Misfit]) -> None:
        """Add the errors of all names and values."""
        if not isinstance(value, dict):
            found.append(Misfit("mapping", path))
            return
        if self._filled and not value:
            found.append(Misfit("empty", path))
        name_fits, fits = self._name.fits, self._kind.fits
        for name, item in value.items():
            if not name_fits(name):
                self._name.check(name, (*path, name), found, of_key=True)
            if not fits(item):
                self._kind.check(item, (*path, name), found)

    def parts(self) -> Iterator[Kind]:
        """Yield the kind of the values."""
        yield self._kind

    def own_schema(self) -> Schema:
        """Return the schema of a mapping."""
        filled = {"minProperties": 1} if self._filled else {}
        names = {} if self._name.definition is None else {"propertyNames": self._name.schema()}
        return {"type": "object", **names, "additionalProperties": self._kind.schema(), **filled}


class Key(NamedTuple):
    """A key of a mapping: the kind of its value, and what it means.

    A key that is not `required` may be null; editors are told so, unless the kind says it or `null` is False.
    """

    kind: Kind
    description: str | None = None
    required: bool = False
    null: bool = True


class Keys(Kind):
    """A mapping with these keys and no others; its definition is called `definition`."""

    def __init__(self, definition: str, description: str, keys: Mapping[str, Key], more: Schema | None = None) -> None:
        self.definition = definition
        self.description = description
        self.keys = keys
        self._more = more or {}

    def check(self, value: Any, path: Path, found: list[Misfit]) -> None:
        """Add the errors of all keys."""
        if not isinstance(value, dict):
            found.append(Misfit("keys", path))
            return
        for name, key in self.keys.items():
            if name not in value:
                if key.required:
                    found.append(Misfit("missing", (*path, name)))
            elif key.required or value[name] is not None:
                key.kind.check(value[name], (*path, name), found)
        found += [Misfit("unknown", (*path, name)) for name in value if name not in self.keys]

    def parts(self) -> Iterator[Kind]:
        """Yield the kinds of the values."""
        yield from (key.kind for key in self.keys.values())

    def of_part(self, name: int | str) -> Kind | None:
        """Return the kind of the value of a key."""
        return self.keys[name].kind if isinstance(name, str) and name in self.keys else None

    def own_schema(self) -> Schema:
        """Return the schema of the mapping."""
        required = [name for name, key in self.keys.items() if key.required]
        return {
            **({"title": self.definition.replace("_", " ")} if self.definition else {}),  # which editors show
            "description": self.description,
            "type": "object",
            "properties": {name: _described(key) for name, key in self.keys.items()},
            **({"required": required} if required else {}),
            "additionalProperties": False,
            **self._more,
        }


def _described(key: Key) -> Schema:
    kind = Optional(key.kind) if key.null and not key.required and not isinstance(key.kind, Either) else key.kind
    return {**kind.schema(), **({"description": key.description} if key.description else {})}


def definitions(kind: Kind) -> dict[str, Schema]:
    """Return the schemas of all definitions that a kind refers to, but for those by hand."""
    found: dict[str, Schema] = {}
    left = [kind]
    while left:
        each = left.pop()
        if isinstance(each, Keys) and each.definition and each.definition not in found:
            found[each.definition] = each.own_schema()
        left += each.parts()
    return dict(sorted(found.items()))
