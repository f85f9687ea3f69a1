"""Loads a policy: reads all files, collects all problems, and returns a policy if there are none."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from resolver.diagnostics import Diagnostic, Level, Place, PolicyError, Source, legible
from resolver.domain import Policy
from resolver.forks import call_in_children
from resolver.loader.facts import read_facts
from resolver.loader.files import rename_help, sections_of
from resolver.loader.ignores import ignores_of, without_ignored
from resolver.loader.model_tiers import read_model_tiers
from resolver.loader.name_warnings import name_warnings, needs_all_triads
from resolver.loader.near_sections import near_sections
from resolver.loader.not_read import empty_file, is_empty
from resolver.loader.problems import Problems
from resolver.loader.revision import revision_of
from resolver.loader.rules import read_rules
from resolver.loader.shape import check_shape
from resolver.loader.shipped import sections_to_take, shipped_sections, with_reason
from resolver.loader.sources import DiskSource, PolicySource
from resolver.loader.tree import SPREAD, check_weight, child, entries, merged, respelled, sound
from resolver.loader.unread import Unread
from resolver.loader.used_names import used_names
from resolver.yaml_text.documents import read_documents, source_of
from resolver.yaml_text.entry_path import cannot_learn
from resolver.yaml_text.nodes import Mapping, Node


def load_policy(policy: Path | PolicySource) -> Policy:
    """Load a policy: a directory, or an application's single file.

    Args:
        policy: The path of the policy on disk, or another source of its files.

    Raises:
        PolicyError: The policy is wrong. The error has every problem of every file.
        ResolverError: There is nothing to read.
    """
    with _uncollected():
        return _load(DiskSource(policy) if isinstance(policy, Path) else policy)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the garbage collector, which doubles the time to read a large policy."""
    was_enabled = gc.isenabled()
    if was_enabled:
        _DISABLED_BY.append(threading.get_ident())
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
            _DISABLED_BY.clear()


_MOST_PASSES = 6
"""The upper bound of passes: a misspelled key can hide another one below it."""

_DISABLED_BY: list[int] = []
"""The thread that will enable the garbage collector again, or an empty list."""


def _enable_in_child() -> None:
    """Enable the garbage collector in the child of a fork if the thread that disabled it exists only in the parent."""
    if _DISABLED_BY and threading.get_ident() not in _DISABLED_BY:
        _DISABLED_BY.clear()
        gc.enable()


call_in_children(_enable_in_child)


def _load(source: PolicySource) -> Policy:
    problems = Problems()
    sources, holders, unread = _read(source, problems)
    certain, problems.found = problems.found, []
    root, taken = _checked(sources, holders, problems, whole=source.is_directory)
    if root is None:
        raise PolicyError(_unique([*certain, *problems.found]))
    tiers = read_model_tiers(root, problems)
    facts = read_facts(root, problems)
    rules = read_rules(root, tiers.ladder, facts, problems)
    found = _unique([*certain, *unread.without_consequences(problems.found, root, sources)])
    diagnostics, ignored = without_ignored(with_reason(found, taken, source.path))
    if any(problem.level is Level.ERROR for problem in diagnostics):
        raise PolicyError(diagnostics)
    diagnostics = _unique((*diagnostics, *name_warnings(used_names(root, all_triads=needs_all_triads(tiers)), tiers)))
    revision = revision_of(tiers, facts, rules)
    state_file = _state_file(source, holders)
    frozen = MappingProxyType(facts), MappingProxyType(rules)
    texts = MappingProxyType({each.path: each.text for each in sources if each.path is not None})
    ignores = tuple(ignore for each in sources for ignore in ignores_of(each))
    shown = tuple(diagnostics)
    return Policy(tiers, *frozen, revision, len(sources), state_file, shown, texts, ignores, tuple(ignored), taken)


