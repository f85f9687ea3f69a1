"""Reads the entries of one mapping in a file of policy tests, with a diagnostic for each wrong entry."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from resolver.author.policy_tests.field_help import field_help, kind_help, value_help
from resolver.domain import Fact, Facts, Integer, Options, Policy, Text
from resolver.loader.integers import integer_help
from resolver.loader.options import read_options
from resolver.loader.problems import Problems, named_kind
from resolver.loader.tree import entries, items
from resolver.schema import name_problem
from resolver.yaml_text.nodes import Mapping as MappingNode
from resolver.yaml_text.nodes import Node, Scalar, Sequence, is_null, kind_of


class Fields:
    """Reads the mapping `node`. `known` are the keys that it may have; `name` is used in messages.

    `facts` are the policy's own facts, which belong one level deeper.
    """

    def __init__(
        self, node: Node, name: str, known: Collection[str], problems: Problems, facts: Collection[str] = ()
    ) -> None:
        self.node = node
        self.name = name
        self.problems = problems
        self.found: dict[str, Node] = {}
        self.keys: dict[str, Scalar] = {}
        self.misspelt: set[str | None] = set()
        if not isinstance(node, MappingNode):
            problems.add("type", f"{name} is a mapping, and {named_kind(node)}", node, kind_help(node, known))
            return
        for key, value in entries(node):
            if key.text not in known:
                meant, help = field_help(key.text, known, facts, problems)
                self.misspelt.add(meant)
                problems.add("unknown-key", f"unknown key `{key.text}` in {name}", key, help)
            else:
                self.keys[key.text] = key
                if not is_null(value):
                    self.found[key.text] = value

    def need(self, name: str, help: str) -> None:
        """Report that the entry `name` is missing, if it is."""
        if isinstance(self.node, MappingNode) and name not in self.found and name not in self.misspelt:
            self.problems.add("missing-key", f"{self.name} has no `{name}`", self.keys.get(name, self.node), help)

    def text(self, name: str, known: Collection[str] | None = None, *, code: str = "unknown-value") -> str | None:
        """Return the text of the entry `name`, which must be one of `known` if these are given."""
        node = self.found.get(name)
        return None if node is None else self.word(name, node, known, code=code)

    def word(self, name: str, node: Node, known: Collection[str] | None, *, code: str = "unknown-value") -> str | None:
        """Return the text of `node`, which is the entry `name` or an item of it."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            help = "put it in quotes if it is meant as text" if isinstance(node, Scalar) else "write a text"
            self.problems.add("type", f"`{name}` is text, and {named_kind(node)}", node, help)
            return None
        if problem := name_problem(node.value):
            self.problems.add("name", f"this value {problem}", node, "choose a shorter, plain one")
            return None
        if known is not None and node.value not in known:
            what = "tier" if code == "unknown-tier" else "rule" if code == "unknown-rule" else f"`{name}`"
            message = f"unknown {what} `{node.value}`" if code != "unknown-value" else f"{what} is never `{node.value}`"
            help = value_help(node.value, known) or self.problems.choice(node.value, known)
            self.problems.add(code, message, node, help)
            return None
        return node.value

    def words(self, name: str) -> list[str]:
        """Return one text or a list of texts."""
        node = self.found.get(name)
        if isinstance(node, Sequence):
            if not node.items:
                self.problems.add("empty", f"`{name}` is empty", node, "write something, or remove it")
            return [word for item in items(node) if (word := self.word(name, item, None)) is not None]
        word = self.text(name)
        return [] if word is None else [word]

    def number(self, name: str, lowest: int, highest: int) -> int | None:
        """Return an integer in this range."""
        node = self.found.get(name)
        if node is None:
            return None
        value = node.value if isinstance(node, Scalar) else None
        if type(value) is not int:
            help = integer_help(node)
            self.problems.add("type", f"`{name}` is an integer, and {named_kind(node)}", node, help)
            return None
        if not lowest <= value <= highest:
            message = f"`{value}` is outside {lowest:,} to {highest:,}, the range of `{name}`"
            self.problems.add("range", message, node, "choose a number in this range")
            return None
        return value

    def facts(self, policy: Policy) -> Facts:
        """Return the extra facts in `facts` that the policy declares."""
        node = self.found.get("facts")
        if node is None:
            return {}
        if not isinstance(node, MappingNode):
            self.problems.add("type", f"`facts` is a mapping, and {named_kind(node)}", node, "write `name: value`")
            return {}
        if not policy.facts:
            help = "the policy declares no facts of its own"
            for key, _ in entries(node):
                self.problems.add("unknown-key", f"unknown key `{key.text}` in `facts`", key, help)
            return {}
        inner = Fields(node, "`facts`", policy.facts, self.problems)
        read = {name: inner.value(policy.facts[name]) for name in inner.found}
        return {name: value for name, value in read.items() if value is not None}

    def value(self, fact: Fact) -> str | int | None:
        """Return the value of an extra fact."""
        if isinstance(fact.domain, Integer):
            return self.number(fact.name, fact.domain.lowest, fact.domain.highest_literal)
        assert isinstance(fact.domain, Text)
        return self.text(fact.name, fact.domain.values)

    def texts(self, name: str, known: Mapping[str, object]) -> dict[str, str] | None:
        """Return a mapping of texts, whose keys must be among `known`."""
        inner = self.mapping(name, known)
        if inner is None:
            return None
        if not inner.found and not inner.misspelt:
            self.problems.add("empty", f"`{name}` is empty", inner.node, "write `provider: model id`, or remove it")
        read = {key: inner.text(key) for key in inner.found}
        return {key: value for key, value in read.items() if value is not None}

    def options(self, name: str, known: Mapping[str, object]) -> dict[str, Options] | None:
        """Return a mapping of options, whose keys must be among `known`; null means no options."""
        inner = self.mapping(name, known)
        if inner is None:
            return None
        if not inner.keys and not inner.misspelt:
            help = "write `provider: {option: value}`, or remove it"
            self.problems.add("empty", f"`{name}` is empty", inner.node, help)
        for key, node in inner.found.items():
            if not isinstance(node, MappingNode):
                message = f"`{key}` is a mapping of options, and {named_kind(node)}"
                self.problems.add("type", message, node, "write `{option: value}`")
        return {key: read_options(inner.found.get(key), {}, self.problems) for key in inner.keys}

    def mapping(self, name: str, known: Mapping[str, object]) -> Fields | None:
        """Return the fields of the mapping in the entry `name`, whose keys must be among `known`."""
        node = self.found.get(name)
        if node is None:
            return None
        if not isinstance(node, MappingNode):
            self.problems.add("type", f"`{name}` is a mapping, and this is {kind_of(node)}", node, "write `key: value`")
            return None
        return Fields(node, f"`{name}`", known, self.problems)
