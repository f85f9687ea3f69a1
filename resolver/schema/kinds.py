"""Kinds of plain values, of which the shapes of files are made: each checks data, and gives editors a JSON Schema.

`composite_kinds` has the kinds that are made of others.

Errors are as few as a reader needs: a value of a wrong type is one error, whatever is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from resolver.schema.names import name_problem

Path = tuple[int | str, ...]
Schema = dict[str, Any]


What = Literal[
    "text", "number", "integer", "boolean", "list", "mapping", "keys", "empty", "range", "colon", "name", "missing",
    "unknown",
]  # fmt: skip
"""The reason that a value or a key does not fit: another kind was expected, or the key is missing or unknown.

`mapping` is one of any names, and `keys` one of certain keys.
"""


class Misfit(NamedTuple):
    """A value that is not of its kind. `problem` says why a text cannot be a name."""

    what: What
    path: Path
    of_key: bool = False
    problem: str = ""


class Kind:
    """The kind of a value."""

    definition: str | None = None
    """The name of a definition of the JSON Schema that describes the kind; None if `own_schema` does."""

    def check(self, value: Any, path: Path, found: list[Misfit]) -> None:
        """Add to `found` what does not fit."""

    def fits(self, value: Any) -> bool:
        """Return whether `value` certainly fits; if it returns False, call `check`."""
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

    def range(self) -> str:
        """Return the range in words, an empty text if no number is too high.

        >>> Number(whole=False, above=0, highest=3_600).range()
        '0 to 3,600 (without 0)'
        """
        lowest, above, highest = self._bounds.values()
        if highest is None:
            return ""
        return f"{lowest:,} to {highest:,}" if above is None else f"{above:,} to {highest:,} (without {above:,})"

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


class EditorOnly(Kind):
    """A kind that only a JSON Schema uses: it checks nothing, and so is not a part of the shape of a policy."""


class Choice(EditorOnly):
    """One of several texts, for editors."""

    def __init__(self, *values: str) -> None:
        self._values = values

    def own_schema(self) -> Schema:
        """Return the schema of a choice."""
        return {"enum": list(self._values)}
