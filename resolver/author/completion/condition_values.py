"""Conditions in braces, as they can be written behind `m:`, in the list of `$and`, and behind other operators."""

from __future__ import annotations

from collections.abc import Iterator

from resolver.author.completion.name_places import JOINING
from resolver.author.completion.open_frames import KeyPath
from resolver.author.completion.templates import Blank, Template
from resolver.author.completion.vocabulary import Vocabulary
from resolver.domain import Fact, Integer, RulesetName
from resolver.schema import FACTS, OPERATORS
from resolver.yaml_text.quoting import scalar

ORDER = ("$lt", "$lte", "$gt", "$gte")
"""Operators that compare numbers."""
PRESENCE = ("$ex", "$nex")
"""Operators that take the number 1."""
_PAIR = "fact: value"


def operands(operator: str, ruleset: RulesetName, vocabulary: Vocabulary) -> list[Fact]:
    """Return the facts that an operator can have, or any condition if it is empty."""
    facts = vocabulary.facts(ruleset).values()
    return [fact for fact in facts if operator not in ORDER or isinstance(fact.domain, Integer)]


def conditions_at(path: KeyPath, vocabulary: Vocabulary) -> Iterator[tuple[str, str, Template]]:
    """Yield the label, the meaning and the text of each condition that can be the value at a path."""
    ruleset = next((each for each in RulesetName if path[:1] == ("rulesets",) and each in path[1:2]), None)
    if ruleset is None or path[3:6] != ("all", 0, "m"):
        return
    path = path[6:]
    while len(path) > 1 and path[0] in JOINING and isinstance(path[1], int):
        path = path[2:]
    if not path:
        yield from (_condition(fact, "") for fact in operands("", ruleset, vocabulary))
        for operator, meaning in OPERATORS.items():
            if operands(operator, ruleset, vocabulary):
                label = f"{{{operator}: {'[…]' if operator in JOINING else '{…}'}}}"
                yield label, meaning, (f"{{{operator}: ", *_operand(operator), "}")
    elif len(path) == 1 and path[0] in JOINING:
        yield "[{…}, {…}]", OPERATORS[str(path[0])], _operand(str(path[0]))
    elif len(path) == 1 and path[0] in OPERATORS:
        yield from (_condition(fact, str(path[0])) for fact in operands(str(path[0]), ruleset, vocabulary))


def _condition(fact: Fact, operator: str) -> tuple[str, str, Template]:
    """Return the condition that compares a fact, or the part of it behind an operator."""
    name, meaning = scalar(fact.name), FACTS.get(fact.name) or fact.description
    if operator in PRESENCE:
        return f"{{{name}: 1}}", meaning, (f"{{{name}: 1}}",)
    value = Blank(1, "1" if isinstance(fact.domain, Integer) else "value")
    return f"{{{name}: …}}", meaning, (f"{{{name}: ", value, "}")


def _operand(operator: str) -> Template:
    if operator in JOINING:
        return ("[{", Blank(1, _PAIR), "}, {", Blank(2, _PAIR), "}]")
    if operator in PRESENCE:
        return ("{", Blank(1, "fact"), ": 1}")
    if operator in ORDER:
        return ("{", Blank(1, "fact"), ": ", Blank(2, "1"), "}")
    return ("{", Blank(1, _PAIR), "}")
