"""Finds tests, and keys of tests, that are in a wrong column, and reports each such mistake once."""

from __future__ import annotations

from resolver.diagnostics import listed
from resolver.loader.problems import Problems
from resolver.loader.tree import entries
from resolver.schema.policy_tests import CASE_KEYS
from resolver.yaml_text.nodes import Node, Scalar, is_null


def report_unnamed(root: Node, problems: Problems) -> bool:
    """Report a test at the left margin of a file; return whether there is one."""
    test = next((key for key, node in entries(root) if key.text != "tests" and _is_test(node)), None)
    if test is None:
        return False
    message = f"the test `{test.text}` is not under `tests`"
    problems.add("unknown-key", message, test, "write `tests:` above it, and indent the tests")
    return True


def named_tests(tests: Node | None, problems: Problems) -> list[tuple[Scalar, Node]]:
    """Return the tests with their names, and report keys that are beside the names."""
    written = list(entries(tests))
    first_empty = next((index for index, (_, node) in enumerate(written) if is_null(node)), len(written))
    beside = [key for key, node in written[first_empty:] if key.text in CASE_KEYS and not _is_test(node)]
    if not beside:
        return written
    names = [key.text for key in beside]
    message = f"{listed(names)} {'are keys' if len(names) > 1 else 'is a key'} of a test, not a test's name"
    problems.add("unknown-key", message, beside[0], "indent what belongs to a test under its name")
    return [(key, node) for key, node in written if key.text not in names and not is_null(node)]


def _is_test(node: Node) -> bool:
    """Return whether a value is a test: a mapping with a role, and what is expected of it."""
    keys = {key.text for key, _ in entries(node)}
    return "role" in keys and bool(keys & {"expect", "history"})
