"""The environment variables with the keys of providers; reading them imports no SDK."""

from __future__ import annotations

import os
from collections.abc import Mapping

from resolver.agents.agno_classes import agno_key
from resolver.agents.keycycle_import import is_installed
from resolver.diagnostics import keep_secret
from resolver.domain import ProviderSettings

_USUAL: Mapping[str, tuple[str, ...]] = {
    "azure-ai-foundry": ("AZURE_API_KEY",),
    "azure-foundry-claude": ("ANTHROPIC_FOUNDRY_API_KEY",),
    "azure-openai-responses": ("AZURE_OPENAI_API_KEY",),
    "cerebras-openai": ("CEREBRAS_API_KEY",),
    "cloudflare": ("CLOUDFLARE_API_TOKEN",),
    "cohere": ("CO_API_KEY",),
    "cometapi": ("COMETAPI_KEY",),
    "dashscope": ("DASHSCOPE_API_KEY", "QWEN_API_KEY"),
    "google": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    "google-interactions": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    "huggingface": ("HF_TOKEN",),
    "ibm": ("IBM_WATSONX_API_KEY",),
    "litellm-openai": ("LITELLM_API_KEY",),
    "llama-openai": ("LLAMA_API_KEY",),
    "meta": ("LLAMA_API_KEY",),
    "openai-chat": ("OPENAI_API_KEY",),
    "openai-responses": ("OPENAI_API_KEY",),
    "openrouter-responses": ("OPENROUTER_API_KEY",),
    "ramp": ("RAMP_ROUTER_API_KEY",),
    "vercel": ("V0_API_KEY",),
    "xai-responses": ("XAI_API_KEY",),
    "xiaomi": ("MIMO_API_KEY",),
}
"""The variables that agno's classes read, where they are not the provider's key and `_API_KEY`."""
_TOKENS: Mapping[str, str] = {
    "anthropic": "ANTHROPIC_AUTH_TOKEN",
    "azure-openai-responses": "AZURE_OPENAI_AD_TOKEN",
}
"""Variables with a token that agno's classes accept in place of a key."""
_OPTIONAL: Mapping[str, str] = {
    "aws-bedrock": "AWS_ACCESS_KEY_ID",
    "aws-claude": "AWS_BEDROCK_API_KEY",
    "litellm": "LITELLM_API_KEY",
    "llama-cpp": "",
    "llmman": "",
    "lmstudio": "",
    "nexus": "",
    "ollama": "OLLAMA_API_KEY",
    "ollama-responses": "OLLAMA_API_KEY",
    "open-responses": "",
    "openai-like": "",
    "vertexai-claude": "",
    "vllm": "VLLM_API_KEY",
}
"""Providers that serve without a key, or find one elsewhere, with the variable that may have one."""
_KEYCYCLE = frozenset(
    {
        *("cerebras", "cloudflare", "cohere", "fireworks", "google", "groq", "heabsy", "inception", "moonshot"),
        *("nebius", "neosantara", "nvidia", "openrouter", "perplexity", "requesty", "sambanova", "siliconflow"),
        *("synthorai", "together"),
    }
)
"""Agno's keys for which keycycle, too, finds agno's class."""


def usual_variables(api: str) -> tuple[str, ...]:
    """Return the variables that may have the key of an `api`; none if it serves without a key.

    >>> usual_variables("mistral")
    ('MISTRAL_API_KEY',)
    """
    key = agno_key(api)
    if key in _OPTIONAL:
        return ()
    return _USUAL.get(key) or (f"{key.upper().replace('-', '_')}_API_KEY",)


def key_of(settings: ProviderSettings) -> str | None:
    """Return the key of a provider; None if no variable has one."""
    names = (*usual_variables(settings.api), _OPTIONAL.get(agno_key(settings.api), ""))
    if settings.api_key_env is not None:
        names = (settings.api_key_env,)
    key = next((key for name in names if name and (key := os.environ.get(name))), None)
    if key is not None:
        keep_secret(key)
    return key


def needs_key(settings: ProviderSettings) -> bool:
    """Return whether a provider can serve only with a key. A server that `base_url` names may need none."""
    if settings.api_key_env is not None:
        return True
    return settings.base_url is None and bool(usual_variables(settings.api))


def has_key(settings: ProviderSettings) -> bool:
    """Return whether a provider has the key that it needs, for agno's class or for keycycle."""
    token = _TOKENS.get(agno_key(settings.api), "")
    if key_of(settings) is not None or not needs_key(settings) or os.environ.get(token):
        return True
    return uses_keycycle(settings) and numbered_keys(settings.name) > 0


def no_key(settings: ProviderSettings) -> str:
    """Return the reason of a provider that has no key, with the variables to set."""
    variable = settings.api_key_env or usual_variables(settings.api)[0]
    prefix = _prefix(settings.name)
    if _may_use_keycycle(settings):
        return f"no key; set {variable}, or NUM_{prefix} and {prefix}_API_KEY_1"
    if numbered_keys(settings.name) and _suits_keycycle(settings):
        return f"no key; set {variable}, or `pip install 'tier-resolver[keycycle]'` for the numbered keys"
    return f"no key; set {variable}"


def uses_keycycle(settings: ProviderSettings) -> bool:
    """Return whether a provider has numbered keys, keycycle knows it, and keycycle is installed."""
    if f"NUM_{_prefix(settings.name)}" not in os.environ or not _may_use_keycycle(settings):
        return False
    return numbered_keys(settings.name) > 0 or key_of(settings) is None


def numbered_keys(provider: str) -> int:
    """Return how many numbered keys a provider has."""
    prefix = _prefix(provider)
    try:
        number = int(os.environ.get(f"NUM_{prefix}", ""))
    except ValueError:
        return 0
    names = (name for name in os.environ if name.startswith(f"{prefix}_API_KEY_") and os.environ[name])
    return min(number, sum(name.removeprefix(f"{prefix}_API_KEY_").isdecimal() for name in names))


def _may_use_keycycle(settings: ProviderSettings) -> bool:
    return _suits_keycycle(settings) and is_installed("keycycle")


def _suits_keycycle(settings: ProviderSettings) -> bool:
    return settings.api_key_env is None and agno_key(settings.api) in _KEYCYCLE


def _prefix(provider: str) -> str:
    return provider.upper()
