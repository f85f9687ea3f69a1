"""Translates conditions in the form of MongoDB, JsonLogic and other languages into the form of policies."""

from __future__ import annotations

from collections.abc import Mapping as MappingType

from resolver.domain import Absent, Condition, Fact, SameAs
from resolver.loader.foreign.comparisons import FLIPPED, LiteralValue, compared, meant_by_text
from resolver.loader.foreign.expressions import condition_in
from resolver.loader.foreign.operator_names import meanings
from resolver.loader.foreign.written_conditions import LONGEST, joined, negated, written
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence, resolved

_MOST_NODES = 200
"""The largest condition that is translated."""
_PARTS = (("fact", "field", "name", "attribute", "key", "left"), ("operator", "op", "comparator"), ("value", "right"))
"""The keys of a comparison that is written as three entries."""


def suggestion(node: Node, facts: MappingType[str, Fact]) -> str | None:
    """Return the condition that `node` means, as a policy has it; None if it cannot be translated.

    Args:
        node: The condition in another form: a mapping, a list of conditions, or a text.
        facts: The facts that the condition may read.

    """
    if node.weight > _MOST_NODES:
        return None
    condition = _Translator(facts).condition(node)
    text = written(condition) if condition is not None else ""
    return text if 0 < len(text) <= LONGEST else None


def suggested_value(fact: Fact, node: Node, facts: MappingType[str, Fact]) -> str | None:
    """Return the condition that a value of a fact means, such as `>= 3` or `{$gte: 3}`; None if it means none.

    Args:
        fact: The fact.
        node: The value.
        facts: The facts that the condition may read.

    """
    if node.weight > _MOST_NODES:
        return None
    condition = _Translator(facts).about(fact, node)
    text = written(condition) if condition is not None else ""
    return text if 0 < len(text) <= LONGEST else None


