"""A model of a tier: an id, or an id with options."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.diagnostics import PolicyError
from resolver.domain import NO_OPTIONS, Tier
from resolver.loader import load_policy
from tests.loader.texts import RULES, TIERS, load, problems


def _written(model: str) -> str:
    return TIERS.replace("{groq: llama}", f"{{groq: {model}, gemini: flash}}") + RULES


def _tier(folder: Path, model: str) -> Tier:
    return load(folder, a=_written(model)).model_tiers.tiers["fast"]


def test_a_model_is_an_id(tmp_path: Path) -> None:
    """A tier whose models are all ids shares the empty mapping."""
    assert _tier(tmp_path, "llama").providers == {"groq": "llama", "gemini": "flash"}
    assert _tier(tmp_path, "llama").options is NO_OPTIONS
    assert _tier(tmp_path, "{id: llama}").options is NO_OPTIONS


def test_a_model_has_options(tmp_path: Path) -> None:
    """All keys besides `id` are options; `providers` still maps a provider to an id."""
    tier = _tier(tmp_path, "{reasoning_effort: high, id: llama, top_k: 1, seed: ~, extra_body: {stop: [a, 2.5]}}")
    assert tier.providers == {"groq": "llama", "gemini": "flash"}
    assert tier.options == {
        "groq": {"reasoning_effort": "high", "top_k": 1, "seed": None, "extra_body": {"stop": ("a", 2.5)}}
    }


def test_options_are_frozen(tmp_path: Path) -> None:
    """Nobody changes the options of a policy, at no depth."""
    options = _tier(tmp_path, "{id: llama, a: {b: {c: 1}}}").options["groq"]
    for mapping in (options, options["a"], options["a"]["b"]):  # type: ignore[call-overload, index]
        with pytest.raises(TypeError):
            mapping["c"] = 2  # type: ignore[index]


def test_models_may_be_aliases(tmp_path: Path) -> None:
    """An anchor and its alias are the same model."""
    text = TIERS.replace("{groq: llama}", "{groq: &m {id: llama, top_k: 1}}").replace("{groq: qwen}", "{groq: *m}")
    tiers = load(tmp_path, a=text + RULES).model_tiers.tiers
    assert tiers["fast"].options == tiers["general"].options == {"groq": {"top_k": 1}}


def test_an_applications_file_has_options(tmp_path: Path) -> None:
    """A single file has the sections under `config`."""
    file = tmp_path / "config.yaml"
    sections = _written("{id: llama, top_k: 1}") + "\n"
    nested = "".join(f"  {line}\n" for line in sections.splitlines())
    file.write_text(f"name: app\nconfig:\n{nested}", encoding="utf-8")
    assert load_policy(file).model_tiers.tiers["fast"].options == {"groq": {"top_k": 1}}


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        ("{top_k: 1}", "missing-key: `model_tiers.tiers.fast.providers.groq` has no `id`"),
        ("{}", "missing-key: `model_tiers.tiers.fast.providers.groq` has no `id`"),
        ("{id: ''}", "empty: `model_tiers.tiers.fast.providers.groq.id` is empty"),
        ("{id: 5}", "type: `model_tiers.tiers.fast.providers.groq.id` is text, and `5` is an integer"),
        ("{id: ~}", "type: `model_tiers.tiers.fast.providers.groq.id` is text, and `~` is nothing"),
        ("{id: x, timeout: 5}", "option: `timeout` is not an option"),
        ("{id: x, max_retries: 5}", "option: `max_retries` is not an option"),
        ("{id: x, a: [.inf]}", "range: `.inf` is not a finite number"),
        ("{id: x, a: {b: -.inf}}", "range: `-.inf` is not a finite number"),
        ("{id: x, '': 1}", "empty: this name is empty"),
        ("5", "type: `5` is an integer, but text is expected for `model_tiers.tiers.fast.providers.groq`"),
    ],
)
def test_models_that_are_refused(tmp_path: Path, model: str, problem: str) -> None:
    """Each wrong model is one problem."""
    assert problems(tmp_path, a=_written(model)) == [problem]


@pytest.mark.parametrize(
    "name", ["api_key", "API-KEY", "apiKey", "token", "client_secret", "Password", "Authorization"]
)
@pytest.mark.parametrize("form", ["{{id: x, {}: {}}}", "{{id: x, headers: {{{}: {}}}}}", "{{id: x, a: [{{{}: {}}}]}}"])
def test_keys_do_not_belong_in_a_policy(tmp_path: Path, name: str, form: str) -> None:
    """An option that is named like a key is refused at any depth, and its value is never shown."""
    text = _written(form.format(name, "hidden-123"))
    assert problems(tmp_path, a=text) == [f"secret: the option `{name}` holds a key"]
    with pytest.raises(PolicyError) as error:
        load_policy(tmp_path)
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize("name", ["max_tokens", "stop_token_ids", "tokenizer", "key", "top_k"])
def test_other_names_are_options(tmp_path: Path, name: str) -> None:
    """A name is refused only if it says that its value is a key."""
    assert _tier(tmp_path, f"{{id: x, {name}: 1}}").options == {"groq": {name: 1}}
