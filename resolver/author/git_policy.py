"""Policies in git: the revisions of a policy's repository, and the policy as it was at one of them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from resolver.diagnostics import ResolverError, did_you_mean, legible
from resolver.loader import MemorySource, is_misnamed, is_policy_file, policy_files
from resolver.yaml_text.documents import LARGEST_FILE

_LINK = "120000"
"""The mode by which git marks a link."""
_OF_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""Variables that point to the repository of a hook, which may be another one."""


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git in the directory of a policy, also inside a hook of another repository; ResolverError without git."""
    with _started(folder, *arguments) as process:
        stdout, stderr = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def _started(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = ["git", "-C", str(folder), *arguments]
    environment = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(command, stdout=pipe, stderr=pipe, env=environment)  # noqa: S603  a fixed command
    except OSError as error:
        raise ResolverError(f"cannot run `git`: {error.strerror or error}") from error


def revisions(policy: Path) -> list[str]:
    """Return the names of the revisions in the repository of `policy`; none if it is in no repository."""
    try:
        return ["HEAD", *_output(_folder(policy), "for-each-ref", "--format=%(refname:short)").splitlines()]
    except ResolverError:
        return []


def nothing_at(revision: str, policy: Path) -> str | None:
    """Return why a revision has no policy to compare with; None if it has one, or does not exist.

    Args:
        revision: The revision.
        policy: The path of the policy now.

    """
    if Path(revision).exists() or revision.startswith("-") or not policy.exists():
        return None
    folder = _folder(policy)
    try:
        commit = _commit_of(revision, folder)
        if commit is None:
            unborn = revision in ("HEAD", "@") and _run(folder, "symbolic-ref", "--quiet", "HEAD").returncode == 0
            return "the repository has no commit yet" if unborn else None
        names = [full_name.rpartition("/")[2] for _, full_name in _tree(commit, folder)]
    except ResolverError:
        return None
    if any(is_policy_file(name) if policy.is_dir() else name == policy.name for name in names):
        return None
    return f"the revision `{legible(revision)}` has no policy at `{legible(str(policy))}`"


def policy_at_revision(revision: str, policy: Path) -> MemorySource:
    """Return a policy as it was at a revision of its repository.

    Args:
        revision: The revision.
        policy: The path of the policy now.

    Raises:
        ResolverError: The revision does not exist, or has no policy.
    """
    folder = _folder(policy)
    if not policy.exists():
        policy_files(policy)  # raises what is wrong
    commit = _commit(revision, folder)
    prefix = _output(folder, "rev-parse", "--show-prefix").strip()
    only = None if policy.is_dir() else policy.name
    name = f"{legible(revision)}:{prefix}".removesuffix("/")
    texts: dict[Path, bytes] = {}
    for meta, full_name in _tree(commit, folder):
        base = full_name.rpartition("/")[2]
        is_wanted = is_policy_file(base) or is_misnamed(base) if only is None else base == only
        if not is_wanted or " blob " not in meta:
            continue
        if meta.startswith(_LINK):
            raise ResolverError(f"`{legible(full_name)}` is a link at the revision `{revision}`; name its target")
        path = Path(f"{name}/{base}" if prefix else f"{name}{base}")
        texts[path] = _blob(folder, meta.split(" ")[2])
    if not texts:
        raise ResolverError(f"the revision `{legible(revision)}` has no policy at `{legible(str(policy))}`")
    return MemorySource(next(iter(texts)) if only else next(iter(texts)).parent, texts, is_directory=only is None)


def _blob(folder: Path, object_id: str) -> bytes:
    """Return the content of a file, or as much of it as shows that it is too large to be one of a policy."""
    with _started(folder, "cat-file", "blob", object_id) as process:
        assert process.stdout is not None
        data = process.stdout.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            process.kill()
            return data
    if process.returncode != 0:
        raise ResolverError(f"git: the file `{object_id}` cannot be read")
    return data


def _folder(policy: Path) -> Path:
    return policy if policy.is_dir() else policy.parent


def _tree(commit: str, folder: Path) -> list[tuple[str, str]]:
    """Return mode, type and id of each file directly in `folder` at a commit, with its path in the repository."""
    prefix = _output(folder, "rev-parse", "--show-prefix").strip()
    listed = _output(folder, "ls-tree", "-z", "--full-tree", commit, *([prefix] if prefix else []))
    parted = (line.partition("\t") for line in listed.split("\0") if line)
    return [(meta, full_name) for meta, _, full_name in parted]


def _commit_of(revision: str, folder: Path) -> str | None:
    done = _run(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    return done.stdout.decode().strip() if done.returncode == 0 else None


def _commit(revision: str, folder: Path) -> str:
    """Return the commit that `revision` names."""
    if not _is_in_repository(folder):
        raise ResolverError(
            f"`{legible(revision)}` is neither a file nor a directory, and `{legible(str(folder))}` is in no git "
            "repository of which it could be a revision"
        )
    if not revision.startswith("-") and (commit := _commit_of(revision, folder)) is not None:
        return commit
    hint = did_you_mean(revision, _output(folder, "for-each-ref", "--format=%(refname:short)").split())
    message = f"`{legible(revision)}` is neither a file nor a directory, nor a revision of the policy's repository"
    raise ResolverError(message + (f"; {hint}" if hint else ""))


def _is_in_repository(folder: Path) -> bool:
    return folder.is_dir() and _run(folder, "rev-parse", "--is-inside-work-tree").stdout.strip() == b"true"


def _output(folder: Path, *arguments: str) -> str:
    return _output_bytes(folder, *arguments).decode("utf-8", "replace")


def _output_bytes(folder: Path, *arguments: str) -> bytes:
    done = _run(folder, *arguments)
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ResolverError(f"git: {lines[0] if lines else 'failed'}")
    return done.stdout
