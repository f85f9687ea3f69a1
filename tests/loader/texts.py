"""Policies as text, complete and as small as they can be, and the way from there to the program."""

from __future__ import annotations

from pathlib import Path

from resolver.diagnostics import PolicyError, Source
from resolver.domain import Policy
from resolver.loader import load_policy
from resolver.loader.problems import Problems
from resolver.loader.tree import plain
from resolver.yaml_text.documents import read_documents
from resolver.yaml_text.nodes import Node, Plain

TIERS = """\
model_tiers:
  ladder: [fast, general]
  tiers:
    fast: {providers: {groq: llama}}
    general: {providers: {groq: qwen}}
"""
ALWAYS = "{$ex: {role: 1}}"
TIER_RULES = f"""\
  tier:
    always: {{pri: 90, all: [{{m: {ALWAYS}}}], run: {{tier: fast}}}}
"""
OUTCOME_RULES = f"""\
  outcome:
    always: {{pri: 90, all: [{{m: {ALWAYS}}}], run: ignore}}
"""
RULES = f"rulesets:\n{TIER_RULES}{OUTCOME_RULES}"
COMPLETE = TIERS + RULES


def write(folder: Path, **files: str | bytes) -> Path:
    """Write `files`, by their names without `.yaml`, and return the folder; `__` in a name is a dot."""
    for name, text in files.items():
        path = folder / (name.replace("__", ".") + ("" if "__" in name else ".yaml"))
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return folder


def load(folder: Path, **files: str | bytes) -> Policy:
    """Load the policy directory that these files make."""
    return load_policy(write(folder, **files))


def problems(folder: Path, **files: str | bytes) -> list[str]:
    """Return what is wrong with the policy directory that these files make, as `code: message`."""
    try:
        policy = load(folder, **files)
    except PolicyError as error:
        return [f"{found.code}: {found.message}" for found in error.diagnostics]
    return [f"{found.code}: {found.message}" for found in policy.warnings]


def tier_rule(condition: str, run: str = "{tier: fast}", pri: int = 10) -> str:
    """Return the rulesets with one more rule for tiers."""
    rule = f"    written: {{pri: {pri}, all: [{{m: {condition}}}], run: {run}}}\n"
    return f"rulesets:\n{TIER_RULES}{rule}{OUTCOME_RULES}"


def outcome_rule(condition: str, run: str = "count", pri: int = 10) -> str:
    """Return the rulesets with one more rule for outcomes."""
    rule = f"    written: {{pri: {pri}, all: [{{m: {condition}}}], run: {run}}}\n"
    return f"rulesets:\n{TIER_RULES}{OUTCOME_RULES}{rule}"


def documents(text: str) -> list[Node]:
    """Return the documents of a text that is YAML, and about which there is no warning."""
    found, diagnostics = read_documents(Source("a.yaml", text))
    assert not diagnostics, diagnostics
    return found


def document(text: str) -> Node:
    """Return the only document of a text."""
    [only] = documents(text)
    return only


def data(text: str) -> Plain:
    """Return the content of the only document of a text that has nothing a policy may not have."""
    noted = Problems()
    content = plain(document(text), noted)
    assert not noted.found, noted.found
    return content
