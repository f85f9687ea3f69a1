"""Warns about keys in an application's single file that are almost sections of a policy, or are in another place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from resolver.diagnostics import Diagnostic, Level, legible, near_miss
from resolver.schema.names import ROOT, SECTIONS
from resolver.yaml_text.nodes import Mapping, Node, Scalar, resolved

_TELLING = ("model_tiers", "rulesets")
"""Sections that files of applications have for no other purpose."""
_OF_MODEL_TIERS = ("role_defaults", "phase_overrides", "escalation_state", "provider_order")
_MOST_KEYS = 1_000


def near_sections(documents: list[Node], *, has_sections: bool) -> Iterator[Diagnostic]:
    """Yield a warning for each key of a single file that was probably meant as a section, and is not read.

    Args:
        documents: The documents of the file.
        has_sections: Whether the file has a section. Without one, sections deeper in the file are looked for, too.

    """
    for document in documents:
        root = resolved(document)
        if not isinstance(root, Mapping):
            continue
        for key, value in islice(root.named(), _MOST_KEYS):
            if key.text == ROOT and isinstance(inner := resolved(value), Mapping):
                for inner_key, _ in islice(inner.named(), _MOST_KEYS):
                    yield from _misspelt(inner_key)
            elif (found := [*_misspelt(key)]) or has_sections:
                yield from found
            else:
                yield from _misplaced(key, resolved(value))


def _misspelt(key: Scalar) -> Iterator[Diagnostic]:
    """Yield the warning about a key that is almost a section, or belongs into one."""
    if key.text in SECTIONS:
        return
    if (meant := near_miss(key.text, _TELLING)) is not None:
        yield _warning(key, f"did you mean `{meant}`?")
    elif key.text in _OF_MODEL_TIERS:
        yield _warning(key, "it belongs under `model_tiers`")


def _misplaced(key: Scalar, value: Node) -> Iterator[Diagnostic]:
    """Yield the warnings about sections below another key, and about tests in a file that is not a policy."""
    if key.text == "tests" and Path(key.source.name).stem.endswith("_test"):
        yield _warning(key, "this is a file of tests: name the policy beside it")
    for inner, _ in islice(value.named(), _MOST_KEYS) if isinstance(value, Mapping) else ():
        if inner.text in _TELLING:
            yield _warning(inner, f"move it from `{key.text}` to the left margin, or under `{ROOT}`")


def _warning(key: Scalar, help: str) -> Diagnostic:
    return Diagnostic("not-read", legible(f"`{key.text}` is not read"), key.place, legible(help), Level.WARNING)
