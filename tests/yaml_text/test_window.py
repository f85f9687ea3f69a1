"""A second reader judges a change of any file by a window of a few lines, whatever else is in the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from resolver.diagnostics import ResolverError
from resolver.domain import Subject
from resolver.serving.policy_text import PolicyText
from resolver.yaml_text.edit import with_entry, without_entry
from resolver.yaml_text.entry_path import way_to_entries
from resolver.yaml_text.window import LONGEST, window_of

NEW, KNOWN = Subject("t", "worker_a"), Subject("t7", "worker_a")
BLOCK = "".join(f"    t{at}:worker_a: general # {at}\n" for at in range(2_000))
SECTION = f"model_tiers:\n  escalation_state:\n{BLOCK}"
ENTRIES = {f"t{at}:worker_a": "general" for at in range(2_000)}
COMMENTS = "# a line of a comment\n" * 20_000
FILES = {
    "many entries": SECTION,
    "carriage returns": SECTION.replace("\n", "\r\n"),
    "comments before": COMMENTS + SECTION,
    "comments after": SECTION + COMMENTS,
    "comments after a single entry": f"model_tiers:\n  escalation_state:\n    t7:worker_a: fast\n{COMMENTS}",
    "comments between": SECTION.replace("    t7:", COMMENTS + "    t7:").replace("    t8:", COMMENTS + "    t8:"),
    "comments above the first": SECTION.replace("    t0:", COMMENTS + "    t0:"),
    "a text before": f'prompt: "{"words " * 20_000}"\n{SECTION}',
    "a block after": SECTION + "prompt: |\n  # words\n" + "  words\n" * 20_000,
    "lists around": "before:\n" + "- [a, b]\n" * 9_000 + SECTION + "after:\n" + "- {d: e}\n" * 9_000,
    "many keys": "".join(f"key_{at}: v\n" for at in range(9_000)) + SECTION,
    "many documents": "a: 1\n---\n" * 900 + SECTION + "---\nb: 1\n" * 900,
    "many aliases": "x: &x 1\nl:\n" + "- *x\n" * 9_000 + SECTION,
    "aliases as neighbours": "x: &x 1\nconfig:\n  y: *x\n  model_tiers:\n    escalation_state:\n      t7:worker_a: fast\n  z: *x\n",  # noqa: E501
    "JSON on a line": json.dumps(
        {"a": ["b"] * 5_000, "model_tiers": {"escalation_state": ENTRIES}, "c": {"d": [1] * 5_000}}
    ),
    "JSON over lines": json.dumps(
        {"config": {"model_tiers": {"escalation_state": ENTRIES}, "z": [1] * 5_000}}, indent=1
    ),
    "a flow section": "model_tiers: {escalation_state: " + json.dumps(ENTRIES) + ", provider_order: [a]}\n" + COMMENTS,
}


@pytest.mark.parametrize("name", FILES)
def test_the_window_is_small_and_the_entry_is_written(name: str, tmp_path: Path) -> None:
    """A new entry, another tier of one that is there, and one that is taken out."""
    path = tmp_path / "app.yaml"
    path.write_bytes(FILES[name].encode())
    read = PolicyText.read(path)
    documents = read.outline.documents()
    way = way_to_entries(documents)
    for subject, tier in ((NEW, "general"), (KNOWN, "reasoning"), (KNOWN, None)):
        arguments = read.outline.source, documents, way, str(subject)
        splices = with_entry(*arguments, tier) if tier else without_entry(*arguments)
        window = window_of(read.outline, way, str(subject), splices)
        assert max(len(window.old), len(window.new)) < 4_000 < LONGEST
        new = read.with_entry(subject, tier)
        expected = {known: to for known, to in {**read.entries, subject: tier}.items() if to}
        assert new.entries == expected
        if name.startswith("JSON"):
            json.loads(new.content)


@pytest.mark.parametrize(
    "text",
    [
        f"model_tiers:\n  escalation_state: # {'x' * LONGEST}\n    t7:worker_a: fast\n",
        f"model_tiers:\n  escalation_state:\n    t7:worker_a: fast # {'x' * LONGEST}\n",
    ],
)
def test_what_is_too_long_to_judge_is_refused(text: str, tmp_path: Path) -> None:
    """A comment of tens of thousands of characters on the very line: nothing is written without a judge."""
    path = tmp_path / "app.yaml"
    path.write_text(text)
    with pytest.raises(ResolverError, match="what leads to the entry is too long to be checked"):
        PolicyText.read(path).with_entry(NEW, "general")
