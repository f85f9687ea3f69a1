"""A file that opens either takes the entry and opens again with exactly that entry more, or is refused unchanged."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver.diagnostics import ResolverError
from resolver.domain import Policy, Subject
from resolver.loader import load_policy
from resolver.serving.policy_text import PolicyText
from tests.state.own import STATE, own_policy
from tests.state.shapes import LONG, SHAPES
from tests.yaml_text.layouts import BLOCKS, OTHERS

NEW = Subject("layout", "worker_a")
SECTIONS = [
    'model_tiers:\n{p}  escalation_state:\n{p}    "a:b": fast # learned\n',
    "model_tiers:\n{p}  escalation_state: {}\n",
    "model_tiers:\n{p}  escalation_state: # c\n{p}    ~ # d\n",
    "model_tiers:\n{p}  role_defaults: {worker_b: general}\n",
    "model_tiers: {escalation_state: {'a:b': \"fast\"}}\n",
    '"model_tiers": {"escalation_state": {"a:b": "fast",}}\n',
    "model_tiers:\n{p}  escalation_state: &learned # c\n{p}    # above\n{p}    ? a:b # note\n{p}    : fast\n",
    "model_tiers:\n{p}  escalation_state: !!map\n{p}      a:b: 'fast'\n",
    "facts:\n{p}  preset:\n{p}    values: [a, b]\n",
    "",
]


def policy_of(path: Path) -> Policy | None:
    try:
        return load_policy(path)
    except ResolverError:
        return None


def is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def check(path: Path, text: str, policy: Path | None = None, *, tier: str = "reasoning") -> list[str]:
    """What became of writing an entry into the file at `path`, and of taking each one out.

    The file is an application's, or one of the directory `policy`.
    """
    path.write_bytes(text.encode())
    policy = policy or path
    old = policy_of(policy)
    if old is None or old.state_file != path:
        return ["does not open"]
    read = PolicyText.read(path)
    entries = dict(old.model_tiers.escalation_state)
    assert dict(read.entries) == entries, text
    done = []
    for subject, to in [(NEW, tier), *((subject, to) for subject in entries for to in (tier, None))]:
        try:
            new = read.with_entry(subject, to, whole=policy.is_dir())
        except ResolverError as error:
            done.append(str(error))
            continue
        path.write_bytes(new.content)
        assert is_json(new.text) or not is_json(text), (text, new.text)
        changed = policy_of(policy)
        assert changed is not None, (text, new.text)
        expected = {**entries, subject: to} if to else {s: t for s, t in entries.items() if s != subject}
        assert changed.model_tiers.escalation_state == expected, (text, new.text)
        assert changed.revision == old.revision, (text, new.text)
        assert dict(PolicyText.read(path).entries) == dict(new.entries) == expected
        done.append("written")
    return done


def entry_of(shape: str, indent: str) -> str:
    return indent + shape.replace("{p}", indent) + ("" if shape.endswith("\n") else "\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shapes")


@pytest.mark.slow
@pytest.mark.parametrize("shape", [*SHAPES, *LONG], ids=lambda shape: shape[:20])
def test_every_shape_beside_the_sections(shape: str, folder: Path) -> None:
    """Before and after every kind of section, at the root and under `config`: written, all of it."""
    opened = 0
    for section, indent, first in itertools.product(SECTIONS, ("", "  "), (True, False)):
        parts = [entry_of(shape, indent), indent + section.replace("{p}", indent) if section else ""]
        text = ("config:\n" if indent else "") + "".join(parts if first else parts[::-1])
        said = check(folder / "app.yaml", text)
        opened += said != ["does not open"]
        assert set(said) <= {"written", "does not open"}, (text, said)
    assert opened, "the loader refuses this shape everywhere"


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_in_another_document(shape: str, folder: Path) -> None:
    """Documents before and after the one with the sections stay as they are."""
    for first, second in itertools.permutations([entry_of(shape, ""), SECTIONS[0].replace("{p}", "")]):
        for text in (f"{first}---\n{second}", f"--- # one\n{first}...\n%YAML 1.2\n---\n{second}...\n"):
            assert set(check(folder / "app.yaml", text)) <= {"written", "does not open"}, text


@pytest.mark.parametrize("name", [*BLOCKS, *OTHERS])
def test_every_layout(name: str, folder: Path) -> None:
    """The layouts of people: as application files that open."""
    check(folder / "app.yaml", {**BLOCKS, **OTHERS}[name])


@pytest.mark.parametrize("name", [*BLOCKS, *OTHERS])
def test_every_layout_in_a_directory(name: str, tmp_path: Path) -> None:
    """The layouts of people as the file of a policy directory that holds the entries, beside those with the rest."""
    policy = own_policy(tmp_path)
    tiers = (policy / STATE).read_text().replace("  escalation_state: {}\n", "")
    (policy / STATE).write_text(tiers)
    text = {**BLOCKS, **OTHERS}[name].replace("tiers: {}", "provider_order: [groq]").replace("rulesets:", "facts:")
    said = check(policy / "learned.yaml", text, policy)
    whole = check(policy / STATE, tiers + text.split("model_tiers:\n", 1)[-1] if name in BLOCKS else tiers, policy)
    assert all(part in {"written", "does not open"} or "repeats elsewhere" in part for part in (*said, *whole))


@st.composite
def mixed(draw: st.DrawFn) -> str:
    """Several shapes around a section, lines ended in some way, a character of it changed or not."""
    indent = draw(st.sampled_from(["", "  ", " "]))
    parts = draw(st.lists(st.sampled_from(SHAPES), max_size=3))
    section = draw(st.sampled_from(SECTIONS))
    texts = [entry_of(part, indent) for part in parts] + [indent + section.replace("{p}", indent) if section else ""]
    random.Random(draw(st.integers(0, 99))).shuffle(texts)
    text = ("config:\n" if indent else "") + "".join(texts)
    if draw(st.booleans()):
        at = draw(st.integers(0, len(text)))
        odd = draw(st.sampled_from(["", "#", ":", " ", "\n", "'", '"', "{", "}", "*x", "&y ", "- ", "? ", "\t"]))
        text = text[:at] + odd + text[at + draw(st.integers(0, 2)) :]
    text = text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n", "\r"])))
    return draw(st.sampled_from(["", "", "", "---\n", "\ufeff"])) + text


@pytest.mark.slow
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=150)
@given(text=mixed())
def test_whatever_opens_takes_the_entry_or_is_refused_with_a_reason(folder: Path, text: str) -> None:
    """No other exception, no file that does not open any more, no entry more or less than the one."""
    check(folder / "app.yaml", text)
