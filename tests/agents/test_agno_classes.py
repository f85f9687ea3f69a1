"""All of agno's model classes: each can be looked up, or the reason names what to install."""

from __future__ import annotations

import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from resolver import ResolverError
from resolver.agents import Providers
from resolver.agents.agno_classes import ALIASES, agno_key, agno_keys, model_class
from resolver.agents.keycycle_import import keycycle
from resolver.agents.model_arguments import class_arguments
from resolver.agents.provider_keys import _KEYCYCLE, _OPTIONAL, _USUAL, usual_variables
from resolver.domain import ModelTiers, ProviderSettings
from resolver.loader import load_policy, shipped_policy

KEYS = sorted(agno_keys())
every_key = pytest.mark.parametrize("key", KEYS)


def _settings(name: str, **more: Any) -> ProviderSettings:
    return ProviderSettings(name, **{"api": name, **more})


def _providers(*settings: ProviderSettings) -> Providers:
    tiers = load_policy(shipped_policy()).model_tiers
    made = ModelTiers(
        tiers.ladder,
        tiers.tiers,
        (),
        {},
        {},
        {},
        {},
        providers={each.name: each for each in settings},
    )
    return Providers.of_policy(lambda: made)


@every_key
def test_every_class_is_found_or_the_reason_names_the_package(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """For every key of agno's table, a provider with a key has a source, or its reason says what to `pip install`."""
    monkeypatch.setenv("A_KEY", "a-key-of-this-test")
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "http://127.0.0.1:9")
    reason = _providers(_settings(key, api_key_env="A_KEY")).reason(key)
    if key == "openai-like":
        assert reason == "no server; set `base_url` in the policy"  # its class would send everything to OpenAI
    else:
        assert reason is None or re.fullmatch(r"its SDK is not installed; `pip install '[\w\[\]-]+'`", reason)


@every_key
def test_every_class_that_is_here_makes_a_model(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The arguments fit each class, with a server of one's own and without."""
    monkeypatch.setenv("A_KEY", "a-key-of-this-test")
    for url in (None, "http://127.0.0.1:9/v1"):
        providers = _providers(_settings(key, api_key_env="A_KEY", base_url=url))
        if providers.reason(key) is None:
            assert providers.get_model(key, "some-model").id.endswith("some-model")


@every_key
def test_the_usual_variables_are_those_that_agno_reads(key: str) -> None:
    """Each variable that the program names is in the source of agno's class, or in that of a class it inherits."""
    source = _source_of(key)
    names = (*usual_variables(key), _OPTIONAL.get(key, ""))
    assert [name for name in names if name and name not in source and name != "GEMINI_API_KEY"] == []


def _source_of(key: str) -> str:
    """Return the source of the modules of a class, which may not be importable here."""
    module = agno_keys()[key][0]
    folder = find_spec(module.rpartition(".")[0] if module.count(".") > 2 else module)
    assert folder is not None
    paths = [Path(str(folder.origin))] if module.count(".") > 3 else list(Path(str(folder.origin)).parent.rglob("*.py"))
    return "".join(path.read_text(encoding="utf-8") for path in paths)


def test_the_tables_name_keys_of_agno() -> None:
    """No row of the program's tables is for a key that no version of agno has."""
    newer = {"azure-openai-responses", "llmman", "ramp", "xai-responses", "heabsy", "synthorai"}
    assert {*_USUAL, *_OPTIONAL, *_KEYCYCLE, *ALIASES.values()} - newer <= {*KEYS}


@pytest.mark.skipif(find_spec("keycycle") is None, reason="needs the extra `keycycle`")
@pytest.mark.parametrize("key", sorted(_KEYCYCLE & {*KEYS}))
def test_keycycle_finds_the_same_class(key: str) -> None:
    """keycycle is used for the providers for which it finds agno's class by itself."""
    keycycle()
    from keycycle.utils import get_agno_model_class  # noqa: PLC0415  as keycycle may not be installed

    try:
        expected = model_class(key)
    except ResolverError:
        pytest.skip("needs its SDK")
    assert get_agno_model_class(key) is expected


@pytest.mark.parametrize(
    ("api", "variable"),
    [
        ("openai", "OPENAI_API_KEY"),
        ("openai-chat", "OPENAI_API_KEY"),
        ("claude", "ANTHROPIC_API_KEY"),
        ("google-interactions", "GOOGLE_API_KEY"),
        ("mistral", "MISTRAL_API_KEY"),
        ("deepseek", "DEEPSEEK_API_KEY"),
        ("xai", "XAI_API_KEY"),
        ("azure", "AZURE_OPENAI_API_KEY"),
    ],
)
def test_the_reason_without_a_key(api: str, variable: str) -> None:
    """A provider without a key names the variable that agno's class reads."""
    providers = _providers(_settings("mine", api=api))
    assert providers.reason("mine") == f"no key; set {variable}"
    assert not providers.has_key("mine")


def test_the_reason_with_keycycle() -> None:
    """Where keycycle knows the provider, the numbered variables are named as well."""
    pytest.importorskip("keycycle")
    reason = _providers(_settings("mine", api="gemini")).reason("mine")
    assert reason == "no key; set GOOGLE_API_KEY, or NUM_MINE and MINE_API_KEY_1"


def test_azure_needs_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider whose class knows no server names the variable that has its URL."""
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "a-key")
    assert _providers(_settings("azure")).reason("azure") == (
        "no server; set AZURE_OPENAI_ENDPOINT, or `base_url` in the policy"
    )
    assert _providers(_settings("azure", base_url="http://127.0.0.1:9")).reason("azure") is None


@pytest.mark.parametrize("api", ["ollama", "lmstudio", "llama-cpp", "vllm", "openai-like"])
def test_a_local_server_needs_no_key(api: str) -> None:
    """A provider that serves without a key has the key that it needs."""
    providers = _providers(_settings("mine", api=api))
    assert providers.has_key("mine")
    assert "no key" not in str(providers.reason("mine"))


def test_a_key_of_ones_own_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """With `api_key_env`, only that variable counts."""
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")
    providers = _providers(_settings("openai", api_key_env="TEAM_KEY"))
    assert providers.reason("openai") == "no key; set TEAM_KEY"
    monkeypatch.setenv("TEAM_KEY", "another-key")
    assert providers.has_key("openai")


def test_a_token_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that agno's class reads by itself is enough, and is not passed as a key."""
    pytest.importorskip("anthropic")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "a-token")
    providers = _providers(_settings("anthropic"))
    assert providers.reason("anthropic") is None
    model = providers.get_model("anthropic", "m")
    assert model._get_client_params().items() >= {"api_key": None, "auth_token": "a-token"}.items()


