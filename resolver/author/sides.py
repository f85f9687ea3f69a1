"""What a policy is compared with: another directory or file, or a revision of its repository."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from resolver.author.git import git
from resolver.diagnostics import (
    Diagnostic,
    InputError,
    PolicyError,
    ResolverError,
    Source,
    did_you_mean,
    legible,
)
from resolver.domain import Rule
from resolver.loader import policy_files
from resolver.serving import load_and_prove
from resolver.table import DecisionTable

_LINK = "120000"
"""How git writes that a file is a link."""


@dataclass(frozen=True, slots=True)
class Side:
    """A policy as one side of a comparison: its name as people know it, and its decision table.

    `renamed` is a directory that its files were read from, and what people call that.
    """

    name: str
    table: DecisionTable
    renamed: tuple[str, str] = ("", "")

    def where(self, rule: Rule) -> str:
        """Return file and line of a rule."""
        return str(rule.place).replace(*self.renamed) if self.renamed[0] else str(rule.place)


def side(given: str, policy: Path) -> Side:
    """Return the policy that `given` names: a directory or a file, else a revision of the repository of `policy`.

    Raises InputError with everything that is wrong with it, and ResolverError if there is none.
    """
    path = Path(given)
    return of_path(path) if path.exists() else _of_revision(given, policy)


def of_path(path: Path) -> Side:
    """Return the policy at `path`; errors are those of `side`."""
    try:
        return Side(legible(str(path)), load_and_prove(path))
    except PolicyError as error:
        raise InputError(error.diagnostics) from error


def _of_revision(revision: str, policy: Path) -> Side:
    folder = policy if policy.is_dir() else policy.parent
    if not policy.exists():
        policy_files(policy)  # says what is wrong
    commit = _commit(revision, folder)
    prefix = _git(folder, "rev-parse", "--show-prefix").strip()
    only = None if policy.is_dir() else policy.name
    listed = _git(folder, "ls-tree", "-z", "--full-tree", commit, *([prefix] if prefix else []))
    with TemporaryDirectory(prefix="resolver-") as scratch:
        copied = []
        for line in listed.split("\0"):
            meta, _, name = line.partition("\t")
            base = name.rpartition("/")[2]
            if not base or " blob " not in meta or (only is not None and base != only):
                continue
            if meta.startswith(_LINK):
                raise ResolverError(f"`{legible(name)}` is a link at the revision `{revision}`; name its target")
            (Path(scratch) / base).write_bytes(_git_bytes(folder, "cat-file", "blob", meta.split(" ")[2]))
            copied.append(base)
        if not copied or (only is not None and only not in copied):
            raise ResolverError(f"the revision `{legible(revision)}` has no policy at `{legible(str(policy))}`")
        called = f"{legible(revision)}:{prefix}".removesuffix("/")
        renamed = (f"{scratch}/", f"{called}/" if prefix else called)
        try:
            table = load_and_prove(Path(scratch) / only if only else Path(scratch))
        except PolicyError as error:
            raise InputError(_renamed(found, renamed) for found in error.diagnostics) from error
        except ResolverError as error:
            raise ResolverError(f"the revision `{legible(revision)}`: {str(error).replace(scratch, called)}") from error
    return Side(legible(revision), table, renamed)


def _commit(revision: str, folder: Path) -> str:
    """Return the commit that `revision` names."""
    if not _is_in_repository(folder):
        raise ResolverError(
            f"`{legible(revision)}` is neither a file nor a directory, and `{legible(str(folder))}` is in no git "
            "repository of which it could be a revision"
        )
    if not revision.startswith("-"):
        found = git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if found.returncode == 0:
            return found.stdout.decode().strip()
    known = _git(folder, "for-each-ref", "--format=%(refname:short)").split()
    hint = did_you_mean(revision, known)
    message = f"`{legible(revision)}` is neither a file nor a directory, nor a revision of the policy's repository"
    raise ResolverError(message + (f"; {hint}" if hint else ""))


def _is_in_repository(path: Path) -> bool:
    folder = path if path.is_dir() else path.parent
    return folder.is_dir() and git(folder, "rev-parse", "--is-inside-work-tree").stdout.strip() == b"true"


def _git(folder: Path, *arguments: str) -> str:
    return _git_bytes(folder, *arguments).decode("utf-8", "replace")


def _git_bytes(folder: Path, *arguments: str) -> bytes:
    done = git(folder, *arguments)
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ResolverError(f"git: {said[0] if said else 'failed'}")
    return done.stdout


def _renamed(found: Diagnostic, renamed: tuple[str, str]) -> Diagnostic:
    """Return a diagnostic that calls files as people know them, and not by where they were read from."""
    source = found.place.source
    place = replace(found.place, source=Source(source.name.replace(*renamed), source.text))
    message, help = (text.replace(*renamed) for text in (found.message, found.help))
    return replace(
        found, place=place, message=message, help=help, notes=tuple(n.replace(*renamed) for n in found.notes)
    )
