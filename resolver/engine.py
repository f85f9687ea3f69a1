"""The rules engine: durable-rules' C module, behind a fence.

The module is called directly, with one ruleset and one event at a time, always in the same sequence of calls. Anything
unexpected ends the ruleset. `resolver.compiler` has made everything that reaches the engine, from conditions that the
loader accepted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from resolver.compiler import EngineRule
from resolver.compiler.definitions import MARKER, Json
from resolver.diagnostics import InternalError
from resolver.domain import Facts
from resolver.forks import RenewedLock

try:
    import durable_rules_engine as _engine
except ImportError as error:
    raise ImportError(
        "durable-rules is not usable: its C module `durable_rules_engine` does not import "
        f"({error}). On Python 3.13 and newer it must be built with a flag; build it again:\n"
        "  CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject pip install --force-reinstall --no-cache-dir"
        " --no-binary durable-rules durable-rules"
    ) from error

_REST = "rest"
"""The name of the last rule, which matches if no other rule does."""


_LOCK = RenewedLock()
"""The engine works without the GIL and is not safe for threads: a process has one user at a time."""


class Judge:
    """Asks durable-rules which rule wins. A context manager: leaving it frees the engine's memory.

    `rules` are in the order of their priority and must fit into one engine ruleset (`resolver.compiler.batches`).
    Raises InternalError if the engine refuses something, or gives an impossible answer.
    """

    def __init__(self, rules: Sequence[EngineRule]) -> None:
        self._facts = frozenset[str]().union(*(rule.facts for rule in rules))
        self._definition: dict[str, Json] = {
            str(index): {"pri": index + 1, "all": rule.definition} for index, rule in enumerate(rules)
        }
        self._definition[_REST] = {"pri": len(rules) + 1, "all": [{"m": {MARKER: 1}}]}
        self._handle: int | None = None
        self._has_state = False

    def __enter__(self) -> Self:
        _LOCK.acquire()
        try:
            self._handle = _engine.create_ruleset("policy", _dumps(self._definition))
            self.ask({})  # the engine cannot delete its state before a first event
            self._has_state = True
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            if isinstance(error, _engine.error):
                raise InternalError(f"durable-rules does not take the rules: {error}") from error
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        handle, has_state = self._handle, self._has_state
        self._handle, self._has_state = None, False
        try:
            if handle is not None:
                if has_state:
                    _engine.delete_state(handle, "0")
                _engine.delete_ruleset(handle)
        except _engine.error as failure:
            if error is None:
                raise InternalError(f"durable-rules does not let go of the rules: {failure}") from failure
        finally:
            _LOCK.release()

    def ask(self, facts: Facts) -> int | None:
        """Return the index of the rule that wins for an event with these facts, or None if no rule matches."""
        event = {MARKER: 1, **{name: value for name, value in facts.items() if name in self._facts}}
        try:
            code, offset = _engine.assert_event(self._handle, _dumps(event))
            if code != 0:
                raise InternalError(f"durable-rules answered {code} to the event {event}")
            _state, action = _engine.start_action_for_state(self._handle, offset)
            if (more := _engine.complete_and_start_action(self._handle, offset)) is not None:
                raise InternalError(f"durable-rules kept {more} after the event {event}")
            name = action[2 : action.index('"', 2)]  # {"name":{"m":…}}, with names of this module
            if name not in self._definition:
                raise InternalError(f"durable-rules named the unknown rule {name} for the event {event}")
            return None if name == _REST else int(name)
        except (_engine.error, AttributeError, TypeError, ValueError) as error:
            raise InternalError(f"durable-rules failed on the event {event}: {error}") from error


_dumps = json.JSONEncoder(ensure_ascii=False).encode
