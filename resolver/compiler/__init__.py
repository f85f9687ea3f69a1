"""Compilation of rules: definitions for the rules engine, and the classes of facts about which to ask it."""

from resolver.compiler.definitions import MOST_CONDITIONS, EngineRule, batches
from resolver.compiler.splitting import TooLargeError, engine_rules
from resolver.compiler.universe import Universe, universe_of
from resolver.compiler.variables import Variable

__all__ = [
    "MOST_CONDITIONS",
    "EngineRule",
    "TooLargeError",
    "Universe",
    "Variable",
    "batches",
    "engine_rules",
    "universe_of",
]
