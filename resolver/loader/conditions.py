"""Reads conditions, and refuses those that the rules engine gets wrong."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from typing import Literal, cast

from resolver.domain import (
    Absent,
    And,
    Compare,
    Condition,
    Equal,
    Fact,
    Integer,
    Ladder,
    Or,
    Present,
    SameAs,
    Text,
    Unequal,
)
from resolver.loader import foreign
from resolver.loader.foreign.written_conditions import MATCH_ALWAYS
from resolver.loader.names import known_fact, read_reference
from resolver.loader.problems import Problems
from resolver.loader.tree import entries, items
from resolver.loader.values import read_value
from resolver.schema import OPERATORS
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence, kind_of, resolved

_REFUSED = ("$mt", "$imt", "$not", "$add", "$sub", "$mul", "$div")
"""Operators of durable-rules that the rules engine answers incorrectly."""


class ConditionReader:
    """Reads the conditions of one ruleset; `vocabulary` has the facts that its rules can read."""

    def __init__(self, vocabulary: MappingType[str, Fact], ruleset: str, ladder: Ladder, problems: Problems) -> None:
        self.vocabulary = vocabulary
        self.ladder = ladder
        self.ruleset = ruleset
        self.problems = problems

    def read(self, node: Node) -> Condition | None:
        """Return the condition in `node`, or None after reporting what is wrong with it."""
        if node.tag is not None:
            return None  # the shape check reported the tag
        if not isinstance(node, Mapping):
            message = f"a condition is a mapping such as `{{role: critic}}`, not {kind_of(node)}"
            self.problems.add("type", message, node, self.help(node, foreign.no_mapping_help(node, self.vocabulary)))
            return None
        written = list(entries(node))
        if len(written) != len(node.entries) or not written:
            if not node.entries:  # the shape check reported keys that are not text
                self.problems.add("empty", "a condition is empty", node, MATCH_ALWAYS)
            return None
        if len(written) != 1:
            names = list(dict.fromkeys(f"`{key.text}`" for key, _ in written))
            if len(names) > 1:  # the shape check reported a duplicate key
                message = f"a condition has one key, not {len(names)}: {', '.join(names)}"
                second_key = next(key for key, _ in written if key.text != written[0][0].text)
                join = "join them: `$and: [{…}, {…}]`"
                help = foreign.two_keys_help(written, self.vocabulary) or self.help(node, join)
                self.problems.add("two-keys", message, second_key, help)
            return None
        key, value = written[0]
        if key.text in ("$and", "$or"):
            return self.join(node, key, value)
        if key.text.startswith("$") or (key.text not in self.vocabulary and foreign.is_operator(key.text)):
            return self.operate(node, key, value)
        return self.equal(node, key, value)

    def help(self, node: Node, fallback: str) -> str:
        """Return the help that writes out the condition that `node` means, or `fallback`."""
        meant = foreign.suggestion(node, self.vocabulary)
        return f"write `{meant}`" if meant else fallback

    def join(self, node: Node, key: Scalar, value: Node) -> Condition | None:
        if not isinstance(value, Sequence):
            message = f"`{key.text}` takes a list of conditions, not {kind_of(value)}"
            self.problems.add("type", message, value, self.help(node, f"write `{key.text}: [{{…}}, {{…}}]`"))
            return None
        if not value.items:
            self.problems.add("empty", f"the list of conditions of `{key.text}` is empty", value, MATCH_ALWAYS)
            return None
        parts = [self.read(item) for item in items(value)]
        complete = tuple(part for part in parts if part is not None)
        if len(complete) < len(parts):
            return None
        return And(complete) if key.text == "$and" else Or(complete)

    def operate(self, node: Node, key: Scalar, value: Node) -> Condition | None:
        operator = key.text
        if operator not in OPERATORS:
            why = "is not allowed: the rules engine does not get it right"
            message = f"`{operator}` {why}" if operator in _REFUSED else f"unknown operator `{operator}`"
            fallback = foreign.help_for_operator(operator) or self.problems.choice(operator, OPERATORS)
            help = self.help(node, fallback)
            self.problems.add("operator", message, key, help)
            # With help that spells out the whole condition, a part has no further problem.
            if help == fallback and {"and", "or"}.intersection(foreign.meanings(operator)):
                for item in items(value):
                    self.read(item)
            return None
        inner = list(entries(value))
        if not isinstance(value, Mapping) or len(inner) != 1 or len(value.entries) != 1:
            form = f"`{{{operator}: {{fact: {'1' if 'ex' in operator else 'value'}}}}}`"
            self.problems.add("type", f"`{operator}` takes one fact", value, self.help(node, f"write {form}"))
            return None
        name, operand = inner[0]
        fact = self.fact(name)
        if fact is None:
            return None
        if operator in ("$ex", "$nex"):
            if not isinstance(operand, Scalar) or type(operand.value) is not int or operand.value != 1:
                help = self.help(node, f"write `{{{operator}: {{{fact.name}: 1}}}}`")
                self.problems.add("type", f"`{operator}` is written with 1", operand, help)
                return None
            return Present(fact.name) if operator == "$ex" else Absent(fact.name)
        if operator == "$neq":
            return self.unequal(node, fact, operand)
        if isinstance(fact.domain, Text) and not fact.domain.values:
            return None  # what the fact is was reported at its declaration
        if not isinstance(fact.domain, Integer):
            message = f"`{operator}` compares numbers, and `{fact.name}` is text"
            help = self.help(node, foreign.text_order_help(fact, operator, operand))
            self.problems.add("text-order", message, key, help)
            return None
        number = self.value(fact, operand)
        name_of = cast("Literal['$lt', '$lte', '$gt', '$gte']", operator)
        return Compare(name_of, fact.name, number) if isinstance(number, int) else None

    def equal(self, node: Node, key: Scalar, value: Node) -> Condition | None:
        fact = self.fact(key)
        if fact is None:
            return None
        if self.is_foreign(fact, value) and (meant := foreign.suggested_value(fact, value, self.vocabulary)):
            message = f"`{fact.name}` is compared with values, and this is {foreign.of_kind(value)}"
            self.problems.add("operator", message, value, f"write `{meant}`")
            return None
        if isinstance(value, Mapping) and (operator := foreign.foreign_entry(value)) is not None:
            named, operand = operator
            message = f"unknown operator `{named.text}`"
            help = foreign.help_for_operator(named.text) or "write `{fact: value}`"
            if named.text in OPERATORS:
                message = f"`{named.text}` goes around a fact, not inside of it"
                help = foreign.moved_help(fact, named.text, resolved(operand))
            self.problems.add("operator", message, named, help)
            return None
        if isinstance(value, Mapping) and not isinstance(fact.domain, Integer):
            other_fact = self.other(fact, value)
            return SameAs(fact.name, other_fact, equal=True) if other_fact else None
        if isinstance(value, Sequence):
            if not value.items:
                message = f"the list of values of `{fact.name}` is empty"
                self.problems.add("empty", message, value, "name a value")
                return None
            values = [self.value(fact, item) for item in items(value)]
        else:
            values = [self.value(fact, value)]
        complete = [literal for literal in values if literal is not None]
        return Equal(fact.name, tuple(dict.fromkeys(complete))) if len(complete) == len(values) else None

    def is_foreign(self, fact: Fact, value: Node) -> bool:
        """Return whether a value may be a comparison in another form: a mapping, or a text that `fact` never is."""
        if isinstance(value, Mapping):
            return not any(key.text == "$m" for key, _ in entries(value))
        if not isinstance(value, Scalar) or not isinstance(value.value, str) or value.tag is not None:
            return False
        if isinstance(fact.domain, Text):
            return bool(fact.domain.values) and value.value not in fact.domain.values
        return isinstance(fact.domain, Integer) and not value.text.lstrip("+-").isdigit()

    def unequal(self, node: Node, fact: Fact, operand: Node) -> Condition | None:
        if isinstance(operand, Mapping) and not isinstance(fact.domain, Integer):
            other_fact = self.other(fact, operand)
            return SameAs(fact.name, other_fact, equal=False) if other_fact else None
        if isinstance(operand, Sequence):
            help = self.help(node, f"write `$and: [{{$neq: {{{fact.name}: …}}}}, …]`, one for each value")
            self.problems.add("type", "`$neq` takes one value, not a list", operand, help)
            return None
        value = self.value(fact, operand)
        return Unequal(fact.name, value) if value is not None else None

    def other(self, fact: Fact, node: Mapping) -> str | None:
        comparable = [other.name for other in self.vocabulary.values() if other != fact and fact.is_comparable(other)]
        reference = read_reference(node, self.vocabulary, self.ruleset, self.problems, comparable)
        if reference is None:
            return None
        other_fact = self.vocabulary[reference.fact]
        for open_fact in (candidate for candidate in (fact, other_fact) if not isinstance(candidate.domain, Text)):
            message = f"`{fact.name}` and `{other_fact.name}` cannot be compared: `{open_fact.name}` can have any value"
            self.problems.add("reference", message, node, "name the values instead")
            return None
        if not fact.is_comparable(other_fact):
            message = f"`{fact.name}` and `{other_fact.name}` cannot be compared: they have different values"
            help = "compare two facts that are declared with the same values, such as two tiers"
            self.problems.add("reference", message, node, help)
            return None
        return other_fact.name

    def fact(self, key: Scalar) -> Fact | None:
        return known_fact(key, self.vocabulary, self.ruleset, self.problems)

    def value(self, fact: Fact, node: Node) -> str | int | None:
        return read_value(fact, node, self.vocabulary, self.ladder, self.problems)
