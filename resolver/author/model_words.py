"""Models and their options in words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from resolver.diagnostics import legible
from resolver.domain import Options, OptionValue, plain_option

_WORD = re.compile(r"(?!(?:true|false|null)\Z)[A-Za-z_][\w./:@-]*\Z", re.ASCII)


def model_text(id: str, options: Options) -> str:
    """Return a model's id, followed by its options if it has any.

    >>> model_text("gpt-5-mini", {"reasoning_effort": "high", "top_k": 1})
    'gpt-5-mini (reasoning_effort: high, top_k: 1)'
    """
    return f"{id} ({_listed(options)})" if options else id


def setting_text(value: OptionValue) -> str:
    """Return the value of a setting, `default` for None and for no options.

    >>> setting_text({"extra_body": {"safe": True}})
    'extra_body: {"safe": true}'
    """
    if isinstance(value, Mapping):
        return _listed(value) or "default"
    return "default" if value is None else _text(value)


def _listed(options: Options) -> str:
    return ", ".join(f"{_text(name)}: {_text(value)}" for name, value in options.items())


def _text(value: OptionValue) -> str:
    if isinstance(value, str) and _WORD.match(value):
        return value
    return legible(json.dumps(plain_option(value), ensure_ascii=False))
