"""Paths of policy tests: the files of tests of a policy, and the policy of a file of tests."""

from __future__ import annotations

from pathlib import Path

from resolver.diagnostics import Diagnostic, Level, ResolverError, legible
from resolver.loader.files import SUFFIXES
from resolver.yaml_text.documents import read_documents, read_source


def files_of_tests(path: Path) -> list[Path]:
    """Return the test files of the policy at `path`: those of its directory, or `NAME_test.yaml` of a single file."""
    try:
        if path.is_dir():
            return sorted(file for file in path.iterdir() if _is_test_file(file))
        beside = (path.with_name(f"{path.stem}_test{suffix}") for suffix in SUFFIXES)
        return [file for file in beside if file.is_file()]
    except OSError as error:
        raise ResolverError(f"cannot read `{legible(str(path))}`: {error.strerror or error}") from error


def misnamed_tests(path: Path) -> list[Path]:
    """Return the files beside the single file at `path` that are called as its tests are elsewhere."""
    stems = (f"test_{path.stem}", f"{path.stem}_tests", f"{path.stem}-test", f"{path.stem}.test", "tests", "test")
    beside = (path.with_name(f"{stem}{suffix}") for stem in stems for suffix in SUFFIXES)
    return [file for file in beside if file != path and file.is_file()]


def policy_beside(file: Path) -> Path:
    """Return the policy that a file of tests is about: `NAME.yaml` beside `NAME_test.yaml`, else its directory."""
    single = (file.with_name(f"{file.stem.removesuffix('_test')}{suffix}") for suffix in SUFFIXES)
    return next((path for path in single if path.is_file()), file.parent)


def is_test_file_name(name: str) -> bool:
    """Return whether a file of this name holds policy tests."""
    stem, dot, suffix = name.rpartition(".")
    return f"{dot}{suffix}" in SUFFIXES and stem.endswith("_test") and not name.startswith(".")


def _is_test_file(file: Path) -> bool:
    """Return whether this is the name of a file of tests, and the file (or a broken link) exists."""
    return is_test_file_name(file.name) and (file.is_file() or not file.exists())


def unreadable_tests(path: Path) -> list[Diagnostic]:
    """Return what is wrong with the YAML of the test files of the policy at `path`, whatever the policy says."""
    problems: list[Diagnostic] = []
    for file in files_of_tests(path):
        source = read_source(file)
        problems += [source] if isinstance(source, Diagnostic) else read_documents(source)[1]
    return [problem for problem in problems if problem.level is Level.ERROR]
