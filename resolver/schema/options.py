"""Names of options that a policy refuses, and the JSON Schema of options, which may be nested."""

from __future__ import annotations

import re
from typing import Any

from resolver.schema.names import LONGEST_NAME

_SEPARATED = "[-_ ]?"
_SECRETS = (
    "^token", "(?:access|ad|api|auth|bearer|id|identity|refresh|security|session)_token", "api_key", "secret",
    "(?:access|admin|license|master|private|secret|signing|subscription)_key", "password", "authorization",
    "credentials", "cookie",
)  # fmt: skip


def _in_any_case(pattern: str) -> str:
    """Return a pattern that ignores case without a flag, which JSON Schema does not have."""
    letters = re.sub("[a-z]", lambda letter: f"[{letter[0]}{letter[0].upper()}]", pattern)
    return letters.replace("_", _SEPARATED)


SECRET_NAME = f"(?:{_in_any_case('|'.join(_SECRETS))})$"
"""A pattern for the end of names whose values are keys, such as `api_key`, `X-Api-Key` and `clientSecret`."""
VARIABLE = "^[A-Za-z_][A-Za-z0-9_]*$"
"""A pattern for the name of an environment variable."""
BASE_URL = r"^https?://[^\s/?#@\\]+([/?#]\S*)?$"
"""A pattern for the URL of a server, without a user or a password."""

REFUSED_OF_MODELS = ("api_key_env", "base_url", "max_retries", "timeout")
"""Names that are no options of a model."""
REFUSED_OF_PROVIDERS = ("api_key_env", "base_url", "id", "limits", "max_retries", "timeout")
"""Names that are no options of a provider."""

_VALUE = {"$ref": "#/$defs/option_value"}
_NAMES: dict[str, Any] = {"pattern": "^[^\\u0000]+$", "maxLength": LONGEST_NAME, "not": {"pattern": SECRET_NAME}}
_MODEL_ID = {"$ref": "#/$defs/term"}


_OPTION_VALUE: dict[str, Any] = {
    "description": "A text, a number, a boolean, null, or a list or mapping of these.",
    "anyOf": [
        {"type": ["string", "number", "boolean", "null"]},
        {"type": "array", "items": _VALUE},
        {"type": "object", "propertyNames": _NAMES, "additionalProperties": _VALUE},
    ],
}


def _options(refused: tuple[str, ...]) -> dict[str, Any]:
    """Return the schema of options. The bound of their names is in `allOf`, as in `conditions`."""
    names = {**_NAMES, "not": {"anyOf": [{"pattern": SECRET_NAME}, {"enum": list(refused)}]}}
    return {"allOf": [{"propertyNames": names}], "additionalProperties": _VALUE}


OPTIONS_BY_HAND: dict[str, Any] = {
    "model": {
        "anyOf": [
            _MODEL_ID,
            {
                "title": "model with options",
                "type": "object",
                "properties": {"id": {**_MODEL_ID, "description": "The model id."}},
                "required": ["id"],
                **_options(REFUSED_OF_MODELS),
            },
        ]
    },
    "provider_options": {"type": ["object", "null"], **_options(REFUSED_OF_PROVIDERS)},
    "option_value": _OPTION_VALUE,
    "variable": {"type": "string", "pattern": VARIABLE},
    "base_url": {"type": "string", "maxLength": LONGEST_NAME, "pattern": BASE_URL},
}
"""Definitions of the JSON Schema, by the name that the shapes refer to."""


EXPECTED_BY_HAND: dict[str, Any] = {
    "expected_options": {
        "type": ["object", "null"],
        "description": "Provider to all options of its model; a provider that is left out may have any options.",
        "minProperties": 1,
        "propertyNames": _MODEL_ID,
        "additionalProperties": {"type": ["object", "null"], "propertyNames": _NAMES, "additionalProperties": _VALUE},
    },
    "option_value": _OPTION_VALUE,
}
"""Definitions of the JSON Schema of policy tests, by the name that the shapes refer to."""


def is_secret(name: str) -> bool:
    """Return whether an option with this name holds a key.

    >>> [is_secret(name) for name in ("api_key", "X-Api-Key", "Authorization", "max_tokens")]
    [True, True, True, False]
    """
    return re.search(SECRET_NAME, name) is not None
