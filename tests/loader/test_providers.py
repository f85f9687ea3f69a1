"""Settings for the calls of providers."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.diagnostics import PolicyError
from resolver.domain import ModelTiers, ProviderSettings
from resolver.loader import load_policy
from tests.loader.texts import RULES, TIERS, load, problems, write


def _text(settings: str) -> str:
    return f"{TIERS}  providers: {settings}\n{RULES}"


def _tiers(folder: Path, settings: str) -> ModelTiers:
    return load(folder, a=_text(settings)).model_tiers


@pytest.mark.parametrize("nothing", ["", "~", "{}"])
def test_a_policy_may_have_no_settings(tmp_path: Path, nothing: str) -> None:
    """Settings are optional, as every other part."""
    assert _tiers(tmp_path, nothing).providers == {}


@pytest.mark.parametrize("nothing", ["", "~", "{}", "{api: , base_url: , limits: ~, options: {}}"])
def test_every_setting_has_a_default(tmp_path: Path, nothing: str) -> None:
    """A provider without settings is called by its name, with the timeout of the policy and its usual key."""
    assert _tiers(tmp_path, f"{{groq: {nothing}}}").providers == {"groq": ProviderSettings("groq", "groq")}


def test_all_settings(tmp_path: Path) -> None:
    """Each setting is read as it is written."""
    settings = """
    groq:
      api: openai-like
      base_url: http://localhost:8000/v1
      api_key_env: MY_KEY
      timeout: 2.5
      limits: {requests_per_minute: 30, tokens_per_day: 1000, requests_per_day: }
      options: {temperature: 0, extra_body: {a: [b]}}"""
    assert _tiers(tmp_path, settings).providers["groq"] == ProviderSettings(
        "groq",
        "openai-like",
        "http://localhost:8000/v1",
        "MY_KEY",
        2.5,
        {"requests_per_minute": 30, "tokens_per_day": 1000},
        {"temperature": 0, "extra_body": {"a": ("b",)}},
    )


def test_limits_can_be_lifted(tmp_path: Path) -> None:
    """`none` is an empty mapping, and no `limits` is None."""
    assert _tiers(tmp_path, "{groq: {limits: none}}").providers["groq"].limits == {}
    assert _tiers(tmp_path, "{groq: {}}").providers["groq"].limits is None


def test_timeout(tmp_path: Path) -> None:
    """A policy says how many seconds a call may take; 60 if it says nothing, or null."""
    written = {"": 60, "  timeout: null\n": 60, "  timeout: 0.5\n": 0.5, "  timeout: 3600\n": 3_600}
    assert {text: load(tmp_path, a=TIERS + text + RULES).model_tiers.timeout for text in written} == written


def test_settings_may_be_spread_over_files(tmp_path: Path) -> None:
    """A provider is given once, in any of the files."""
    first, second = "model_tiers: {providers: {groq: {api: x}}}\n", "model_tiers: {providers: {other: {}}}\n"
    tiers = TIERS.replace("{groq: qwen}", "{other: qwen}")
    assert [*load(tmp_path, a=first, b=tiers + RULES, c=second).model_tiers.providers] == ["groq", "other"]
    [problem] = problems(tmp_path, a=first, b=tiers + RULES, c=first)
    assert problem.startswith("duplicate-key: `groq` is already given in ")


def test_settings_that_no_tier_uses_are_a_warning(tmp_path: Path) -> None:
    """The policy loads, and says which provider was meant."""
    policy = load(tmp_path, a=_text("{gorq: {}, groq: {}}"))
    assert [(warning.code, warning.help) for warning in policy.warnings] == [
        ("unused-provider", "did you mean `groq`?")
    ]
    assert [*policy.model_tiers.providers] == ["gorq", "groq"]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ("{base_url: example.com}", "url: `example.com` is not the URL of a server"),
        ('{base_url: "https://x\\n"}', "url: `https://x\\n` is not the URL of a server"),
        ('{base_url: "https://x\\0"}', "name: this value contains a NUL character"),
        ("{base_url: 'https://'}", "url: `https://` is not the URL of a server"),
        ("{limits: {}}", "empty: the `limits` of `groq` are empty"),
        ("{limits: {requests_per_day: 0}}", "range: `0` is less than 1, the lowest `requests_per_day`"),
        ("{options: {timeout: 5}}", "option: `timeout` is not an option"),
        ("{options: {base_url: x}}", "option: `base_url` is not an option"),
        ("{timeout: 0}", "range: `0` is outside 0 to 3,600 (without 0), the range of `timeout`"),
        (
            f"{{timeout: 1{'0' * 400}}}",
            f"range: `1{'0' * 79}…` is outside 0 to 3,600 (without 0), the range of `timeout`",
        ),
    ],
)
def test_settings_that_are_refused(tmp_path: Path, settings: str, problem: str) -> None:
    """Each wrong setting is one problem."""
    assert problems(tmp_path, a=_text(f"{{groq: {settings}}}")) == [problem]


@pytest.mark.parametrize(
    "settings",
    [
        "{api_key_env: sk-hidden}",
        "{api_key_env: gsk_hidden12}",
        "{api_key_env: 'hidden hidden'}",
        "{api_key_env: [hidden]}",
        "{api_key_env: &k 'hidden-1', options: {default_headers: {Authorization: *k}}}",
        "{api_key: hidden}",
        "{options: {api_key: [hidden, hidden]}}",
        "{base_url: 'https://me:hidden@example.com'}",
        "{base_url: 'hidden@example.com'}",
        "{base_url: 'http://x', base_url: 'https://me:hidden@example.com'}",
        "{api_key_env: A, api_key_env: sk-hidden}",
        "{api_key: 1, api_key: hidden}",
        '{options: {token: "hid\\\n      hidden"}}',
    ],
)
def test_a_key_is_never_repeated(tmp_path: Path, settings: str) -> None:
    """Neither the message nor the source line of any problem has the key that an author pasted."""
    text = _text(f"{{groq: {settings}, groq: {{}}, x: 5}}")
    with pytest.raises(PolicyError) as error:
        load_policy(write(tmp_path, a=text))
    assert "hid" not in str(error.value)
    assert "error[" in str(error.value)