def test_asking_for_a_key_imports_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """`has_key` is quick enough for a property."""
    before = {*sys.modules}
    assert not _providers(_settings("mine", api="mistral")).has_key("mine")
    assert {name for name in {*sys.modules} - before if name.startswith(("agno", "keycycle"))} == set()


def test_an_api_that_agno_does_not_have() -> None:
    """The reason names the `api`, and the closest key that exists."""
    assert _providers(_settings("mine", api="antropic")).reason("mine") == (
        "agno has no provider `antropic`; did you mean `anthropic`?"
    )
    assert _providers(_settings("mine", api="?")).reason("mine") == (
        "agno has no provider `?`; give it an `api` in `providers` of `model_tiers`"
    )


def test_an_option_that_a_class_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider's wrong option leaves it out; a model's wrong option fails that model. Both name option and class."""
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")
    text = "agno's class `OpenAIResponses` has no option `reasoning_efort`; did you mean `reasoning_effort`?"
    assert _providers(_settings("openai", options={"reasoning_efort": "high"})).reason("openai") == text
    with pytest.raises(ResolverError, match=re.escape(f"the model cannot be made: {text}")):
        _providers(_settings("openai")).get_model("openai", "gpt-5-mini", {"reasoning_efort": "high"})


def test_the_settings_of_a_server_and_the_options_of_a_client_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """`client_params` of the options are added to those that the program needs."""
    settings = _settings("google", base_url="http://127.0.0.1:9")
    options = {"client_params": {"vertexai": False, "http_options": {"api_version": "v1"}}, "timeout": 5}
    assert class_arguments(model_class("google"), settings, 60.0, options)["client_params"] == {
        "vertexai": False,
        "http_options": {"timeout": 5_000, "base_url": "http://127.0.0.1:9", "api_version": "v1"},
    }


def test_agno_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without agno, the reason of every provider names the extra that has it."""
    agno_keys.cache_clear()
    monkeypatch.setitem(sys.modules, "agno", None)
    assert _providers(_settings("openai")).reason("openai") == (
        "`agno` is not installed; `pip install 'tier-resolver[agents]'` has it"
    )
    assert agno_key("gemini") == "google"
    agno_keys.cache_clear()
