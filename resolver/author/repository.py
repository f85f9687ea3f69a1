"""What git says of the repository in which a policy is: its revisions, and whether one is older than the policy."""

from __future__ import annotations

from pathlib import Path

from resolver.author.git import git
from resolver.diagnostics import ResolverError, legible


def revisions(policy: Path) -> list[str]:
    """Return the names of revisions that the repository of `policy` has; none if it is in no repository."""
    refs = _git(policy, "for-each-ref", "--format=%(refname:short)")
    return [] if refs is None else ["HEAD", *refs.splitlines()]


def nothing_at(revision: str, policy: Path) -> str | None:
    """Return why there is no policy at `revision` to compare with, or None if there is one, or no such revision."""
    if Path(revision).exists() or revision.startswith("-") or not policy.exists():
        return None
    commit = _git(policy, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if commit is None:
        unborn = revision in ("HEAD", "@") and _git(policy, "symbolic-ref", "--quiet", "HEAD") is not None
        return "the repository has no commit yet" if unborn else None
    prefix = (_git(policy, "rev-parse", "--show-prefix") or "").strip()
    within = [prefix] if prefix else []
    listed = _git(policy, "ls-tree", "-z", "--name-only", "--full-tree", commit.strip(), *within)
    if listed is None or any(_is_of(name.rpartition("/")[2], policy) for name in listed.split("\0")):
        return None
    return f"the revision `{legible(revision)}` has no policy at `{legible(str(policy))}`"


def _is_of(name: str, policy: Path) -> bool:
    """Tell whether a file of this name, in the directory of `policy`, is part of it."""
    if not policy.is_dir():
        return name == policy.name
    path = Path(name)
    return path.suffix in (".yaml", ".yml") and not path.stem.endswith("_test") and not name.startswith(".")


def _git(policy: Path, *arguments: str) -> str | None:
    """Return what git says in the directory of `policy`, or None if it fails or is not there."""
    try:
        done = git(policy if policy.is_dir() else policy.parent, *arguments)
    except ResolverError:
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
