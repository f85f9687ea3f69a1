"""A policy follows its files: escalations of other processes, people's edits, and edits that are refused."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from resolver import Resolver, ResolverError
from resolver.serving import LivePolicy
from tests.state.own import STATE, fail, own_policy, patience, python, settled

ESCALATE = """
import sys
from resolver import Resolver
with Resolver.open(sys.argv[1]) as resolver:
    for _ in range(3):
        outcome = resolver.record_failure("layout", sys.argv[2])
print(outcome.effect)
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return own_policy(tmp_path)


def tier_within(resolver: Resolver, tier: str, seconds: float = 1.5, role: str = "worker_a") -> bool:
    """Whether requests get `tier` before the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if resolver.resolve("layout", role).tier == tier:
            return True
        time.sleep(0.02)
    return False


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.slow
def test_escalation_of_another_process_is_seen(policy: Path) -> None:
    """Within about a second requests get the tier that another process escalated to."""
    with Resolver.open(policy) as resolver:
        assert resolver.resolve("layout", "worker_a").tier == "general"
        assert python(ESCALATE, policy, "worker_a").stdout.strip() == "escalate"
        assert tier_within(resolver, "reasoning")


@pytest.mark.slow
def test_edit_is_picked_up(policy: Path) -> None:
    """Within about a second requests get what an author wrote."""
    with Resolver.open(policy) as resolver:
        edit(policy / STATE, "worker_a: general", "worker_a: reasoning")
        assert tier_within(resolver, "reasoning")


@pytest.mark.slow
def test_files_are_looked_at_once_a_second(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests look at the files once a second, however many there are."""
    with Resolver.open(policy) as resolver:
        looks: list[float] = []
        live = resolver._live
        poll = type(live).poll

        def counted(self: LivePolicy) -> None:
            looks.append(time.monotonic())
            poll(self)

        monkeypatch.setattr(LivePolicy, "poll", counted)
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            resolver.resolve("layout", "worker_a")
        assert len(looks) == 2


@pytest.mark.slow
def test_refused_edit_is_said_once(policy: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The last good policy serves on, the log says so once, and what is learned meanwhile is kept."""
    with Resolver.open(policy) as resolver:
        edit(policy / "precedence.yaml", "$m: role_default", "$m: role_defalt")
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            assert resolver.resolve("layout", "worker_a").tier == "general"
            time.sleep(0.05)
        assert fail(resolver, times=3)[-1].effect == "escalate"
        assert resolver.resolve("layout", "worker_a").tier == "reasoning"
        assert resolver.explain("layout", "worker_a").decision.tier == "reasoning"
        time.sleep(1.1)
        assert resolver.resolve("layout", "worker_a").tier == "reasoning"
        assert len(errors(caplog)) == 1
        assert "is refused; the old one stays in force" in errors(caplog)[0]
        assert "role_defalt" in errors(caplog)[0]
        edit(policy / "precedence.yaml", "$m: role_defalt", "$m: role_default")
        edit(policy / STATE, "worker_b: general", "worker_b: reasoning")
        assert tier_within(resolver, "reasoning", role="worker_b")
        assert resolver.resolve("layout", "worker_a").tier == "reasoning"


@pytest.mark.slow
def test_escalation_of_another_process_during_a_refused_edit(policy: Path) -> None:
    """What another process, which still has the good policy, learns is in force although the files are refused."""
    with Resolver.open(policy) as resolver, Resolver.open(policy) as other:
        edit(policy / "precedence.yaml", "$m: role_default", "$m: role_defalt")
        assert fail(other, times=3)[-1].effect == "escalate"
        assert tier_within(resolver, "reasoning")
        assert fail(resolver)[0].strikes == 0 or resolver.escalations()


@pytest.mark.slow
def test_unknown_tier_in_an_entry_is_an_error_of_that_subject(policy: Path) -> None:
    """An entry that an author misspelled is refused, and stays; failures count, and none escalates into that file."""
    with Resolver.open(policy) as resolver:
        edit(policy / STATE, "escalation_state: {}", 'escalation_state: {"layout:worker_a": turbo}')
        fail(resolver, times=2)
        with (
            patience(1.5),
            pytest.raises(
                ResolverError, match="is refused as it is now; `resolver check` shows why; the entry was not"
            ),
        ):
            fail(resolver)
        assert "turbo" in (policy / STATE).read_text()
        assert fail(resolver, "worker_b")[0].strikes == 1
        assert resolver.resolve("layout", "worker_a").tier == "general"


@pytest.mark.slow
def test_unreadable_file_is_said(policy: Path, caplog: pytest.LogCaptureFixture) -> None:
    """While the file is not YAML, requests are answered by the old policy, failures count, and none escalates."""
    with Resolver.open(policy) as resolver:
        text = (policy / STATE).read_text()
        (policy / STATE).write_text("model_tiers: [\n")
        assert [outcome.strikes for outcome in fail(resolver, times=2)] == [1, 2]
        with patience(1.5), pytest.raises(ResolverError, match="cannot be read: line 2"):
            fail(resolver)
        settled(resolver)
        assert resolver.resolve("layout", "worker_a").tier == "general"
        (policy / STATE).write_text(text)
        assert fail(resolver)[0].effect == "escalate"
    assert len(errors(caplog)) == 1


@pytest.mark.slow
def test_policy_that_is_gone_for_a_moment(policy: Path) -> None:
    """While the files are away, requests are answered by the old policy."""
    with Resolver.open(policy) as resolver:
        policy.rename(policy.with_name("moved"))
        time.sleep(1.1)
        assert resolver.resolve("layout", "worker_a").tier == "general"
        with pytest.raises(Exception, match="cannot"):
            fail(resolver)
        policy.with_name("moved").rename(policy)
        assert fail(resolver)[0].strikes == 1


def test_single_file_of_an_application(tmp_path: Path) -> None:
    """Beside a single file what was learned has its name, and the rest of the file stays."""
    file = tmp_path / "config.yaml"
    text = "config:\n  name: 'hfs' # the system\n  model_tiers:\n    role_defaults: {worker_a: fast}\n"
    file.write_text("name: hfs\n" + text.replace("    role_defaults: {worker_a: fast}\n", "    escalation_state: {}\n"))
    with Resolver.open(file) as resolver:
        assert fail(resolver, times=3)[-1].effect == "escalate"
    assert '    escalation_state:\n      "layout:worker_a": reasoning\n' in file.read_text()
    assert {path.name for path in tmp_path.iterdir()} >= {"config.yaml", "config.yaml.resolver.db"}
