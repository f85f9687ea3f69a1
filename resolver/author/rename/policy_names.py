"""The names in a policy's texts, as a command or an editor has them: found once, looked up and renamed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from resolver.author.rename.names import Names, Occurrence
from resolver.diagnostics import InputError, Level, Source, legible
from resolver.domain import NameKind
from resolver.domain.facts import BUILT_IN
from resolver.frozen import frozen
from resolver.loader import sections_beneath
from resolver.loader.files import sections_of
from resolver.loader.problems import Problems
from resolver.loader.tree import check_weight
from resolver.schema.names import ROOT, SECTIONS
from resolver.yaml_text.documents import read_documents
from resolver.yaml_text.nodes import Mapping as MappingNode
from resolver.yaml_text.nodes import Node, Scalar, Sequence, resolved


@frozen
class PolicyTexts:
    """The texts of a policy and of its tests, by path.

    Args:
        path: The path of the policy: a directory, or the application's single file that holds it.
        texts: The text of each file. In a directory, `NAME_test.yaml` are tests; beside a single file, all other files.
    """

    path: Path
    texts: Mapping[Path, str] = field(repr=False)

    @property
    def is_directory(self) -> bool:
        """Whether the policy is a directory."""
        return self.path not in self.texts

    def is_test(self, path: Path) -> bool:
        """Whether this file holds tests."""
        return path.stem.endswith("_test") if self.is_directory else path != self.path


_DEFINING: Mapping[NameKind, tuple[str, ...]] = {
    NameKind.TIER: ("tiers", "ladder"),
    NameKind.ROLE: ("role_defaults", "phase_overrides", "escalation_state"),
    NameKind.PHASE: ("phase_overrides", "phases"),
    NameKind.FACT: ("facts",),
    NameKind.TRIAD: ("triads",),
    NameKind.RULE: ("rulesets",),
}
"""The sections in which a name is defined; one counts where those before it do not have the name."""


class PolicyNames:
    """The names in `texts`.

    Raises:
        InputError: A text is not YAML. The error has every problem.
    """

    def __init__(self, texts: PolicyTexts) -> None:
        self.texts = texts
        problems = Problems()
        self.documents = {path: _documents(path, text, problems) for path, text in texts.texts.items()}
        if any(found.level is Level.ERROR for found in problems.found):
            raise InputError(found for found in problems.found if found.level is Level.ERROR)
        self.holders = [
            (path, holder)
            for path, documents in self.documents.items()
            if documents and not texts.is_test(path)
            for holder in sections_of(documents[0].source, documents, problems, whole=texts.is_directory)
        ]
        mappings = [holder for _, holder in self.holders]
        beneath = [] if texts.is_directory else sections_beneath(mappings)
        self._names, self._beneath = Names(), Names()
        self._names.find_tier_facts([*mappings, *beneath])
        for path, holder in self.holders:
            self._names.add_sections(path, holder)
        for path, documents in self.documents.items():
            for document in documents if texts.is_test(path) else ():
                self._names.add_tests(path, document)
        for holder in beneath:
            self._beneath.add_sections(holder.source.path or texts.path, holder)

    @property
    def tier_facts(self) -> frozenset[str]:
        """The policy's own facts that hold tiers."""
        return self._names.tier_facts

    def all(self) -> list[Occurrence]:
        """Return every place of every name, in the order of the files."""
        return list(self._names)

    def places(self, kind: NameKind, name: str, ruleset: str = "") -> list[Occurrence]:
        """Return every place at which a name of this kind is written; of a rule, the places in or about `ruleset`."""
        return [found for found in self._names if found.of == (kind, name, ruleset)]

    def beneath(self, kind: NameKind, name: str, ruleset: str = "") -> Occurrence | None:
        """Return a place of a name in the shipped policy, on which a single file builds; None if it is not there."""
        return next((found for found in self._beneath if found.of == (kind, name, ruleset)), None)

    def definitions(self, kind: NameKind, name: str, ruleset: str = "") -> list[Occurrence]:
        """Return the places that define a name, maybe in the shipped policy; of a role without one, its first row.

        A fact that every policy has is defined nowhere.
        """
        beneath = [found for found in self._beneath if found.of == (kind, name, ruleset)]
        for places in (self.places(kind, name, ruleset), beneath):
            for rank, section in enumerate(_DEFINING[kind]):
                if defining := [found for found in places if found.section == section]:
                    return defining[:1] if rank else defining
        return []

    def rulesets(self, rule: str) -> list[str]:
        """Return the rulesets that have a rule of this name."""
        found = (each.of for each in (*self._names, *self._beneath))
        return list(dict.fromkeys(ruleset for kind, name, ruleset in found if (kind, name) == (NameKind.RULE, rule)))

    def names(self, kind: NameKind) -> list[str]:
        """Return every name of this kind that can have another one, each once, in the order of the files."""
        found = dict.fromkeys(found.name for found in self._names if found.kind is kind)
        return [name for name in found if kind is not NameKind.FACT or name not in BUILT_IN]

    def at(self, path: Path, index: int) -> Occurrence | None:
        """Return the name, or its alias, at an index of a file's text, or just before it; None if none is there."""
        spans = [(found.used, found) for found in self._names if found.path == path]
        return next((found for (start, end), found in spans if start <= index <= end), None)

    def uses(self, scalar: Scalar) -> list[Node]:
        """Return the nodes of its file that stand for a scalar with an anchor: itself and its aliases."""
        documents = next((of for of in self.documents.values() if of and of[0].source is scalar.source), [])
        return [node for document in documents for node in _leaves(document) if resolved(node) is scalar]

    def elsewhere(self, name: str) -> list[Scalar]:
        """Return where an application's file writes this text outside of the policy's sections."""
        if self.texts.is_directory:
            return []
        ours = {id(node) for holder in self.documents.get(self.texts.path, []) for node in _ours(holder)}
        leaves = [node for document in self.documents.get(self.texts.path, []) for node in _leaves(document)]
        return [node for node in leaves if isinstance(node, Scalar) and node.value == name and id(node) not in ours]


def _documents(path: Path, text: str, problems: Problems) -> list[Node]:
    documents, diagnostics = read_documents(Source(legible(str(path)), text, path))
    problems.found += diagnostics
    return [document for document in documents if _is_light(document, problems)]


def _is_light(document: Node, problems: Problems) -> bool:
    root = resolved(document)
    return check_weight(root if isinstance(root, MappingNode) else MappingNode.of(root, []), problems)


def _leaves(node: Node) -> list[Node]:
    """Return the scalars and the aliases below a node, as they are written."""
    leaves: list[Node] = []
    rest = [node]
    while rest:
        node = rest.pop()
        if isinstance(node, MappingNode):
            rest += [part for entry in node.entries for part in entry]
        elif isinstance(node, Sequence):
            rest += node.items
        else:
            leaves.append(node)
    return leaves


def _ours(document: Node) -> list[Node]:
    """Return the leaves of a document that are in the sections of a policy."""
    root = resolved(document)
    leaves: list[Node] = []
    for holder in (root, *(value for key, value in _named(root) if key == ROOT)):
        leaves += [leaf for key, value in _named(resolved(holder)) if key in SECTIONS for leaf in _leaves(value)]
    return leaves


def _named(node: Node) -> list[tuple[object, Node]]:
    return [(key.value, value) for key, value in node.named()] if isinstance(node, MappingNode) else []
