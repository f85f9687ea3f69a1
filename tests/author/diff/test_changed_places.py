"""Changed models and settings lead to their lines, and removed parts to what was beside them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from resolver.author import Difference, compare
from resolver.cli.main import main
from resolver.loader import shipped_policy
from resolver.serving import load_and_prove

_HEAD = "  provider_order: [cerebras, groq, gemini, openrouter] # tried in this order\n"
_SETTINGS = """  cool_down: 9
  timeout: 50
  providers:
    groq: {timeout: 5}
    gemini:
      options: {seed: 1}
"""


def _sides(folder: Path, file: str, old: str, new: str, *, newline: str = "\n") -> tuple[Path, Path]:
    """Two copies of the shipped policy with some settings, the second with one edit."""
    sides = folder / "old", folder / "new"
    for side in sides:
        shutil.copytree(shipped_policy(), side)
        tiers = side / "model_tiers.yaml"
        text = tiers.read_text(encoding="utf-8")
        assert _HEAD in text
        text = text.replace(_HEAD, _HEAD + _SETTINGS).replace(
            "escalation_state: {}", "escalation_state:\n    a:critic: reasoning"
        )
        tiers.write_text(text, encoding="utf-8")
    edited = sides[1] / file
    text = edited.read_text(encoding="utf-8")
    assert old in text
    edited.write_text(text.replace(old, new, 1), encoding="utf-8", newline=newline)
    return sides


def _changed(folder: Path, file: str, old: str, new: str) -> Difference:
    before, after = _sides(folder, file, old, new)
    return compare(load_and_prove(before), load_and_prove(after))


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("groq: llama-3.3-70b-versatile", "groq: llama-4", "groq: llama-4"),
        ("groq: llama-3.3-70b-versatile", "groq: {id: llama-4, effort: low}", "groq: {id: llama-4, effort: low}"),
        ("        groq: llama-3.3-70b-versatile\n", "", "cerebras: llama-3.3-70b"),
        ("        cerebras: llama-3.3-70b\n", "", "groq: llama-3.3-70b-versatile"),
        ("[cerebras, groq, gemini,", "[groq, cerebras, gemini,", "provider_order:"),
        ("cool_down: 9", "cool_down: 10", "cool_down: 10"),
        ("timeout: 50", "timeout: 70", "timeout: 70"),
        ("groq: {timeout: 5}", "groq: {timeout: 6}", "groq: {timeout: 6}"),
        ("    groq: {timeout: 5}\n", "", "gemini:"),
        ("options: {seed: 1}", "options: {seed: 2}", "gemini:"),
        ("    gemini:\n      options: {seed: 1}\n", "", "groq: {timeout: 5}"),
    ],
)
def test_a_changed_setting_leads_to_its_line(tmp_path: Path, old: str, new: str, line: str) -> None:
    """To the entry itself; an entry that is gone leads to the one that was before it, or else after it."""
    found = _changed(tmp_path, "model_tiers.yaml", old, new)
    listed = [change.places for change in found.models] + [change.places for change in found.providers]
    listed += [found.cool_down.places] if found.cool_down else []
    lines = {place.source.line(place.line).strip() for places in listed for place in places}
    assert listed
    assert all(listed)
    assert {each[: len(line)] for each in lines} == {line}


@pytest.mark.parametrize(
    ("file", "old", "line"),
    [
        ("model_tiers.yaml", "    synthesizer: reasoning\n", "critic: general"),
        ("model_tiers.yaml", "      worker_b: fast\n", "worker_a: fast"),
        ("model_tiers.yaml", "      worker_a: fast\n", "worker_b: fast"),
        ("model_tiers.yaml", "    a:critic: reasoning", "escalation_state:"),
        ("model_tiers.yaml", "      worker_a: fast\n      worker_b: fast\n", "phase_overrides:"),
        ("code_execution.yaml", "    code_execution_holds:", ""),
    ],
)
def test_a_removed_part_leads_to_what_was_beside_it(tmp_path: Path, file: str, old: str, line: str) -> None:
    """A row to the row before it, after it, or to its section; if nothing of a file is left, to what decides now."""
    if not line:  # the last rule of its file
        text = (shipped_policy() / file).read_text(encoding="utf-8")
        old = text[text.index(old) :]
    found = _changed(tmp_path, file, old, "")
    causes = [change.cause for change in found.requests] + [change.cause for change in found.outcomes]
    causes += [change.cause for change in found.entries]
    places = {place for cause in causes for place in cause.places}
    assert places
    if line:
        assert {place.source.line(place.line).strip() for place in places} == {line}
    else:
        assert {place.text for place in places} == {"code_execution"}


def test_every_format_has_the_places(tmp_path: Path) -> None:
    """Annotations and JSON lead to the same lines, of files with other line ends, too; a line is annotated once."""
    new = "execution: {worker_a: reasoning, worker_b: reasoning}\n"
    old = "execution:\n      worker_a: fast\n      worker_b: fast\n"
    before, after = _sides(tmp_path, "model_tiers.yaml", old, new, newline="\r\n")
    asked = ["diff", str(before), str(after), "--format"]
    annotations = CliRunner().invoke(main, [*asked, "github"]).output.splitlines()
    found = json.loads(CliRunner().invoke(main, [*asked, "json"]).output)
    lines = (after / "model_tiers.yaml").read_text(encoding="utf-8").splitlines()
    expected = f"{after}/model_tiers.yaml:{next(number for number, line in enumerate(lines, 1) if new.strip() in line)}"
    assert {*found["requests"][0]["places"]} == {expected}
    of_requests = [line for line in annotations if "title=requests" in line]
    assert len(of_requests) == len({*of_requests}) == len(found["requests"])
    assert all("model_tiers.yaml,line=" + expected.rpartition(":")[2] in line for line in of_requests)