def _checked(
    sources: list[Source], holders: list[Mapping], problems: Problems, *, whole: bool
) -> tuple[Mapping | None, tuple[str, ...]]:
    """Return all sections after the check of their shape, and the names of those that come from the shipped policy.

    A misspelled key is reported and then read as the key that was meant, so that neither its content is left out nor
    the key that was meant is missed. There are no sections if their aliases expand to too many values.
    """
    root: Mapping | None = None
    for _ in range(_MOST_PASSES):
        trial = Problems(compared=problems.compared)
        root, taken = _join(sources, holders, trial, whole=whole)
        if not check_weight(root, trial):
            problems.found += trial.found
            return None, ()
        corrected = check_shape(root, Place(sources[0], 1, 1), trial)
        problems.compared = trial.compared
        if not corrected:
            break
        problems.found += [diagnostic for _, diagnostic in corrected.values()]
        names = {key: meant for key, (meant, _) in corrected.items()}
        holders = [respelled(holder, names) for holder in holders]
    problems.found += trial.found
    return root, taken


def _state_file(source: PolicySource, holders: list[Mapping]) -> Path:
    """Return the file that holds `escalation_state`, or else the file that holds `tiers`."""
    if source.is_directory:
        for name in ("escalation_state", "tiers"):
            for holder in holders:
                if any(key.value == name for key, _ in entries(child(holder, "model_tiers"))):
                    return holder.source.path or source.path
    return source.path


def _read(policy: PolicySource, problems: Problems) -> tuple[list[Source], list[Mapping], Unread]:
    sources, holders, unread = [], [], Unread()
    is_directory = policy.is_directory
    for file in policy.misnamed():
        message = f"`{file.name}` is not part of the policy, because its name ends in `{file.suffix}`"
        help = rename_help(file, f"{file.stem}{file.suffix.lower()}")
        problems.add("suffix", message, Place(Source(legible(str(file)), ""), 1, 1), help)
        text = source_of(file, policy.content(file))
        unread.add(text if isinstance(text, Source) else text.place.source, problems.found[-1], [])
    problems.found += policy.not_read()
    for file in policy.files():
        read = source_of(file, policy.content(file))
        source, diagnostics = (read.place.source, [read]) if isinstance(read, Diagnostic) else (read, [])
        documents: list[Node] = []
        if not diagnostics:
            documents, diagnostics = read_documents(source)
        problems.found += diagnostics
        sources.append(source)
        error = next((problem for problem in diagnostics if problem.level is Level.ERROR), None)
        if error is not None:
            from resolver.yaml_text.recovery import recovered_documents  # noqa: PLC0415  only a mistake needs it

            documents = recovered_documents(source)
            unread.add(source, error, documents)
            holders += [sound(part, SPREAD) for part in sections_of(source, documents, Problems(), whole=is_directory)]
            continue
        sections = sections_of(source, documents, problems, whole=is_directory)
        if is_directory and not sections and all(map(is_empty, documents)):
            problems.found.append(empty_file(file, source))
        holders += sections
        if not is_directory:
            problems.found += cannot_learn(documents)
            has_sections = bool(sections) or any(problem.code == "merge-key" for problem in problems.found)
            problems.found += near_sections(documents, has_sections=has_sections)
    return sources, holders, unread


def problems_of(source: Source, documents: list[Node], *, whole: bool) -> list[Diagnostic]:
    """Return the problems of the sections and the tiers of one file, which is parsed into `documents` already.

    `whole` is whether the file belongs to a policy directory. Otherwise it is an application's file, which takes
    missing sections from the shipped policy.
    """
    problems = Problems()
    holders = sections_of(source, documents, problems, whole=whole)
    root, _ = _join([source], holders, problems, whole=whole)
    if check_weight(root, problems):
        check_shape(root, Place(source, 1, 1), problems)
        read_model_tiers(root, problems)
    return _unique(problems.found)


def _join(
    sources: list[Source], holders: list[Mapping], problems: Problems, *, whole: bool
) -> tuple[Mapping, tuple[str, ...]]:
    """Return all sections, and the names of those that come from the shipped policy."""
    root = merged(holders, SPREAD, problems) if holders else Mapping(sources[0], 0, 0, 0)
    if whole:
        return root, ()
    taken = sections_to_take(root)
    return merged([root, *shipped_sections(taken)], SPREAD, problems, override=True), taken


def _unique(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return each problem once, sorted; an alias is visited as often as it is written."""
    unique = {(problem.code, problem.message, problem.place.sort_key): problem for problem in found}
    return sorted(unique.values(), key=lambda problem: problem.sort_key)
