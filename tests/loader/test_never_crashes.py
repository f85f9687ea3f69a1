"""Whatever stands in a policy's files, loading it gives a policy, or says what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from resolver.diagnostics import Diagnostic, Level, PolicyError, ResolverError, Source, render_github
from resolver.domain import Policy
from resolver.loader import load_policy, policy_files, shipped_policy
from resolver.loader.problems import Problems
from resolver.loader.tree import plain
from resolver.testing.strategies import mutations, policies, yaml_text
from resolver.yaml_text.documents import read_documents
from tests.yaml_text.yaml_documents import streams

SHIPPED = {path.name: path.read_text(encoding="utf-8") for path in policy_files(shipped_policy())}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that every example writes anew."""
    return tmp_path_factory.mktemp("policy")


@st.composite
def mutated(draw: DrawFn) -> dict[str, bytes]:
    """The shipped files, one of them changed."""
    name = draw(st.sampled_from(sorted(SHIPPED)))
    files = {other: text.encode() for other, text in SHIPPED.items()}
    return {**files, name: draw(mutations(SHIPPED[name]))}


def _written(folder: Path, files: dict[str, bytes]) -> Path:
    for old in folder.iterdir():
        old.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def _outcome(path: Path) -> Policy | ResolverError:
    try:
        return load_policy(path)
    except ResolverError as error:
        return error


def _loaded(path: Path) -> Policy | None:
    """Load a policy, and hold what is said about it to what diagnostics promise."""
    outcome = _outcome(path)
    if isinstance(outcome, PolicyError):
        assert any(found.level is Level.ERROR for found in outcome.diagnostics)
        assert str(outcome).encode()
        for found in outcome.diagnostics:
            _check(found)
        return None
    if isinstance(outcome, ResolverError):
        assert "\n" not in str(outcome)
        return None
    assert all(found.level is Level.WARNING for found in outcome.warnings)
    return outcome


def _check(found: Diagnostic) -> None:
    assert found.message.isprintable()
    assert found.help.isprintable()
    assert found.message
    assert found.help
    assert "\n" not in render_github(found)
    text = found.place.source.line(found.place.line)
    assert 1 <= found.place.column <= len(text) + 1
    assert found.place.column + found.place.length <= len(text) + 2


@pytest.mark.slow
@given(mutated())
@example({"a.yaml": b""})
@example({"a.yaml": b"model_tiers: {tiers: {}}"})
@example({"a.yaml": b"rulesets: {tier: {r: {all: , pri: 1, run: {tier: fast}}}}"})
@example({"a.yaml": b"? {a: b}\n: {c: d}\n? [model_tiers]\n"})
@example({"a.yaml": b"model_tiers: &m {role_defaults: {*m : fast}}"})
@example({"a.yaml": b"\xef\xbb\xbf" * 2 + b"model_tiers: {\tx"})
@example({"a.yaml": b"pri: 0x" + b"F" * 4_000})
def test_any_change_to_the_shipped_policy(folder: Path, files: dict[str, bytes]) -> None:
    """A directory with anything in it loads, or says why not; nothing that it says is left out."""
    policy = _loaded(_written(folder, files))
    if policy is not None:
        _all_there(policy, list(_contents(files)))


@given(st.sampled_from(sorted(SHIPPED)).flatmap(lambda name: mutations(SHIPPED[name])) | st.binary(max_size=60))
@example(b"config: &c {model_tiers: *c}")
@example(b"config: [&c {model_tiers: {role_defaults: {a: fast}}}, *c]")
@example(b"- &a [x]\n" + b"".join(b"- &a [*a, *a]\n" for _ in range(60)))
def test_any_single_file(folder: Path, content: bytes) -> None:
    """A single file with anything in it loads, or says why not."""
    policy = _loaded(_written(folder, {"config.yaml": content}) / "config.yaml")
    if policy is not None:
        assert policy.model_tiers.tiers.keys() == set(policy.model_tiers.ladder.tiers)


