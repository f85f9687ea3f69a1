"""Turns: one call of a model by an agent, tools included, and its outcome."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from weakref import ref

from resolver.agents.failure_kinds import Kind, kind_of_call
from resolver.agents.no_provider import ProviderFailure, one_line
from resolver.agents.run_ends import outer_runs
from resolver.domain import Decision, Subject
from resolver.frozen import frozen

_NO_OUTCOME = frozenset({"RunCancelledException"})
"""Errors by which agno stops a run; a turn that they end is not recorded."""
_BEYOND_LIMIT = "Tool call limit reached"
"""The beginning of agno's answer to a tool call that it does not make."""
ToolFailed = Callable[[str, str], bool]
"""Returns whether a result of a tool, as text, is a failure of it, from the tool's name and the text."""


@frozen
class Failure:
    """A failure to record: its kind, and the text of its error."""

    kind: Kind
    error: str

    @classmethod
    def of_tools(cls, failed: Mapping[str, str]) -> Self:
        """Return the failure of these tools, with the message of each."""
        return cls(Kind.TOOL, "; ".join(f"{name}: {text}" for name, text in failed.items()))


@dataclass(slots=True, eq=False)
class Turn:
    """A turn of a subject, under the decision that it began with.

    `run_ids` are the ids of its agno run and of the teams' runs around it. `failures` are those of providers in it. At
    the end, `ended` is whether it has an outcome, and `failure` is that outcome; None means success.
    """

    subject: Subject
    phase: str | None
    decision: Decision
    run_ids: tuple[str, ...] = ()
    failures: list[ProviderFailure] = field(default_factory=list)
    ended: bool = False
    failure: Failure | None = None
    raised: Exception | None = None
    """The error with which the last call of the model ended, even if other errors wrap it."""
    guided_by: str | None = None
    """The provider whose model asked to be called again with advice, which agno adds."""
    foreign: bool = False
    """Whether its errors come from an application's own model, so that each one is classified."""
    unserved: bool = False
    """Whether no provider could run the last call, so that it says nothing about the model."""
    _run: Callable[[], Any] = lambda: None
    """A weak reference to its agno run, which has all messages."""

    def of_run(self, run: Any) -> Self:
        """Return this turn as part of an agno run, if there is one."""
        self._run = _weakly(run)
        run_id = getattr(run, "run_id", None)
        if run_id:
            parent = getattr(run, "parent_run_id", None)
            self.run_ids = tuple(dict.fromkeys((run_id, *([parent] if parent else ()), *outer_runs(run_id))))
        return self

    @property
    def run(self) -> object:
        """The id of the outermost run that is known, which is what one user asked for; else the turn itself."""
        return self.run_ids[-1] if self.run_ids else self

    @property
    def was_broken_off(self) -> bool:
        """Whether the run of the turn was cancelled, or ended without a result, so that it has no outcome."""
        return status_of(self._run()) in ("cancelled", "pending", "running")

    @property
    def is_good(self) -> bool:
        """Whether the turn is a success."""
        return self.failure is None and not self.unserved

    def end(self, error: Exception | None, failed: Mapping[str, str], answer: Failure | None) -> None:
        """Judge the turn.

        Args:
            error: The error that ended it, if there is one.
            failed: The tools that failed in it.
            answer: What is wrong with its answer, if anything is.
        """
        if is_no_outcome(error):
            return
        self.ended = True
        if failed:
            self.failure = Failure.of_tools(failed)
        elif error is None:
            self.failure = answer
        elif not self.unserved:
            of_call = self.foreign or self.raised is not None
            self.failure = Failure(kind_of_call(error) if of_call else Kind.TASK, one_line(error))

    def supersede(self) -> None:
        """Forget the outcome of the turn: a later try of its run decides. Failures of providers stay."""
        self.failure, self.unserved = None, True


def status_of(run: Any) -> str:
    """Return the status of an agno run in lower case, or an empty text without a run."""
    status = getattr(run, "status", "")
    return str(getattr(status, "value", status)).lower()


def _weakly(run: Any) -> Callable[[], Any]:
    try:
        return ref(run)
    except TypeError:  # no object of agno
        return lambda: None


def is_no_outcome(error: BaseException | None) -> bool:
    """Return whether an error ends work without an outcome: an interrupt, or a cancelled run."""
    return error is not None and (not isinstance(error, Exception) or type(error).__name__ in _NO_OUTCOME)


def failed_tools(
    messages: Iterable[Any],
    *,
    ignored_errors: Sequence[str] = (),
    without: Collection[str] = (),
    stopping: Collection[str] = (),
    answered: Collection[str] = (),
    tool_failed: ToolFailed | None = None,
) -> dict[str, str]:
    """Return the tools that failed and did not succeed later in these messages, with their messages.

    `tool_failed` recognizes failures that a tool answers as text. The calls with the ids in `answered` were not made by
    agno, which does not say that they succeeded.

    `ignored_errors` are error texts of providers: a tool that failed with one, because it runs on a model itself, says
    nothing about the model that called it. The same is true of calls that were not made: those with the ids in
    `without`, and those beyond agno's limit. A tool that ends the run by an exception has not failed, unless it is one
    of `stopping`, which always end it.
    """
    failed: dict[str, str] = {}
    for message in messages:
        if message.role != "tool" or not message.tool_call_id or message.tool_call_id in without:
            continue
        name = message.tool_name or message.tool_call_id
        text = str(message.content or "")
        succeeded = message.tool_call_error is False or (
            message.tool_call_error is None and message.tool_call_id in answered
        )
        if succeeded and (tool_failed is None or not tool_failed(name, text)):
            failed.pop(name, None)
        elif text.startswith(_BEYOND_LIMIT) or (message.stop_after_tool_call and name not in stopping):
            continue
        elif not any(
            ignored in text for ignored in ignored_errors
        ):  # agno leaves the flag unset for a call that it could not make
            failed[name] = " ".join(text.split())
    return failed


def answered(run: Any) -> set[str]:
    """Return the ids of the tool calls of a run that a person or the application has answered.

    They have a result or what a person filled in, of which agno does not say whether it is an error.
    """
    tools = [tool for tool in getattr(run, "tools", None) or () if tool.tool_call_error is None]
    parts = ("result", "user_input_schema", "user_feedback_schema", "answered")
    return {tool.tool_call_id for tool in tools if any(getattr(tool, part, None) is not None for part in parts)}


def refused(run: Any) -> set[str]:
    """Return the ids of the tool calls of a run that a person did not confirm."""
    return {tool.tool_call_id for tool in getattr(run, "tools", None) or () if tool.confirmed is False}
