"""Parses conditions that are written as text, as in CEL, SQL or Python: `strikes >= 3 && role == "critic"`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from resolver.domain import Absent, Condition, Fact, Or, Present, SameAs
from resolver.loader.foreign.comparisons import FLIPPED, LiteralValue, compared
from resolver.loader.foreign.operator_names import meanings
from resolver.loader.foreign.written_conditions import joined, negated

_LONGEST = 1_000
"""The longest text that is parsed."""
_DEEPEST = 20
"""The deepest nesting of parentheses and negations that is parsed."""
_TOKEN = re.compile(
    r"\s*(?:(?P<text>\"[^\"]*\"|'[^']*')|(?P<number>-?\d+(?:\.\d+)?(?![\w.]))"
    r"|(?P<sign>&&|\|\||===|!==|==|!=|<>|<=|>=|=>|=<|[<>=!()\[\],])|(?P<name>[A-Za-z_$][\w.$-]*))"
)
_OWNERS = re.compile(r"(?:m|event|request|outcome|facts?|input|ctx|context|data|this)\.|\$")


class _NoConditionError(Exception):
    """The text is not a condition that policies have."""


def condition_in(text: str, facts: Mapping[str, Fact], subject: Fact | None = None) -> Condition | None:
    """Return the condition that a text means, None if policies have no such condition.

    Args:
        text: The text.
        facts: The facts that the condition may read.
        subject: The fact that comparisons without a left side are about, as in `>= 3`.

    >>> from resolver.domain import Ladder, vocabulary
    >>> condition_in("strikes >= 3", vocabulary("outcome", Ladder(()), {}))
    Compare(operator='$gte', fact='strikes', value=3)
    """
    if len(text) > _LONGEST:
        return None
    try:
        return _Parser(text, facts, subject).whole()
    except _NoConditionError:
        return None


class _Parser:
    def __init__(self, text: str, facts: Mapping[str, Fact], subject: Fact | None) -> None:
        self.facts = facts
        self.subject = subject
        self.tokens = _tokens(text)
        self.index = 0
        self.depth = 0

    def whole(self) -> Condition:
        condition = self.alternatives()
        if self.index < len(self.tokens):
            raise _NoConditionError
        return condition

    def peek(self) -> str:
        return self.tokens[self.index][1] if self.index < len(self.tokens) else ""

    def meaning(self) -> tuple[str, ...]:
        kind, text = self.tokens[self.index] if self.index < len(self.tokens) else ("", "")
        return meanings(text) if kind in ("sign", "name") and text not in self.facts else ()

    def take(self, sign: str) -> bool:
        if self.peek().lower() == sign:
            self.index += 1
            return True
        return False

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise _NoConditionError

    def alternatives(self) -> Condition:
        parts = [self.conjunction()]
        while self.take("||") or self.take("or"):
            parts.append(self.conjunction())
        return joined(parts, by_and=False)

    def conjunction(self) -> Condition:
        parts = [self.part()]
        while self.take("&&") or self.take("and"):
            parts.append(self.part())
        return joined(parts, by_and=True)

    def part(self) -> Condition:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _NoConditionError
        try:
            if self.take("!") or self.take("not"):
                return negated(self.part())
            if self.take("("):
                condition = self.alternatives()
                self.need(")")
                return condition
            return self.comparison()
        finally:
            self.depth -= 1

    def comparison(self) -> Condition:
        if "exists" in self.meaning() and self.tokens[self.index + 1 : self.index + 2] == [("sign", "(")]:
            self.index += 2
            fact = self.fact(self.operand())
            self.need(")")
            return Present(fact.name)
        if self.subject is not None and self.operator(peek=True):
            left: Fact | list[LiteralValue] = self.subject
        else:
            left = self.operand()
        operator = self.operator()
        if operator is None:
            return Present(self.fact(left).name)
        if operator == "is":
            return self.presence(self.fact(left))
        if operator == "between":
            lower = self.operand()
            self.need("and")
            upper = self.operand()
            bounds = [*lower, *upper] if isinstance(lower, list) and isinstance(upper, list) else []
            return self.compare(left, operator, bounds)[0]
        condition, right = self.compare(left, operator, self.operand())
        if operator in ("lt", "lte", "gt", "gte") and (second := self.operator(peek=True)) and second != "is":
            self.operator()
            condition = joined([condition, self.compare(right, second, self.operand())[0]], by_and=True)
        return condition

    def presence(self, fact: Fact) -> Condition:
        """Return the condition of `is null`, `is not null` and of `is value`."""
        negative = self.take("not")
        if self.take("null") or self.take("none") or self.take("absent") or self.take("missing"):
            return Present(fact.name) if negative else Absent(fact.name)
        return self.compare(fact, "ne" if negative else "eq", self.operand())[0]

    def operator(self, *, peek: bool = False) -> str | None:
        """Return the meaning of the comparison that comes next; take it unless `peek`."""
        start = self.index
        if self.take("is"):
            found: str | None = "is"
        elif self.take("not") and self.take("in"):
            found = "nin"
        else:
            self.index = start
            found = next((name for name in self.meaning() if name in (*FLIPPED, "in", "between")), None)
            self.index += found is not None
        if peek or found is None:
            self.index = start
        return found

    def operand(self) -> Fact | list[LiteralValue]:
        if self.index >= len(self.tokens):
            raise _NoConditionError
        kind, text = self.tokens[self.index]
        self.index += 1
        if kind == "text":
            return [text[1:-1]]
        if kind == "number":
            return [float(text) if "." in text else int(text)]
        if kind == "name":
            if self.peek() == "(":
                raise _NoConditionError
            plain = _OWNERS.sub("", text, count=1) if text not in self.facts else text
            if plain in self.facts:
                return self.facts[plain]
            return [None] if text.lower() in ("null", "none") else [text]
        if text in ("[", "("):
            return self.values("]" if text == "[" else ")")
        raise _NoConditionError

    def values(self, end: str) -> list[LiteralValue]:
        values: list[LiteralValue] = []
        while not self.take(end):
            operand = self.operand()
            if isinstance(operand, Fact):
                raise _NoConditionError
            values += operand
            if self.peek() != end:
                self.need(",")
        return values

    def fact(self, operand: Fact | list[LiteralValue]) -> Fact:
        if not isinstance(operand, Fact):
            raise _NoConditionError
        self.subject = operand
        return operand

    def compare(
        self, left: Fact | list[LiteralValue], operator: str, right: Fact | list[LiteralValue]
    ) -> tuple[Condition, Fact | list[LiteralValue]]:
        """Return the comparison, and the operand that a second comparison would begin with."""
        if isinstance(left, Fact) and isinstance(right, Fact):
            if operator not in ("eq", "ne") or not left.is_comparable(right):
                raise _NoConditionError
            return SameAs(left.name, right.name, equal=operator == "eq"), right
        if isinstance(right, Fact) and isinstance(left, list) and operator in FLIPPED:
            condition = compared(self.fact(right), FLIPPED[operator], left)
        else:
            fact = self.fact(left)
            condition = compared(fact, operator, right if isinstance(right, list) else [])
        if condition is None or condition == Or(()):
            raise _NoConditionError
        return condition, right


def _tokens(text: str) -> list[tuple[str, str]]:
    """Return the kind and the text of each token."""
    tokens: list[tuple[str, str]] = []
    index, end = 0, len(text.rstrip())
    while index < end:
        match = _TOKEN.match(text, index)
        if match is None:
            raise _NoConditionError
        tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
        index = match.end()
    return tokens