class _Translator:
    def __init__(self, facts: MappingType[str, Fact]) -> None:
        self.facts = facts

    def condition(self, node: Node) -> Condition | None:
        node = resolved(node)
        if isinstance(node, Sequence):
            return self.joined([self.condition(item) for item in node.items], by_and=True)
        if isinstance(node, Scalar):
            return condition_in(node.value, self.facts) if isinstance(node.value, str) else None
        pairs = _pairs(node)
        names = [tuple(key for key, _ in pairs if key.lower() in part) for part in _PARTS]
        if len(pairs) == len(_PARTS) and all(names):
            values = dict(pairs)
            fact, operator, value = (values[name[0]] for name in names)
            return self.of_three(fact, operator, value)
        return self.joined([self.entry(key, value) for key, value in pairs], by_and=True)

    def of_three(self, name: Node, operator: Node, value: Node) -> Condition | None:
        fact = self.fact(name)
        found = meanings(_text(operator) or "")
        return self.compare(fact, found[0], value) if fact and found else None

    def joined(self, parts: list[Condition | None], *, by_and: bool) -> Condition | None:
        complete = [part for part in parts if part is not None]
        return joined(complete, by_and=by_and) if complete and len(complete) == len(parts) else None

    def entry(self, key: str, value: Node) -> Condition | None:
        """Return the condition of one entry of a mapping: a fact, or an operator."""
        value = resolved(value)
        if (fact := self.named(key)) is not None:
            return self.about(fact, value)
        for meaning in meanings(key):
            if meaning in ("and", "or", "nor", "not", "wrap"):
                found = self.logical(meaning, value)
            else:
                found = self.operation(meaning, value)
            if found is not None:
                return found
        first, _, rest = key.partition(" ")
        if (fact := self.named(first)) is not None and (found_meanings := meanings(rest)):
            return self.compare(fact, found_meanings[0], value)
        with_true = isinstance(value, Scalar) and value.value in (True, None)
        return condition_in(key, self.facts) if with_true and not key.isidentifier() else None

    def logical(self, meaning: str, value: Node) -> Condition | None:
        if isinstance(value, Sequence):
            parts = [self.condition(item) for item in value.items]
        elif isinstance(value, Mapping):
            parts = [self.entry(key, inner) for key, inner in _pairs(value)]
        else:
            parts = [self.condition(value)]
        if meaning == "not" and len(parts) == 1 and parts[0] is None:
            return self.absent(value)
        found = self.joined(parts, by_and=meaning not in ("or", "nor"))
        return negated(found) if found is not None and meaning in ("not", "nor") else found

    def absent(self, value: Node) -> Condition | None:
        only = value.items[0] if isinstance(value, Sequence) and len(value.items) == 1 else value
        fact = self.reference(only)
        return Absent(fact.name) if fact else None

    def operation(self, meaning: str, value: Node) -> Condition | None:
        """Return the condition of an operator with its operands: `{fact: value}`, or a list such as `[fact, value]`."""
        if isinstance(value, Mapping) and self.reference(value) is None:
            parts = [self.compare(self.named(key), meaning, inner) for key, inner in _pairs(value)]
            return self.joined(parts, by_and=True)
        operands = [resolved(item) for item in value.items] if isinstance(value, Sequence) else [value]
        subjects = [self.reference(operand) for operand in operands]
        if meaning in ("exists", "missing"):
            return self.joined(
                [compared(fact, meaning, []) if fact else None for fact in subjects], by_and=meaning == "exists"
            )
        if len(operands) == 3 and subjects[1] is not None and meaning in FLIPPED:
            lower = self.compare(subjects[1], FLIPPED[meaning], operands[0])
            return self.joined([lower, self.compare(subjects[1], meaning, operands[2])], by_and=True)
        if len(operands) != 2:
            return None
        if subjects[0] is not None:
            return self.compare(subjects[0], meaning, operands[1])
        return self.compare(subjects[1], FLIPPED[meaning], operands[0]) if meaning in FLIPPED else None

    def about(self, fact: Fact, value: Node) -> Condition | None:
        """Return the condition of a fact with its value, list of values, or mapping of operators."""
        value = resolved(value)
        if isinstance(value, Mapping):
            if (other := self.reference(value)) is not None:
                return SameAs(fact.name, other.name, equal=True) if fact.is_comparable(other) else None
            return self.joined([self.under(fact, key, inner) for key, inner in _pairs(value)], by_and=True)
        if isinstance(value, Scalar) and isinstance(value.value, str):
            by_text = condition_in(value.text, self.facts, fact) if value.text[:1] in "<>=!" else None
            by_text = by_text or meant_by_text(fact, value.text)
            if by_text is not None:
                return by_text
        return self.compare(fact, "eq", value)

    def under(self, fact: Fact, operator: str, value: Node) -> Condition | None:
        """Return the condition of an operator inside of a fact, as MongoDB has them."""
        value = resolved(value)
        for meaning in meanings(operator):
            if meaning == "not" and isinstance(value, Mapping):
                inner = self.about(fact, value)
                return negated(inner) if inner is not None else None
            if (found := self.compare(fact, meaning, value)) is not None:
                return found
        return None

    def compare(self, fact: Fact | None, meaning: str, value: Node) -> Condition | None:
        value = resolved(value)
        if fact is None:
            return None
        if isinstance(value, Mapping):
            other = self.reference(value)
            if other is None or meaning not in ("eq", "ne") or not fact.is_comparable(other):
                return None
            return SameAs(fact.name, other.name, equal=meaning == "eq")
        nodes = [resolved(item) for item in value.items] if isinstance(value, Sequence) else [value]
        literals: list[LiteralValue] = [node.value for node in nodes if isinstance(node, Scalar)]
        return compared(fact, meaning, literals) if len(literals) == len(nodes) else None

    def named(self, name: str) -> Fact | None:
        return self.facts.get(name) or self.facts.get(name.removeprefix("m."))

    def fact(self, node: Node) -> Fact | None:
        text = _text(node)
        return self.facts.get(text.removeprefix("m.").removeprefix("$")) if text else None

    def reference(self, node: Node) -> Fact | None:
        """Return the fact that an operand names: `fact`, `$fact`, `m.fact`, `{var: fact}` or `{$m: fact}`."""
        node = resolved(node)
        if isinstance(node, Mapping):
            pairs = _pairs(node)
            if len(pairs) == 1 and pairs[0][0] in ("var", "$m", "$fact", "fact", "$var"):
                inner = resolved(pairs[0][1])
                return self.fact(inner.items[0] if isinstance(inner, Sequence) and inner.items else inner)
            return None
        return self.fact(node)


def _text(node: Node) -> str | None:
    node = resolved(node)
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None


def _pairs(node: Node) -> list[tuple[str, Node]]:
    """Return the entries of a mapping, with texts for keys."""
    return [(key.text, value) for key, value in node.named()] if isinstance(node, Mapping) else []
