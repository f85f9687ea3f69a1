"""An attempt: a clean end is a success, an exception is classified, and what is no outcome is none."""

from __future__ import annotations

import asyncio

import pytest
from agno.agent import Agent
from agno.exceptions import ContextWindowExceededError, ModelRateLimitError, RunCancelledException
from agno.models.message import Message
from agno.run.base import RunStatus

from examples.loopback import Failure, Loopback
from resolver import Resolver, ResolverError, Subject

SUBJECT = Subject("layout", "worker_a")
HELLO = Message(role="user", content="hello")


def strikes(resolver: Resolver) -> int:
    """Return the strikes of the one subject of these tests."""
    streak = resolver.streaks().get(SUBJECT)
    return streak.strikes if streak else 0


def test_a_clean_end_is_a_success(resolver: Resolver, server: Loopback) -> None:
    """The work is done on the tier in force, and its success ends a streak."""
    resolver.record_failure("layout", "worker_a")
    with resolver.attempt("layout", "worker_a", phase="execution") as model:
        assert model.response([HELLO]).content == "ok"
        assert (model.provider, model.id) == ("cerebras", "zai-glm-4.7")
    assert strikes(resolver) == 0
    assert [asked.model for asked in server.asked] == ["zai-glm-4.7"]


def test_an_exception_is_a_failure_and_goes_on(resolver: Resolver) -> None:
    """What shows no other kind is a `task`, once for the block however often its model was called."""

    def work() -> None:
        with resolver.attempt("layout", "worker_a") as model:
            model.response([HELLO])
            model.response([HELLO])
            raise ValueError("wrong answer")

    with pytest.raises(ValueError, match="wrong answer"):
        work()
    assert strikes(resolver) == 1
    assert resolver.streaks()[SUBJECT].errors == ("wrong answer",)


@pytest.mark.parametrize(
    ("error", "counted"),
    [
        (ContextWindowExceededError("too long"), 0),
        (TimeoutError("no answer"), 0),
        (ConnectionRefusedError(111, "refused"), 0),
        (ModelRateLimitError("slow down"), 0),
        (KeyError("plan"), 1),
        (AssertionError("expected status 404 page, got 200"), 1),
        (ValueError("the user's quota is wrong"), 1),
        (KeyError("authentication"), 1),
        (ExceptionGroup("two at once", [TimeoutError("no answer"), ValueError("no")]), 0),
    ],
)
def test_an_exception_of_the_block_is_classified(resolver: Resolver, error: Exception, *, counted: int) -> None:
    """Whatever the block has called itself, a provider's failure does not count."""
    with pytest.raises(type(error)), resolver.attempt("layout", "worker_a"):
        raise error
    assert strikes(resolver) == counted


def test_all_providers_out_is_no_failure_of_the_model(resolver: Resolver, server: Loopback) -> None:
    """The error of all providers goes through, and nothing counts."""
    server.answer(Failure(500))
    with pytest.raises(ResolverError, match="no provider serves"), resolver.attempt("layout", "worker_a") as model:
        model.response([HELLO])
    assert strikes(resolver) == 0


def test_a_block_that_does_without_a_model_is_no_success(resolver: Resolver, server: Loopback) -> None:
    """Where no provider served and the block went on all the same, nothing was learned of the model."""
    resolver.record_failure("layout", "worker_a")
    server.answer(Failure(503))
    with resolver.attempt("layout", "worker_a") as model, pytest.raises(ResolverError):
        model.response([HELLO])
    assert strikes(resolver) == 1


def test_an_agent_that_keeps_its_error_to_itself_is_no_success(resolver: Resolver, server: Loopback) -> None:
    """An agno agent raises nothing when its model fails; the attempt it runs in has failed all the same."""
    server.answer(Failure(400, "Failed to generate JSON", "json_validate_failed"))
    with resolver.attempt("layout", "worker_a") as model:
        assert Agent(model=model, telemetry=False).run("hello").status == RunStatus.error
    assert strikes(resolver) == 1


def test_an_interrupt_is_no_outcome(resolver: Resolver) -> None:
    """A streak stays as it was when somebody stops the program."""
    resolver.record_failure("layout", "worker_a")
    with pytest.raises(KeyboardInterrupt), resolver.attempt("layout", "worker_a"):
        raise KeyboardInterrupt
    assert strikes(resolver) == 1


def test_a_cancelled_run_is_no_outcome(resolver: Resolver) -> None:
    """Agno cancels by an ordinary exception; a streak stays as it was, as with an interrupt."""
    resolver.record_failure("layout", "worker_a")
    with pytest.raises(RunCancelledException), resolver.attempt("layout", "worker_a"):
        raise RunCancelledException
    assert strikes(resolver) == 1


def test_three_attempts_escalate(resolver: Resolver) -> None:
    """The next attempt runs on the higher tier."""
    for _ in range(3):
        with pytest.raises(ValueError, match="no"), resolver.attempt("layout", "worker_a"):
            raise ValueError("no")
    with resolver.attempt("layout", "worker_a") as model:
        assert model.id == "qwen-3-235b-a22b-instruct-2507"


def test_six_attempts_at_once_are_one_escalation(resolver: Resolver) -> None:
    """What ran on a tier that is no longer in force does not count."""

    async def fail() -> None:
        async with resolver.attempt("layout", "worker_b", phase="execution"):
            await asyncio.sleep(0.05)
            raise ValueError("no")

    async def all_of_them() -> list[object]:
        return await asyncio.gather(*(fail() for _ in range(6)), return_exceptions=True)

    assert [type(error) for error in asyncio.run(all_of_them())] == [ValueError] * 6
    assert resolver.escalations() == {Subject("layout", "worker_b"): "general"}


def test_an_attempt_in_a_task(resolver: Resolver, server: Loopback) -> None:
    """`async with` does what `with` does, in the phase of the moment."""

    async def work() -> str:
        with resolver.in_phase("execution"):
            async with resolver.attempt("layout", "worker_a") as model:
                return str((await model.aresponse([HELLO])).content)

    resolver.record_failure("layout", "worker_a")
    assert asyncio.run(work()) == "ok"
    assert [asked.model for asked in server.asked] == ["zai-glm-4.7"]
    assert strikes(resolver) == 0


@pytest.mark.parametrize(
    ("phase", "facts", "message"),
    [(None, {"preset": "x"}, "preset"), (7, None, "a phase is text"), (None, {"a": 1}, "`a`")],
)
def test_what_the_policy_does_not_declare_is_refused_at_once(
    resolver: Resolver, phase: str | None, facts: dict[str, str] | None, message: str
) -> None:
    """A model or an attempt with a wrong fact or phase is not made."""
    for make in (resolver.model, resolver.attempt):
        with pytest.raises(ResolverError, match=message):
            make("layout", "worker_a", phase=phase, facts=facts)
    with pytest.raises(ResolverError, match="colon"):
        resolver.model("layout", "worker:a")
    with pytest.raises(ResolverError, match="a phase is text"):
        resolver.in_phase(7)  # type: ignore[arg-type]