@pytest.mark.slow
@given(streams())
def test_any_yaml(folder: Path, stream: tuple[str, list[Any]]) -> None:
    """So does any YAML, in a directory and as a single file."""
    content = stream[0].encode("utf-8")
    _loaded(_written(folder, {"a.yaml": content}))
    _loaded(folder / "a.yaml")


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), max_size=20), st.binary(max_size=20)
    )
)
def test_any_files(folder: Path, files: dict[str, bytes]) -> None:
    """A directory may have files of any name."""
    names = {f"{name}.yaml": content for name, content in files.items() if len(name.encode()) < 200}
    _loaded(_written(folder, names))


@pytest.mark.slow
@given(policies())
def test_a_good_policy_loads(folder: Path, policy: dict[str, Any]) -> None:
    """What is written as a policy is read as one, with everything in it, and no warning but of an odd name."""
    loaded = _loaded(_written(folder, {"a.yaml": yaml_text(policy).encode()}))
    assert loaded is not None
    assert {warning.code for warning in loaded.warnings} <= {"odd-name", "unlisted", "unused-provider", "wildcard"}
    _all_there(loaded, [policy])


@st.composite
def bent(draw: DrawFn) -> dict[str, Any]:
    """A policy in which one value is another one, or is not there."""
    policy = draw(policies())
    holder, key = draw(st.sampled_from(list(_places(policy))))
    junk = st.none() | st.booleans() | st.integers(-5, 200) | st.floats(-2, 2) | st.text(max_size=3)
    others = [here[at] for here, at in _places(policy)]
    new = draw(junk | st.sampled_from([[], {}, "fast", {"$m": "role"}, [{"m": {}}]]) | st.sampled_from(others))
    holder[key] = deepcopy(new)  # it may be what the value stands in
    return policy


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    for key in node if isinstance(node, dict) else range(len(node)):
        yield node, key
        if isinstance(node[key], dict | list):
            yield from _places(node[key])


@pytest.mark.slow
@given(bent())
def test_a_bent_policy(folder: Path, policy: dict[str, Any]) -> None:
    """A policy with a value of another kind says so, or has everything that is written in it."""
    loaded = _loaded(_written(folder, {"a.yaml": yaml_text(policy).encode()}))
    if loaded is not None:
        _all_there(loaded, [policy])


def _contents(files: dict[str, bytes]) -> Iterator[Any]:
    for content in files.values():
        documents, _ = read_documents(Source("a.yaml", content.decode().lstrip("\ufeff")))
        yield from (plain(document, Problems()) for document in documents)


def _all_there(policy: Policy, written: list[Any]) -> None:
    """Hold a policy against its content: nothing that is written is dropped without a word."""
    sections = [part.get("model_tiers") or {} for part in written if part]
    tables = policy.model_tiers
    tiers = {name: tier for section in sections for name, tier in (section.get("tiers") or {}).items()}
    assert {
        name: {provider: {"id": id, **tier.options.get(provider, {})} for provider, id in tier.providers.items()}
        for name, tier in tables.tiers.items()
    } == {
        name: {provider: _with_id(model) for provider, model in tier["providers"].items()}
        for name, tier in tiers.items()
    }
    assert set(tables.providers) == {name for section in sections for name in section.get("providers") or {}}
    assert tables.role_defaults == {
        role: tier for section in sections for role, tier in (section.get("role_defaults") or {}).items()
    }
    overrides: dict[str, dict[str, str]] = {}
    for section in sections:
        for phase, rows in (section.get("phase_overrides") or {}).items():
            overrides.setdefault(phase, {}).update(rows or {})
    assert tables.phase_overrides == overrides
    states = [section["escalation_state"] for section in sections if section.get("escalation_state")]
    assert {str(subject): tier for subject, tier in tables.escalation_state.items()} == (states[0] if states else {})
    for name, rules in policy.rules.items():
        named = [ruleset for part in written if part for ruleset in [(part.get("rulesets") or {}).get(name) or {}]]
        assert sorted(rule.name for rule in rules) == sorted(rule for ruleset in named for rule in ruleset)
    assert set(policy.facts) == {fact for part in written if part for fact in part.get("facts") or {}}


def _with_id(model: Any) -> Any:
    """Return a model with its id and its options, whose lists are tuples in a policy."""
    return _frozen(model) if isinstance(model, dict) else {"id": model}


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _frozen(item) for name, item in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
