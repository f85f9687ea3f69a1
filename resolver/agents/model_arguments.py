"""The arguments with which agno's model classes are made: server, time-out, no retries, and options."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from resolver.agents.agno_classes import agno_key, field_names, has_field
from resolver.diagnostics import ResolverError, did_you_mean
from resolver.domain import ProviderSettings

_URL_FIELDS = ("azure_endpoint", "host", "endpoint", "base_url", "api_base", "url")
"""The names that classes have for the URL of a server; the first that a class has is used."""
_URL_VARIABLES = {"openrouter": "OPENROUTER_BASE_URL", "ollama": "OLLAMA_HOST", "ollama-responses": "OLLAMA_HOST"}
"""Variables that name a server, and that agno's class or its SDK does not always read."""
_NO_SERVER = {
    "azure-ai-foundry": "AZURE_ENDPOINT",
    "azure-openai": "AZURE_OPENAI_ENDPOINT",
    "azure-openai-responses": "AZURE_OPENAI_ENDPOINT",
}
"""Classes that know no server, with the variable that they read."""
_GOOGLE = ("google", "google-interactions")
"""Classes whose SDK takes the URL and the time-out among its `http_options`."""
_ONLY_CLIENT_PARAMS = ("anthropic", "aws-claude", "azure-openai", "vertexai-claude")
"""Classes that do not pass all of their fields on to the SDK."""
_NO_CLIENT_PARAMS = ("cohere", "ibm", "litellm")
"""Classes that have a field `client_params` but do not pass its time-out and URL on."""
_NO_RETRIES_SETTING = ("huggingface", "mistral")
"""Classes with a field `max_retries` that does nothing but raise errors or warnings; their SDKs do not retry."""


def class_arguments(
    class_: Any, settings: ProviderSettings, timeout: float, options: Mapping[str, object]
) -> dict[str, Any]:
    """Return the arguments for a model class, without the id of the model and the key.

    Args:
        class_: One of agno's model classes.
        settings: The provider's settings.
        timeout: Seconds for one call.
        options: Arguments of the class that outrank these. Its `client_params` are merged with these.

    Raises:
        ResolverError: The class does not have one of the options, takes no URL, or needs one.
    """
    key = agno_key(settings.api)
    if "timeout" in options and not _is_number(options["timeout"]):
        raise ResolverError(f"`timeout` is a number of seconds, not `{options['timeout']!r}`")
    if errors := wrong_options(class_, options):
        raise ResolverError(errors[0])
    wanted: dict[str, Any] = {"retries": 0, "timeout": timeout, "max_retries": 0}
    if key in _NO_RETRIES_SETTING:
        del wanted["max_retries"]
    arguments = {name: value for name, value in wanted.items() if has_field(class_, name)}
    client: dict[str, Any] = {}
    if key in _ONLY_CLIENT_PARAMS:
        client = {"timeout": options.get("timeout", timeout), "max_retries": options.get("max_retries", 0)}
    if url := settings.base_url or _url_of_environment(key):
        name = next((name for name in _URL_FIELDS if has_field(class_, name)), None)
        if name is None and (key in _NO_CLIENT_PARAMS or not has_field(class_, "client_params")):
            raise ResolverError(f"agno's class `{class_.__name__}` takes no `base_url`")
        holder = client if name is None else arguments
        holder[name or "base_url"] = url
    else:
        _check_server(key, options)
    if key == "cerebras":  # else its SDK connects when a client is made, which blocks the event loop
        client["warm_tcp_connection"] = False
    if key in _GOOGLE:
        seconds = options.get("timeout", timeout)
        client = {"http_options": _http_options(client.get("base_url"), seconds, options)}
    arguments |= options
    if client and key not in _NO_CLIENT_PARAMS and has_field(class_, "client_params"):
        arguments["client_params"] = client | _without_http_options(options, key)
    return arguments


def _check_server(key: str, options: Mapping[str, object]) -> None:
    """Raise ResolverError if a class needs the URL of a server, and neither the policy nor the environment has one."""
    if key == "openai-like":  # its class would send everything to OpenAI
        raise ResolverError("no server; set `base_url` in the policy")
    if key in _NO_SERVER and _NO_SERVER[key] not in os.environ and "azure_endpoint" not in options:
        raise ResolverError(f"no server; set {_NO_SERVER[key]}, or `base_url` in the policy")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def wrong_options(class_: Any, options: Iterable[str]) -> list[str]:
    """Return an error for each option that a model class does not take."""
    names = field_names(class_)
    errors = []
    for name in options:
        if name not in names:
            help_text = did_you_mean(name, names)
            error = f"agno's class `{class_.__name__}` has no option `{name}`"
            errors.append(f"{error}; {help_text}" if help_text else error)
    return errors


def _http_options(url: str | None, timeout: Any, options: Mapping[str, object]) -> dict[str, Any]:
    made: dict[str, Any] = {"timeout": int(timeout * 1000)}  # milliseconds
    if url is not None:
        made["base_url"] = url
    given = _client_params(options).get("http_options")
    return made | dict(given) if isinstance(given, Mapping) else made


def _without_http_options(options: Mapping[str, object], key: str) -> dict[str, Any]:
    given = _client_params(options)
    if key in _GOOGLE and isinstance(given.get("http_options"), Mapping):
        del given["http_options"]  # which are merged already
    return given


def _client_params(options: Mapping[str, object]) -> dict[str, Any]:
    given = options.get("client_params")
    return dict(given) if isinstance(given, Mapping) else {}


def _url_of_environment(key: str) -> str | None:
    url = os.environ.get(_URL_VARIABLES.get(key, ""))
    return f"http://{url}" if url and "://" not in url else url or None
