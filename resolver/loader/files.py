"""The files of a policy, and the place of its sections in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from resolver.diagnostics import ResolverError, Source, legible, listed
from resolver.loader.problems import Problems
from resolver.schema.names import ROOT, SECTIONS
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence, is_merge, is_null, kind_of, resolved

SUFFIXES = (".yaml", ".yml")
MORE_AFTER_SUFFIX = re.compile(r"\.ya?ml(?=[._ -])", re.IGNORECASE)
"""A suffix of YAML that is not the end of a name, as in `tiers.yaml.txt`."""
_LEFT_BY_PROGRAMS = re.compile(r"(?i)(?:~|\.(?:bak|orig|rej|sw[a-z]|tmp\w*|lock|part|d?patch|diff|db(?:-\w+)?))$")


def policy_files(path: Path) -> list[Path]:
    """Return the files of a policy, in the order of their names.

    Args:
        path: A policy directory, or an application's single file.

    Raises:
        ResolverError: There are no files, or the operating system cannot list them.
    """
    try:
        if path.is_file():
            return [path]
        if path.is_dir():
            files = sorted(file for file in path.iterdir() if _counts(file))
            odd = [file.name for file in misnamed_files(path)] or _other_yaml(path)
            are = "are" if len(odd) > 1 else "is"
            problem = "has no `*.yaml` file" + (f", and {listed(odd)} {are} not read" if odd else "")
        else:
            files = []
            problem = "is neither a file nor a directory" if path.exists() else "does not exist"
    except OSError as error:
        raise ResolverError(f"cannot read `{legible(str(path))}`: {error.strerror or error}") from error
    if not files:
        raise ResolverError(f"the policy `{legible(str(path))}` {problem}; `resolver init DIR` makes one")
    return files


def misnamed_files(path: Path) -> list[Path]:
    """Return the files of a policy directory that the loader skips because their suffix is not in lower case."""
    try:
        files = list(path.iterdir()) if path.is_dir() else []
    except OSError:  # `policy_files` reports this error
        return []
    return sorted(file for file in files if is_misnamed(file.name) and not file.is_dir())


def _other_yaml(path: Path) -> list[str]:
    """Return the files that look like YAML and are not read, and the subdirectories with YAML files."""
    names = [entry.name for entry in islice(path.iterdir(), 1_000) if not entry.name.startswith(".")]
    inner = [f"{name}/" for name in names if (path / name).is_dir() and has_yaml(path / name)]
    named = (name for name in names if _looks_like_yaml(name) and not Path(name).stem.endswith("_test"))
    return sorted([*named, *inner])


def has_yaml(folder: Path) -> bool:
    """Return whether a directory has a YAML file; of a large one, only some files are looked at."""
    try:
        return any(entry.suffix.lower() in SUFFIXES for entry in islice(folder.iterdir(), 1_000))
    except OSError:
        return False


def has_more_after_suffix(name: str) -> bool:
    """Return whether a file has a suffix of YAML before the end of its name, and no program made it as a copy."""
    return bool(MORE_AFTER_SUFFIX.search(name)) and not _LEFT_BY_PROGRAMS.search(name)


def _looks_like_yaml(name: str) -> bool:
    return Path(name).suffix.lower() in SUFFIXES or has_more_after_suffix(name)


def is_misnamed(name: str) -> bool:
    """Return whether a file of this name would be part of a policy directory if its suffix were in lower case."""
    suffix = Path(name).suffix
    return suffix.lower() in SUFFIXES and suffix not in SUFFIXES and not name.startswith(".")


def named_as_test(name: str) -> str:
    """Return the name that a file of tests called `name` needs.

    >>> named_as_test("test_workers.yaml"), named_as_test("tests.yml"), named_as_test("a.test.yaml")
    ('workers_test.yaml', 'policy_test.yml', 'a_test.yaml')
    """
    stem, _, suffix = name.rpartition(".")
    rest = "_".join(part for part in re.split(r"[_.-]", stem) if part.lower() not in ("test", "tests", ""))
    return f"{rest or 'policy'}_test.{suffix}"


def rename_help(file: Path, meant: str) -> str:
    """Return the advice to rename a file, or to empty it if there is already a file of that name."""
    if _is_taken(file, meant):
        return f"there is already a `{meant}`: move what is in this file there, or the file elsewhere"
    return f"rename it to `{meant}`, or move it elsewhere"


def free_name_of_tests(file: Path) -> str:
    """Return the name that a file of tests needs, with a number if there is already a file of that name."""
    name = named_as_test(file.name)
    stem, suffix = Path(name).stem.removesuffix("_test"), Path(name).suffix
    numbered = (f"{stem}_{number}_test{suffix}" for number in range(2, 100))
    return next((free for free in (name, *numbered) if not _is_taken(file, free)), name)


def _is_taken(file: Path, name: str) -> bool:
    """Return whether another file beside `file` has this name; where capitals do not count, it may be `file` itself."""
    other = file.with_name(name)
    try:
        return other.exists() and not (file.exists() and other.samefile(file))
    except OSError:
        return False


def is_policy_file(name: str) -> bool:
    """Return whether a file of this name, in a policy directory, is part of the policy."""
    path = Path(name)
    return path.suffix in SUFFIXES and not name.startswith(".") and not path.stem.endswith("_test")


def _counts(file: Path) -> bool:
    """Return whether a path is part of the policy: a file, or a broken link; not a directory or a pipe."""
    return is_policy_file(file.name) and (file.is_file() or not file.exists())


def sections_of(source: Source, documents: list[Node], problems: Problems, *, whole: bool) -> list[Mapping]:
    """Return the mappings in a file that hold sections of a policy.

    With `whole`, the file belongs to a policy directory and holds nothing but sections. Otherwise it is an
    application's file, with sections at its root or under `config`; the rest of it is ignored.
    """
    mappings: list[Mapping] = []
    for document in documents:
        holders = _holders(document, problems, whole=whole)
        if mappings and holders:
            name = next((key for key, _ in holders[0].named() if key.value in SECTIONS), holders[0])
            first = next((key for key, _ in mappings[0].named() if key.value in SECTIONS), mappings[0])
            message = f"the sections of a file must be in one document, and line {first.place.line} already has one"
            problems.add("documents", message, name, "join them in one document")
        mappings += holders
    return mappings


def _holders(document: Node, problems: Problems, *, whole: bool) -> list[Mapping]:
    root = resolved(document)
    if not isinstance(root, Mapping):
        if whole and not is_null(root):
            message = f"a policy file is a mapping of sections, not {kind_of(root)}"
            problems.add("type", message, root, "write `rulesets:`, for example")
        return []
    if whole:
        root = _without_tests(root, problems)
        return [root] if root.entries else []
    within = [value for key, node in root.named() if key.value == ROOT and isinstance(value := resolved(node), Mapping)]
    for holder in (root, *within):
        _refuse_merge(holder, problems, is_root=holder is root)
    return [sections for holder in (root, *within) if (sections := only(holder, SECTIONS)).entries]


def _without_tests(root: Mapping, problems: Problems) -> Mapping:
    """Report tests in a file of the policy, and return the rest of the file."""
    keys = [key for key, _ in root.named() if key.text in ("tests", "test")]
    for key in keys:
        name = free_name_of_tests(key.source.path or Path(key.source.name))
        help = f"a file of tests has a name that ends in `_test`: rename this one to `{name}`"
        problems.add("unknown-key", f"unknown section `{key.text}`", key, help)
    if not keys:
        return root
    return Mapping.of(root, [entry for entry in root.entries if resolved(entry[0]) not in keys])


def _refuse_merge(holder: Mapping, problems: Problems, *, is_root: bool) -> None:
    """Refuse a `<<` that merges sections in: other readers would see them, and this one does not."""
    for raw, value in holder.entries:
        if is_merge(resolved(raw), value) and (name := _brought_in(resolved(value), {id(holder)}, is_root=is_root)):
            message = f"`<<` merges mappings in YAML 1.1 only, and here it brings in `{name}`"
            problems.add("merge-key", message, raw, "write the entries out")


def _brought_in(node: Node, seen: set[int], *, is_root: bool) -> str | None:
    """Return the name of a section that merging `node` adds, None if it adds none."""
    if id(node) in seen:
        return None
    seen.add(id(node))
    if isinstance(node, Sequence):
        return next((name for part in node.items if (name := _brought_in(resolved(part), seen, is_root=is_root))), None)
    if not isinstance(node, Mapping):
        return None
    for raw, value in node.entries:
        key, inner = resolved(raw), resolved(value)
        if isinstance(key, Scalar) and key.value in SECTIONS:
            return key.text
        if is_merge(key, value) and (name := _brought_in(inner, seen, is_root=is_root)):
            return name
        is_config = is_root and isinstance(key, Scalar) and key.value == ROOT
        if is_config and (name := _brought_in(inner, seen, is_root=False)):
            return name
    return None


def only(mapping: Mapping, names: Iterable[str]) -> Mapping:
    """Return a mapping with the entries of `mapping` whose keys are in `names`."""
    return Mapping.of(mapping, [(key, value) for key, value in mapping.named() if key.text in names])
