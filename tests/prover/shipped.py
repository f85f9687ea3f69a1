"""The shipped policy with changes."""

import shutil
from pathlib import Path

from resolver.diagnostics import Diagnostic, PolicyError
from resolver.loader import load_policy, shipped_policy
from resolver.prover import prove
from resolver.table import compile_table

Edit = tuple[str, str, str]
"""A file of the policy without its suffix, a text that is in it once, and what stands there instead."""


def edited(folder: Path, *edits: Edit) -> Path:
    """A copy of the shipped policy in `folder`, with these changes."""
    policies = folder / "policies"
    policies.mkdir()
    for file in shipped_policy().glob("*.yaml"):
        shutil.copyfile(file, policies / file.name)
    for name, old, new in edits:
        file = policies / f"{name}.yaml"
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is in {file.name} {text.count(old)} times"
        file.write_text(text.replace(old, new), encoding="utf-8", newline="\n")
    return policies


def found_in(path: Path) -> tuple[Diagnostic, ...]:
    """What an author is told of the policy at `path`."""
    try:
        policy = load_policy(path)
        return tuple(
            sorted((*policy.warnings, *prove(compile_table(policy)).diagnostics), key=lambda one: one.sort_key)
        )
    except PolicyError as error:
        return tuple(error.diagnostics)
