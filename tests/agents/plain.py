"""Policies whose tiers name any providers, and the environment of agno's own classes on the loopback server."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from examples.loopback import Loopback
from resolver.testing.strategies import LADDER
from tests.small_policies import policy_data, rules, written

ALWAYS = {"$ex": {"role": 1}}
APIS = {
    "openai": "openai",
    "chat": "openai-chat",
    "like": "openai-like",
    "anthropic": "anthropic",
    "ollama": "ollama",
    "groq": "groq",
    "cerebras": "cerebras",
    "gemini": "gemini",
    "openrouter": "openrouter",
}
"""Providers of the tests, with agno's keys for them."""
_PACKAGES = {"anthropic": "anthropic", "ollama": "ollama"}
_SERVED_BY = {"chat": "openai", "like": "local"}


def provider_params(*names: str) -> list[Any]:
    """Return these providers, or all, as parameters of tests that are skipped where the SDK is missing."""
    return [
        pytest.param(name, marks=pytest.mark.skipif(not _has_sdk(name), reason="needs its SDK"))
        for name in names or APIS
    ]


def _has_sdk(name: str) -> bool:
    package = _PACKAGES.get(name, "openai")
    return package in sys.modules or find_spec(package) is not None


def served_by(provider: str) -> str:
    """Return the loopback's name for what serves a provider of the tests."""
    return _SERVED_BY.get(provider, provider)


def settings_of(server: Loopback, provider: str, **more: object) -> dict[str, Any]:
    """Return the settings of a provider of the tests, as a policy has them."""
    settings: dict[str, Any] = {"api": APIS[provider], **more}
    if provider in ("like", "openrouter"):  # the other SDKs read a variable
        settings["base_url"] = server.base_url(served_by(provider))
    return settings


def plain_policy(
    folder: Path, models: Mapping[str, object], providers: Mapping[str, Mapping[str, object]], **tables: Any
) -> Path:
    """Return a policy in which every tier has these models, and whose `providers` are these."""
    folder.mkdir(exist_ok=True)
    data = policy_data(rules(ALWAYS), providers=providers, **tables)
    data["model_tiers"]["tiers"] = {tier: {"providers": dict(models)} for tier in LADDER}
    return written(folder, data)


def set_plain(monkeypatch: pytest.MonkeyPatch, server: Loopback) -> None:
    """Set the variables that agno's own classes read, and no numbered keys."""
    for name, value in server.plain_environment().items():
        monkeypatch.setenv(name, value)
