"""The diagnostics of a policy's texts, at each step between them and a policy in force."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from resolver.author.lints import lint
from resolver.author.policy_tests.case_files import read_cases
from resolver.author.rename.policy_names import PolicyTexts
from resolver.diagnostics import Diagnostic, InputError, Level, PolicyError, ResolverError
from resolver.domain import Policy
from resolver.frozen import frozen
from resolver.loader import MemorySource, load_policy
from resolver.serving.proving import proven
from resolver.yaml_text.documents import encoded

_LINES = re.compile(r"line \d+|:\d+\b|\bcolumn \d+")
"""The numbers in a message that change with any edit above them."""

Key = tuple[str, str, str]
"""A diagnostic wherever it is in its file: the file, the code, and the message without numbers of lines."""


@frozen
class Findings:
    """The diagnostics of texts.

    Args:
        diagnostics: The diagnostics that `resolver check` shows.
        policy: The policy; None if it does not load.
        is_proven: Whether the proof has no error.
        is_strict: Whether lints were looked for.
    """

    diagnostics: tuple[Diagnostic, ...]
    policy: Policy | None
    is_proven: bool
    is_strict: bool = False

    @property
    def revision(self) -> str | None:
        """The revision of a policy that may come into force, None if an error keeps it out."""
        return self.policy.revision if self.policy is not None and self.is_proven else None

    @property
    def meaning(self) -> object:
        """All that a policy in force decides by: its revision, which says nothing of escalations, and those."""
        return self.revision, self.policy and dict(self.policy.model_tiers.escalation_state)

    @property
    def keys(self) -> Counter[Key]:
        """The number of times that there is each diagnostic, wherever it is in its file."""
        return Counter(map(key_of, self.diagnostics))


def key_of(diagnostic: Diagnostic) -> Key:
    """Return the diagnostic without its place in the file."""
    return diagnostic.place.source.name, diagnostic.code, _LINES.sub("#", diagnostic.message)


def findings(texts: PolicyTexts, *, is_proven: bool = True, is_strict: bool = False) -> Findings:
    """Return the diagnostics of a policy's texts, without those of its tests.

    Args:
        texts: The texts.
        is_proven: Whether to prove a policy that loads.
        is_strict: Whether to look for lints, too.

    Raises:
        StoppedError: The work was stopped, see `resolver.table.budget.stoppable`.
    """
    try:
        policy = load_policy(source_of_texts(texts))
    except PolicyError as error:
        return Findings(error.diagnostics, None, is_proven=False, is_strict=is_strict)
    except ResolverError:
        return Findings((), None, is_proven=False, is_strict=is_strict)
    if not is_proven:
        return Findings(policy.warnings, policy, is_proven=False, is_strict=is_strict)
    try:
        policy = proven(policy)[0].policy
    except PolicyError as error:
        return Findings(error.diagnostics, policy, is_proven=False, is_strict=is_strict)
    lints = lint(policy) if is_strict else ()
    return Findings((*policy.warnings, *lints), policy, is_proven=True, is_strict=is_strict)


def findings_in_tests(texts: PolicyTexts, file: Path, policy: Policy) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of a file of tests of `policy`; its cases do not run."""
    found: list[Diagnostic] = []
    try:
        read_cases(file, policy, found, content=encoded(texts.texts[file]))
    except InputError as error:
        return error.diagnostics
    return tuple(found)


def source_of_texts(texts: PolicyTexts) -> MemorySource:
    """Return the source of a policy's texts, without those of its tests."""
    files = {path: encoded(text) for path, text in texts.texts.items() if not texts.is_test(path)}
    return MemorySource(texts.path, files, is_directory=texts.is_directory)


def has_errors(found: Findings) -> bool:
    """Return whether one of the diagnostics is an error."""
    return any(diagnostic.level is Level.ERROR for diagnostic in found.diagnostics)
