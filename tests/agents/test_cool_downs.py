"""Cool-downs: the order of providers after a failure, its length, and its line in the log."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.agents import Kind, cool_downs
from resolver.agents.cool_downs import CoolDowns
from resolver.agents.no_provider import ProviderFailure
from resolver.agents.retry_after import LONGEST, retry_after

PROVIDERS_OWN = [kind for kind in Kind if kind.of_provider]
OF_MODEL = (Kind.NOT_FOUND, Kind.REQUEST)


class Clock:
    """A clock that is set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        monkeypatch.setattr(cool_downs, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the cool-downs."""
    return Clock(monkeypatch)


class RefusedError(Exception):
    """What a provider's client raises: an error with the response that it came with."""

    def __init__(self, text: str = "refused", headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.response = httpx.Response(429, headers=headers or {})


def fail(
    downs: CoolDowns, kind: Kind, *, provider: str = "one", run: object = 1, error: Exception | None = None
) -> None:
    """Tell of a failure of a provider's model `a`."""
    downs.failed(ProviderFailure(provider, "a", kind.value, "it failed"), error or ValueError("it failed"), run)


@pytest.mark.parametrize("kind", [kind for kind in PROVIDERS_OWN if kind is not Kind.REQUEST])
def test_a_provider_that_failed_cools_down(clock: Clock, kind: Kind) -> None:
    """For the policy's seconds it, or only its model, is tried last."""
    downs = CoolDowns(lambda: 30)
    assert not downs.is_cooling("one", "a")
    fail(downs, kind)
    assert downs.is_cooling("one", "a")
    assert downs.is_cooling("one", "another") is (kind not in OF_MODEL)
    assert not downs.is_cooling("two", "a")
    clock.now += 30
    assert not downs.is_cooling("one", "a")


def test_one_refused_request_moves_nobody_else(clock: Clock) -> None:
    """The same run may be refused as often as it likes; a second run shows that the model refuses them all."""
    downs = CoolDowns(lambda: 30)
    for _ in range(5):
        fail(downs, Kind.REQUEST, run="first")
        assert not downs.is_cooling("one", "a")
    fail(downs, Kind.REQUEST, run="second")
    assert downs.is_cooling("one", "a")
    assert not downs.is_cooling("one", "another")


def test_two_refusals_far_apart_are_two_accidents(clock: Clock) -> None:
    """What was refused before the last cool-down's time does not count with what is refused now."""
    downs = CoolDowns(lambda: 30)
    fail(downs, Kind.REQUEST, run="first")
    clock.now += 30
    fail(downs, Kind.REQUEST, run="second")
    assert not downs.is_cooling("one", "a")


def test_another_models_refusal_does_not_count(clock: Clock) -> None:
    """Two models of a provider that refuse one request each keep their places."""
    downs = CoolDowns(lambda: 30)
    fail(downs, Kind.REQUEST, run="first")
    downs.failed(ProviderFailure("one", "b", "request", "it failed"), ValueError("it failed"), "second")
    assert not downs.is_cooling("one", "a")
    assert not downs.is_cooling("one", "b")


@pytest.mark.parametrize("kind", [Kind.CAPACITY, Kind.OUTAGE])
@pytest.mark.parametrize("policy_seconds", [0, 1, 600])
def test_a_provider_may_name_its_time(clock: Clock, kind: Kind, policy_seconds: int) -> None:
    """`Retry-After` is the cool-down, whatever the policy's is."""
    downs = CoolDowns(lambda: policy_seconds)
    fail(downs, kind, error=RefusedError(headers={"Retry-After": "120"}))
    clock.now += 119
    assert downs.is_cooling("one", "a")
    clock.now += 1
    assert not downs.is_cooling("one", "a")


def test_a_named_time_is_not_cut_short_by_the_next_failure(clock: Clock) -> None:
    """A provider that is asked all the same, because the others are out too, waits no less for that."""
    downs = CoolDowns(lambda: 30)
    fail(downs, Kind.CAPACITY, error=RefusedError(headers={"Retry-After": "120"}))
    fail(downs, Kind.CAPACITY)
    clock.now += 31
    assert downs.is_cooling("one", "a")


@pytest.mark.parametrize("seconds", [0, 1])
def test_a_shorter_time_does_not_end_a_longer_cool_down(clock: Clock, seconds: int) -> None:
    """A wrong key stays wrong while the provider's limit passes."""
    downs = CoolDowns(lambda: 30)
    fail(downs, Kind.AUTH)
    fail(downs, Kind.CAPACITY, error=RefusedError(headers={"Retry-After": str(seconds)}))
    clock.now += 29
    assert downs.is_cooling("one", "a")


def test_each_model_that_is_not_found_is_logged(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """A second retired id of a provider is another mistake in the policy."""
    downs = CoolDowns(lambda: 30)
    for model_id in ("a", "b", "a"):
        downs.failed(ProviderFailure("one", model_id, "not_found", "it failed"), ValueError("it failed"), 1)
    assert len(caplog.records) == 2


@pytest.mark.parametrize("kind", [Kind.AUTH, Kind.NOT_FOUND, Kind.REQUEST])
def test_what_no_time_mends_has_the_policys_cool_down(clock: Clock, kind: Kind) -> None:
    """A wrong key with a `Retry-After` is a wrong key."""
    downs = CoolDowns(lambda: 30)
    for run in ("first", "second"):
        fail(downs, kind, run=run, error=RefusedError(headers={"Retry-After": "3600"}))
    clock.now += 30
    assert not downs.is_cooling("one", "a")


@given(st.floats(0, 1e9), st.sampled_from(["{:.0f}", "{:.3f}", " {:.0f} "]))
def test_seconds_of_a_header(seconds: float, form: str) -> None:
    """Any number of seconds is taken as it is, up to an hour."""
    text = form.format(seconds)
    assert retry_after(RefusedError(headers={"Retry-After": text})) == pytest.approx(min(float(text), LONGEST))


@given(st.integers(-10_000, 100_000))
def test_a_date_of_a_header(seconds: int) -> None:
    """A date means the time until then; one that is over means now."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    assert retry_after(RefusedError(headers={"Retry-After": date})) == pytest.approx(
        min(max(seconds, 0), LONGEST), abs=3
    )


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=40))
def test_any_other_header_is_none(text: str) -> None:
    """Nothing that a server may send there is an error."""
    found = retry_after(RefusedError(headers={"Retry-After": text}))
    assert found is None or 0 <= found <= LONGEST


def test_the_time_of_a_cause_counts() -> None:
    """Adapters wrap their client's errors; gemini names its time in the text of its refusal."""
    wrapped = ValueError("wrapped")
    wrapped.__cause__ = RefusedError(headers={"Retry-After": "7"})
    assert retry_after(wrapped) == 7
    assert retry_after(ValueError("{'@type': '…RetryInfo', 'retryDelay': '17s'}")) == 17
    assert retry_after(ValueError("no time")) is None


@pytest.mark.parametrize("kind", PROVIDERS_OWN)
def test_one_line_for_each_provider_kind_and_cool_down(
    clock: Clock, caplog: pytest.LogCaptureFixture, kind: Kind
) -> None:
    """A provider that fails a hundred times while it cools down is one line, which names it, its model and the kind."""
    downs = CoolDowns(lambda: 30)
    for run in range(100):
        fail(downs, kind, run=run)
    fail(downs, kind, provider="two")
    *first, one, two = caplog.records
    assert len(first) == (kind is Kind.REQUEST), "the first refused request moves nobody"
    assert one.levelno == (logging.ERROR if kind in (Kind.AUTH, Kind.NOT_FOUND) else logging.WARNING)
    assert f"one `a`: {kind.value}, it failed; it comes last for 30 s" in one.getMessage()
    assert "two `a`" in two.getMessage()
    clock.now += 30
    fail(downs, kind, run=100)
    fail(downs, kind, run=101)
    assert len(caplog.records) == (3 if kind is not Kind.REQUEST else 5)


@pytest.mark.parametrize(
    ("kind", "advice"), [(Kind.AUTH, "check its keys"), (Kind.NOT_FOUND, "correct the model in `tiers`")]
)
def test_what_a_person_must_mend_says_how(
    clock: Clock, caplog: pytest.LogCaptureFixture, kind: Kind, advice: str
) -> None:
    """A dead key or a retired model is an error with what to do."""
    fail(CoolDowns(lambda: 30), kind)
    assert advice in caplog.records[0].getMessage()
    assert "it comes last for 30 s" in caplog.records[0].getMessage()


def test_without_a_cool_down_the_log_is_not_flooded(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """A provider that keeps its place fails at every call, and says so twice a minute."""
    downs = CoolDowns(lambda: 0)
    for _ in range(600):
        fail(downs, Kind.OUTAGE)
        clock.now += 0.1
    assert len(caplog.records) == 2
    assert "it keeps its place" in caplog.records[0].getMessage()
