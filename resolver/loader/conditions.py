"""A condition as it is written to a condition as a value; what the rules engine gets wrong is refused here."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from typing import Literal, cast

from resolver.diagnostics import did_you_mean
from resolver.domain import (
    Absent,
    And,
    Compare,
    Condition,
    Equal,
    Fact,
    Integer,
    Ladder,
    OpenText,
    Or,
    Present,
    SameAs,
    Text,
    Unequal,
)
from resolver.loader.names import known_fact, read_reference, unknown_value
from resolver.loader.nodes import Mapping, Node, Scalar, Sequence
from resolver.loader.tree import Problems, entries, items, kind_of
from resolver.schema import OPERATORS, name_problem

_REFUSED = {
    "$mt": "write the values out: `{fact: [one, two]}`",
    "$imt": "write the values out: `{fact: [one, two]}`",
    "$not": "negate what is inside: `$neq`, `$nex`, `$lt` for `$gte`",
    "$all": "write `$and`",
    "$any": "write `$or`",
    **dict.fromkeys(("$add", "$sub", "$mul", "$div"), "compare with a number: rules do not calculate"),
    "$m": "compare a fact with it: `{fact: {$m: other_fact}}`",
}
_ORDER = ("$lt", "$lte", "$gt", "$gte")


class ConditionReader:
    """Reads the conditions of one ruleset, whose facts are `vocabulary`."""

    def __init__(self, vocabulary: MappingType[str, Fact], ruleset: str, ladder: Ladder, problems: Problems) -> None:
        self.vocabulary = vocabulary
        self.ladder = ladder
        self.ruleset = ruleset
        self.problems = problems

    def read(self, node: Node) -> Condition | None:
        """Return the condition that `node` is, or None after noting what is wrong with it."""
        if not isinstance(node, Mapping):
            self.refuse("type", f"a condition is a mapping such as `{{role: critic}}`, not {kind_of(node)}", node)
            return None
        written = list(entries(node))
        if len(written) != len(node.entries):
            return None  # keys that are not text were noted with the shape
        if len(written) != 1:
            if not written:
                self.refuse("empty", "a condition is empty", node, "to match always, write `{$ex: {role: 1}}`")
            else:
                names = ", ".join(f"`{key.text}`" for key, _ in written)
                self.refuse(
                    "two-keys",
                    f"a condition has one key, not {len(written)}: {names}",
                    written[1][0],
                    "join them: `$and: [{…}, {…}]`",
                )
            return None
        key, value = written[0]
        if key.text in ("$and", "$or"):
            return self.join(key, value)
        if key.text.startswith("$"):
            return self.operate(key, value)
        return self.equal(key, value)

    def join(self, key: Scalar, value: Node) -> Condition | None:
        if not isinstance(value, Sequence) or not value.items:
            self.refuse(
                "empty", f"`{key.text}` needs a list of conditions", value if isinstance(value, Sequence) else key
            )
            return None
        parts = [self.read(item) for item in items(value)]
        if None in parts:
            return None
        complete = tuple(part for part in parts if part is not None)
        return And(complete) if key.text == "$and" else Or(complete)

    def operate(self, key: Scalar, value: Node) -> Condition | None:
        operator = key.text
        if operator in _REFUSED:
            self.refuse(
                "operator",
                f"`{operator}` is not allowed: the rules engine does not get it right",
                key,
                _REFUSED[operator],
            )
            return None
        if operator not in OPERATORS:
            help = did_you_mean(operator, OPERATORS) or f"known: {', '.join(f'`{name}`' for name in OPERATORS)}"
            self.refuse("operator", f"unknown operator `{operator}`", key, help)
            return None
        inner = list(entries(value))
        if not isinstance(value, Mapping) or len(inner) != 1 or len(value.entries) != 1:
            self.refuse(
                "type",
                f"`{operator}` takes one fact: `{{{operator}: {{fact: {'1' if 'ex' in operator else 'value'}}}}}`",
                key,
            )
            return None
        name, operand = inner[0]
        fact = self.fact(name)
        if fact is None:
            return None
        if operator in ("$ex", "$nex"):
            if not isinstance(operand, Scalar) or type(operand.value) is not int or operand.value != 1:
                self.refuse("type", f"`{operator}` is written with 1: `{{{operator}: {{{fact.name}: 1}}}}`", operand)
                return None
            return Present(fact.name) if operator == "$ex" else Absent(fact.name)
        if operator == "$neq":
            return self.unequal(fact, operand)
        if not isinstance(fact.domain, Integer):
            self.refuse(
                "text-order",
                f"`{operator}` compares numbers, and `{fact.name}` is text",
                key,
                "name the values: `{fact: [one, two]}`",
            )
            return None
        number = self.value(fact, operand)
        name_of = cast("Literal['$lt', '$lte', '$gt', '$gte']", operator)
        return Compare(name_of, fact.name, number) if isinstance(number, int) else None

    def equal(self, key: Scalar, value: Node) -> Condition | None:
        fact = self.fact(key)
        if fact is None:
            return None
        if isinstance(value, Mapping):
            other = self.other(fact, value)
            return SameAs(fact.name, other, equal=True) if other else None
        if isinstance(value, Sequence):
            if not value.items:
                self.refuse("empty", f"the list of values of `{fact.name}` is empty", value, "name a value")
                return None
            values = [self.value(fact, item) for item in items(value)]
        else:
            values = [self.value(fact, value)]
        if None in values:
            return None
        return Equal(fact.name, tuple(dict.fromkeys(v for v in values if v is not None)))

    def unequal(self, fact: Fact, operand: Node) -> Condition | None:
        if isinstance(operand, Mapping):
            other = self.other(fact, operand)
            return SameAs(fact.name, other, equal=False) if other else None
        if isinstance(operand, Sequence):
            help = f"write `$and: [{{$neq: {{{fact.name}: …}}}}, …]`, one for each value"
            self.refuse("type", "`$neq` takes one value, not a list", operand, help)
            return None
        value = self.value(fact, operand)
        return Unequal(fact.name, value) if value is not None else None

    def other(self, fact: Fact, node: Mapping) -> str | None:
        reference = read_reference(node, self.vocabulary, self.ruleset, self.problems)
        if reference is None:
            return None
        other = self.vocabulary[reference.fact].domain
        if (
            not isinstance(fact.domain, Text)
            or not isinstance(other, Text)
            or set(fact.domain.values) != set(other.values)
        ):
            self.refuse(
                "reference",
                f"`{fact.name}` and `{reference.fact}` cannot be compared: they have different values",
                node,
                "compare two facts that are declared with the same values, such as two tiers",
            )
            return None
        return reference.fact

    def fact(self, key: Scalar) -> Fact | None:
        return known_fact(key, self.vocabulary, self.ruleset, self.problems)

    def value(self, fact: Fact, node: Node) -> str | int | None:
        """Return the value that `node` is if `fact` can have it."""
        value = node.value if isinstance(node, Scalar) else None
        shown = f"`{node.text}`" if isinstance(node, Scalar) and node.text else kind_of(node)
        if isinstance(fact.domain, Integer):
            if type(value) is not int:
                self.refuse("type", f"`{fact.name}` is an integer, and {shown} is not", node)
                return None
            lowest, highest = fact.domain.lowest, fact.domain.highest_literal
            if not lowest <= value <= highest:
                self.refuse(
                    "range", f"{shown} is outside {lowest:,} to {highest:,}, which `{fact.name}` compares with", node
                )
                return None
            return value
        if not isinstance(value, str):
            help = "put it in quotes if it is meant as text" if isinstance(node, Scalar) and node.text else ""
            self.refuse("type", f"`{fact.name}` is text, and {shown} is {kind_of(node)}", node, help)
            return None
        if isinstance(fact.domain, OpenText):
            if fact.name == "phase" and not value:
                self.refuse(
                    "empty", "no phase is ever empty: no phase is an absent fact", node, "write `{$nex: {phase: 1}}`"
                )
                return None
            if problem := name_problem(value):
                self.refuse("name", f"this value {problem}", node)
                return None
            return value
        if fact.domain.values and value not in fact.domain.values:
            unknown_value(value, fact, node, self.ladder, self.problems)
            return None
        return value

    def refuse(self, code: str, message: str, node: Node, help: str = "") -> None:
        self.problems.add(code, message, node, help)
