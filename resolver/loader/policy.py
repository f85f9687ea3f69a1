"""Loading of a policy: reads all files, collects all problems, and returns the policy if there is no error."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from resolver.diagnostics import Diagnostic, Level, Place, PolicyError, Source, legible
from resolver.domain import Policy
from resolver.loader.facts import read_facts
from resolver.loader.files import misnamed_files, only, policy_files, sections_of
from resolver.loader.model_tiers import read_model_tiers
from resolver.loader.problems import Problems
from resolver.loader.revision import revision_of
from resolver.loader.rules import read_rules
from resolver.loader.tree import SPREAD, check_weight, child, entries, merged
from resolver.yaml_text.documents import read_documents, read_source
from resolver.yaml_text.entry_path import cannot_learn
from resolver.yaml_text.nodes import Mapping, Node

_MAY_BE_UNREAD = frozenset(
    ("missing-section", "missing-key", "unknown-tier", "off-ladder", "unknown-fact", "unknown-value", "reference")
)
"""Problems that are not reported if a file could not be read, because that file may hold the missing part."""


def shipped_policy() -> Path:
    """Return the directory of the shipped policy: inside an installed package, or beside the package in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "policies"
    return inside if inside.is_dir() else package.parent / "policies"


def load_policy(path: Path) -> Policy:
    """Return the policy at a path.

    Args:
        path: A policy directory, or an application's single file. A single file uses the tiers or the rules of the
            shipped policy if it has none.

    Raises:
        PolicyError: The policy has an error; the exception has every problem of every file.
        ResolverError: There are no files, or the operating system cannot read a file.

    >>> load_policy(shipped_policy()).model_tiers.ladder.tiers
    ('fast', 'general', 'reasoning')
    """
    from resolver.loader.shape import check_shape  # noqa: PLC0415  pydantic would double the time of `import resolver`

    with _uncollected():
        return _load(path, check_shape)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Disable garbage collection, which would double the time to load a large policy with its many nodes."""
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


_DISABLED_BY: list[int] = []
"""The thread that will enable the garbage collector again, or an empty list."""


def _enable_in_child() -> None:
    """Enable the garbage collector in the child of a fork if the thread that disabled it exists only in the parent."""
    if _DISABLED_BY and threading.get_ident() not in _DISABLED_BY:
        _DISABLED_BY.clear()
        gc.enable()


os.register_at_fork(after_in_child=_enable_in_child)


def _load(path: Path, check_shape: Callable[[Mapping, Place, Problems], None]) -> Policy:
    problems = Problems()
    sources, holders, broken = _read(path, problems)
    root = _join(sources, holders, problems, whole=path.is_dir())
    if not check_weight(root, problems):
        raise PolicyError(_unique(problems.found))
    check_shape(root, Place(sources[0], 1, 1), problems)
    tiers = read_model_tiers(root, problems)
    facts = read_facts(root, problems)
    rules = read_rules(root, tiers.ladder, facts, problems)
    diagnostics = _unique(problem for problem in problems.found if not (broken and problem.code in _MAY_BE_UNREAD))
    if any(problem.level is Level.ERROR for problem in diagnostics):
        raise PolicyError(diagnostics)
    revision = revision_of(tiers, facts, rules)
    state_file = _state_file(path, holders)
    frozen = MappingProxyType(facts), MappingProxyType(rules)
    texts = MappingProxyType({source.path: source.text for source in sources if source.path is not None})
    return Policy(tiers, *frozen, revision, len(sources), state_file, tuple(diagnostics), texts)


def is_packaged(path: Path) -> bool:
    """Return whether `path` is the shipped policy inside the installed package, into which no program may write."""
    packaged = Path(__file__).parent.parent / "policies"
    return packaged.is_dir() and path.resolve() == packaged.resolve()


def _state_file(path: Path, holders: list[Mapping]) -> Path:
    """Return the file that holds `escalation_state`, or else the file that holds `tiers`."""
    if path.is_dir():
        for name in ("escalation_state", "tiers"):
            for holder in holders:
                if any(key.value == name for key, _ in entries(child(holder, "model_tiers"))):
                    return holder.source.path or path
    return path


def _read(path: Path, problems: Problems) -> tuple[list[Source], list[Mapping], bool]:
    sources, holders, broken = [], [], False
    for file in misnamed_files(path):
        message = f"`{file.name}` is no part of the policy, because its name ends in `{file.suffix}`"
        help = f"rename it to `{file.stem}{file.suffix.lower()}`, or move it elsewhere"
        problems.add("suffix", message, Place(Source(legible(str(file)), ""), 1, 1), help)
    for file in policy_files(path):
        source = read_source(file)
        if isinstance(source, Diagnostic):
            problems.found.append(source)
            sources.append(source.place.source)
            broken = True
            continue
        documents, diagnostics = read_documents(source)
        problems.found += diagnostics
        broken = broken or any(problem.level is Level.ERROR for problem in diagnostics)
        sources.append(source)
        holders += sections_of(source, documents, problems, whole=path.is_dir())
        if not path.is_dir():
            problems.found += cannot_learn(documents)
    return sources, holders, broken


def problems_of(source: Source, documents: list[Node], *, whole: bool) -> list[Diagnostic]:
    """Return the problems of the sections and the tiers of one file.

    Args:
        source: The file.
        documents: The documents of the file.
        whole: True for a file of a policy directory. False for an application's file, which uses the sections of the
            shipped policy that it lacks.
    """
    from resolver.loader.shape import check_shape  # noqa: PLC0415  as above

    problems = Problems()
    holders = sections_of(source, documents, problems, whole=whole)
    root = _join([source], holders, problems, whole=whole)
    if check_weight(root, problems):
        check_shape(root, Place(source, 1, 1), problems)
        read_model_tiers(root, problems)
    return _unique(problems.found)


def _join(sources: list[Source], holders: list[Mapping], problems: Problems, *, whole: bool) -> Mapping:
    root = merged(holders, SPREAD, problems) if holders else Mapping(sources[0], 0, 0, 0)
    if whole:
        return root
    borrowed = []
    if child(root, "model_tiers", "tiers") is None:
        borrowed.append("model_tiers")
    if child(root, "rulesets") is None:
        borrowed.append("rulesets")
    shipped = [only(holder, borrowed) for holder in _shipped_sections()]
    return merged([root, *shipped], SPREAD, problems, override=True)


@lru_cache(maxsize=1)
def _shipped_sections() -> tuple[Mapping, ...]:
    """Return the sections of the shipped policy. They are cached, because no program changes the shipped policy."""
    sections: list[Mapping] = []
    for file in policy_files(shipped_policy()):
        source = read_source(file)
        assert isinstance(source, Source), "the shipped policy can be read"
        sections += sections_of(source, read_documents(source)[0], Problems(), whole=True)
    return tuple(sections)


def _unique(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return each problem once, sorted. Duplicates arise because each use of an alias is checked."""
    unique = {(problem.code, problem.message, problem.place.sort_key): problem for problem in found}
    return sorted(unique.values(), key=lambda problem: problem.sort_key)
