"""Imports keycycle without its side effects: a log file, and changes of the root logger's handlers and level."""

from __future__ import annotations

import logging
import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from resolver.diagnostics import ResolverError

_LOGGING = "keycycle.config.log_config"


def silent_logger() -> logging.Logger:
    """Return a logger without output and with a level of its own: keycycle logs the ends of keys."""
    logger = logging.Logger("keycycle")
    logger.addHandler(logging.NullHandler())
    return logger


def is_installed(package: str) -> bool:
    """Return whether a package can be imported, without importing it."""
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):  # an import hook blocks it, or it was put into `sys.modules` by hand
        return False


def need(package: str) -> None:
    """Raise ResolverError if a package of the extra `agents` is not installed."""
    if not is_installed(package):
        raise ResolverError(f"`{package}` is not installed; `pip install 'tier-resolver[agents]'` has it")


@cache
def keycycle() -> Any:
    """Return the package; ImportError if it is not installed.

    A module with a silent logger replaces the one that configures logging, unless the program has imported keycycle
    itself and so has asked for that.
    """
    if "keycycle" not in sys.modules and _LOGGING not in sys.modules:
        stand_in = ModuleType(_LOGGING)
        stand_in.default_logger = silent_logger()  # type: ignore[attr-defined]  # a module takes any name
        stand_in.configure_logging = lambda: None  # type: ignore[attr-defined]  # as above
        sys.modules[_LOGGING] = stand_in
    return import_module("keycycle")
