"""Kinds that are made of other kinds: choices, lists and mappings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from resolver.schema.kinds import Choice, EditorOnly, Kind, Misfit, Path, Schema, Text


class Either(EditorOnly):
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


class Optional(Kind):
    """A value of a kind, or null, or a word that means null."""

    def __init__(self, kind: Kind, word: str | None = None) -> None:
        self._for_editors = Either(kind, *([] if word is None else [Choice(word)]), null=True)
        self._kind = kind
        self._word = word

    def parts(self) -> Iterator[Kind]:
        """Yield the kind."""
        yield self._kind

    @property
    def for_editors(self) -> Kind:
        """The kind, with the word among its values."""
        return self._for_editors

    def own_schema(self) -> Schema:
        """Return the schema of the kind, null or the word."""
        return self._for_editors.own_schema()

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
    is_told = not key.null or key.required or isinstance(key.kind, Either | Optional)
    kind = key.kind if is_told else Optional(key.kind)
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
