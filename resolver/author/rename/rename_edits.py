"""Renames a name in the texts of a policy and of its tests, and changes nothing else in them.

Each place of the name is replaced in the quotes that it has. The result is read again: it must have the same names at
the same places, but for the new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from resolver.author.rename.default_ladder import written_ladder
from resolver.author.rename.names import Occurrence
from resolver.author.rename.policy_names import PolicyNames, PolicyTexts
from resolver.diagnostics import InputError, PolicyError, ResolverError, did_you_mean, listed
from resolver.domain import DEFAULT_LADDER, NameKind, Renaming, Subject
from resolver.domain.facts import BUILT_IN
from resolver.loader import MemorySource, load_policy
from resolver.schema import name_problem
from resolver.yaml_text.nodes import Scalar
from resolver.yaml_text.quoting import quoted, scalar
from resolver.yaml_text.splices import Splice, spliced

Edits = Mapping[Path, Sequence[Splice]]
"""The changes of each file that has some, in order, as indexes of its text."""


def rename_edits(
    texts: PolicyTexts,
    kind: NameKind,
    old: str,
    new: str,
    ruleset: str = "",
    *,
    finishes: bool = False,
    names: PolicyNames | None = None,
) -> Edits:
    """Return the changes that give a name of a policy another name, in its rows, rules, tests and entries.

    Args:
        texts: The files of the policy and of its tests.
        kind: The kind of the name.
        old: The name now.
        new: The name afterwards, which must not be taken. Two names cannot become one.
        ruleset: The ruleset of a rule. It may be left out if only one ruleset has a rule of this name.
        finishes: Whether some files have the new name already, because a renaming was interrupted.
        names: The names in `texts`, if they have been read already.

    Returns:
        The changes by file; none if the texts do not have the name.

    Raises:
        InputError: A file is not YAML.
        ResolverError: The name cannot be changed alone, or the new name cannot be used; nothing has changed.

    Example:
        >>> path = Path("policies/a.yaml")
        >>> texts = PolicyTexts(Path("policies"), {path: "model_tiers: {role_defaults: {critic: fast}}  # all"})
        >>> edits = rename_edits(texts, NameKind.ROLE, "critic", "judge")
        >>> spliced(texts.texts[path], edits[path])
        'model_tiers: {role_defaults: {judge: fast}}  # all'
    """
    check_name(kind, old, new)
    names = names or PolicyNames(texts)
    if kind is NameKind.RULE and not (ruleset := ruleset_of_rule(names, old, ruleset)) and finishes:
        ruleset = ruleset_of_rule(names, new)
    places = names.places(kind, old, ruleset)
    if (taken := names.beneath(kind, old, ruleset)) is not None:
        why = f"is in the shipped policy, too ({taken.node.place}), on which `{texts.path}` builds"
        raise ResolverError(f"the {kind} `{old}` {why}; `resolver init DIR` makes a policy that is yours")
    if places and not finishes:
        for found in (*names.places(kind, new, ruleset)[:1], *filter(None, [names.beneath(kind, new, ruleset)])):
            help = "choose a name that is free"
            raise ResolverError(f"{found.node.place}: the {kind} `{new}` is there already; {help}")
    renaming = Renaming(kind, old, new, names.tier_facts, ruleset)
    if not places:
        return {}
    edits = _edits(names, renaming, places)
    expected = names
    ladder = [renaming.of(NameKind.TIER, tier) for tier in DEFAULT_LADDER]
    if (written := written_ladder(names, renaming, ladder)) is not None:
        path, splice = written
        edits = {**edits, path: sorted([splice, *edits.get(path, ())], key=lambda each: each.start)}
        _, as_it_is = written_ladder(names, renaming, DEFAULT_LADDER) or written
        expected = PolicyNames(renamed_texts(texts, {path: [as_it_is]}))
    _verify(texts, edits, expected, renaming)
    return edits


def renamed_texts(texts: PolicyTexts, edits: Edits) -> PolicyTexts:
    """Return the texts with their changes."""
    changed = {path: spliced(texts.texts[path], splices) for path, splices in edits.items()}
    return PolicyTexts(texts.path, {**texts.texts, **changed})


def not_there(names: PolicyNames, kind: NameKind, name: str, learned: Sequence[str] = ()) -> ResolverError:
    """Return the error of a name that neither the policy nor its state has."""
    known = sorted({*names.names(kind), *learned} - ({""} if kind is NameKind.PHASE else set()))
    hint = did_you_mean(name, known) or (f"there are {listed(known)}" if known else f"it names no {kind}s")
    return ResolverError(f"the policy `{names.texts.path}` has no {kind} `{name}`; {hint}")


def check_name(kind: NameKind, old: str, new: str) -> None:
    """Raise ResolverError if a name of this kind cannot be renamed, or not to `new`."""
    if old == new:
        raise ResolverError(f"`{old}` is the name already; give another one")
    for name in (old, new):
        if kind is NameKind.FACT and name in BUILT_IN:
            raise ResolverError(f"`{name}` is a fact that every policy has; a policy's own facts have other names")
        if not name and kind not in (NameKind.ROLE, NameKind.TRIAD):
            raise ResolverError(f"the name of a {kind} is not empty" + _means(kind))
        if kind is NameKind.ROLE and ":" in name:
            raise ResolverError(f"the role `{name}` has a colon, which ends the triad in `triad:role`")
        if problem := name_problem(name):
            raise ResolverError(f"the name `{name[:40]}` {problem}; choose a shorter, plain one")


def ruleset_of_rule(names: PolicyNames, rule: str, ruleset: str = "") -> str:
    """Return the ruleset of a rule, `ruleset` if it is given.

    Raises:
        ResolverError: Both rulesets have a rule of this name.
    """
    rulesets = [ruleset] if ruleset else names.rulesets(rule)
    if len(rulesets) > 1:
        which = " and ".join(f"`{name}`" for name in rulesets)
        raise ResolverError(f"the rulesets {which} both have a rule `{rule}`; say which one")
    return rulesets[0] if rulesets else ""


def _means(kind: NameKind) -> str:
    return ": an empty phase means no phase" if kind is NameKind.PHASE else ""


def _edits(names: PolicyNames, renaming: Renaming, places: Sequence[Occurrence]) -> Edits:
    of_node: dict[int, list[Occurrence]] = {}
    for found in names.all():
        of_node.setdefault(id(found.node), []).append(found)
    edits: dict[Path, dict[int, Splice]] = {}
    for place in places:
        node, others = place.node, of_node[id(place.node)]
        _check_alone(names, node, place, others)
        text = _renamed(node, others, renaming)
        edits.setdefault(place.path, {})[node.start] = Splice(node.start, node.end, _in_its_quotes(node, text))
    return {path: [of_file[start] for start in sorted(of_file)] for path, of_file in edits.items()}


def _check_alone(names: PolicyNames, node: Scalar, place: Occurrence, others: Sequence[Occurrence]) -> None:
    """Raise ResolverError if a name cannot be replaced, or if its text also means something else."""
    if node.source.text[node.start : node.start + 1] in ("|", ">"):
        raise ResolverError(f"{node.place}: `{place.name}` is written as a block; write it in one line, then rename it")
    if node.head == node.start:
        return
    meant = {id(other.written) for other in others if other.of == place.of}
    for written in names.uses(node):
        if id(written) not in meant:
            why = f"also means something else in line {written.place.line}"
            raise ResolverError(f"{node.place}: `{place.name}` {why}; write it out there, then rename it")
    if any(
        (other.kind, other.ruleset) != (place.kind, place.ruleset) and not _is_key_of_subject(other, place)
        for other in others
    ):
        why = "is the name of something else, too, by an alias"
        raise ResolverError(f"{node.place}: `{place.name}` {why}; write it out there, then rename it")


def _is_key_of_subject(first: Occurrence, second: Occurrence) -> bool:
    return {first.kind, second.kind} == {NameKind.TRIAD, NameKind.ROLE} and first.written is second.written


def _renamed(node: Scalar, others: Sequence[Occurrence], renaming: Renaming) -> str:
    """Return the new text of a scalar: the name itself, or the key `triad:role`."""
    if any(_is_key_of_subject(first, second) for first in others for second in others):
        subject = Subject.parse(node.text)
        assert subject is not None
        triad, role = renaming.of(NameKind.TRIAD, subject.triad), renaming.of(NameKind.ROLE, subject.role)
        return str(Subject(triad, role))
    return renaming.new


def _in_its_quotes(node: Scalar, text: str) -> str:
    quote = node.source.text[node.start : node.start + 1]
    if quote == '"':
        return quoted(text)
    if quote == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return scalar(text)


def _verify(texts: PolicyTexts, edits: Edits, names: PolicyNames, renaming: Renaming) -> None:
    """Check that the changed texts have the same names at the same places, and are a policy if the old ones are."""
    refused = f"`{renaming.old}` cannot be renamed to `{renaming.new}`"
    after = renamed_texts(texts, edits)
    try:
        found = PolicyNames(after)
    except InputError as error:
        raise ResolverError(f"{refused}: {_first(error)}") from error
    expected = [(each.path, each.kind, renaming.of(*each.of)) for each in names.all()]
    if [(each.path, each.kind, each.name) for each in found.all()] != expected:
        raise ResolverError(f"{refused}: the policy would mean something else; nothing was changed")
    try:
        load_policy(_source(after))
    except PolicyError as error:
        if _loads(texts):  # an editor renames in a policy that is not complete, too
            raise ResolverError(f"{refused}: the policy would not load: {_first(error)}") from error
    except ResolverError:
        return  # there are only tests


def _loads(texts: PolicyTexts) -> bool:
    try:
        load_policy(_source(texts))
    except ResolverError:
        return False
    return True


def _first(error: PolicyError) -> str:
    found = error.diagnostics[0]
    return f"{found.place}: {found.message}" + (f"; {found.help}" if found.help else "")


def _source(texts: PolicyTexts) -> MemorySource:
    files = {path: text.encode() for path, text in texts.texts.items() if not texts.is_test(path)}
    return MemorySource(texts.path, files, is_directory=texts.is_directory)
