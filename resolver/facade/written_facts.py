"""Facts as people and programs write them in one text: `NAME=VALUE`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from resolver.diagnostics import RequestError
from resolver.domain import Fact, Facts, Integer, Value
from resolver.table import DecisionTable

_MOST_DIGITS = 20
"""Characters of a 64-bit integer, with its sign."""


def written_facts(declared: Mapping[str, Fact], texts: Iterable[str]) -> dict[str, Value]:
    """Return the facts in texts such as `budget=3`; integers are written as in files where the policy has one.

    Args:
        declared: The facts that the policy declares.
        texts: One text for each fact.

    Raises:
        RequestError: A text is not of that form, a fact is given twice, or a value is not an integer.

    Example:
        >>> from resolver.domain import Text
        >>> written_facts({"budget": Fact("budget", Integer())}, ["budget=3", "preset=solo"])
        {'budget': 3, 'preset': 'solo'}
    """
    facts: dict[str, Value] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise RequestError(f"a fact is written NAME=VALUE, not `{text}`")
        if name in facts:
            raise RequestError(f"the fact `{name}` is given twice")
        facts[name] = _value(declared.get(name), value)
    return facts


def checked_facts(table: DecisionTable, texts: Iterable[str]) -> Facts:
    """Return the facts in texts as `table` decides on them; RequestError also if it declares no such fact or value."""
    return table.check_extra(written_facts(table.policy.facts, texts))


def _value(declared: Fact | None, text: str) -> Value:
    from resolver.yaml_text.scalars import plain_value  # noqa: PLC0415  only a request with facts needs it

    if declared is not None and isinstance(declared.domain, Integer):
        value = plain_value(text)
        if type(value) is not int:
            shown = text if len(text) <= _MOST_DIGITS else f"{text[:_MOST_DIGITS]}…"
            raise RequestError(f"the fact `{declared.name}` is a 64-bit integer, not `{shown}`; {_in_digits(text)}")
        return value
    return text


def _in_digits(text: str) -> str:
    """Return the help that writes out the integer that `text` means."""
    if len(text) <= _MOST_DIGITS:
        with suppress(ValueError):
            return f"write `{int(text)}`"
    return "write a number in digits"
