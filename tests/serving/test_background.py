"""Changed policies are loaded and proven in the background, and no request or report waits for that."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from resolver import PolicyError, Resolver
from resolver.domain import Subject
from resolver.facade.opening import migrate_state
from resolver.state import file_store as file_module
from tests.processes import python
from tests.serving.held import ESCALATE, SECONDS, HeldProver, edit, opened, refused, rewrite
from tests.state.own import fail, own_policy, settled


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(file_module, "_VIEW_SECONDS", 0.2)
    return own_policy(tmp_path)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.slow
def test_requests_and_reports_go_on_with_the_old_policy(policy: Path) -> None:
    """While a policy is proven, all that is asked and reported is answered, and what escalates is kept for later."""
    prover = HeldProver()
    with opened(policy, prover) as resolver:
        calls: list[Callable[[], object]] = [
            lambda: resolver.resolve("layout", "orchestrator").tier,
            lambda: resolver.explain("other", "orchestrator").decision.tier,
            lambda: [outcome.strikes for outcome in fail(resolver, triad="a", times=2)],
            lambda: str(resolver.record_success("b", "worker_a").effect),
            lambda: str(asyncio.run(resolver.arecord_failure("c", "worker_a")).effect),
            lambda: resolver.streaks().keys() <= {Subject("c", "worker_a"), Subject("a", "worker_a")},
            lambda: resolver.removed_entries() == {},
            lambda: resolver.history() == [],
            lambda: resolver.escalations() == {},
        ]
        answers: dict[int, object] = {}

        def ask(number: int) -> None:
            resolver._live.next_poll = 0
            answers[number] = calls[number]()

        edit(policy / "precedence.yaml", "pri: 30", "pri: 35")
        rewrite(policy)
        threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(calls))]
        with prover.held(resolver):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(SECONDS)
            assert not any(thread.is_alive() for thread in threads)
            assert not prover.released.is_set()
            assert [answers[number] for number in range(5)] == [
                "reasoning", "reasoning", [1, 2], "reset", "count"]  # fmt: skip
            refused(resolver, triad="a")
            assert resolver.resolve("layout", "orchestrator").tier == "reasoning"
        assert fail(resolver, triad="a")[0].effect == "escalate"
        assert resolver.resolve("a", "worker_a").tier == "reasoning"
        assert resolver.resolve("layout", "orchestrator").tier == "general"
        with Resolver.open(policy) as fresh:
            assert fresh.policy.revision == resolver.policy.revision


@pytest.mark.slow
def test_other_processes_report_while_one_proves(policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy's lock is free while a process proves: its own reports and those of others are taken."""
    monkeypatch.setattr(file_module, "_LOCK_SECONDS", 5)
    program = """
        import sys, time
        from pathlib import Path
        from resolver import Resolver
        from resolver.prover import prove
        from resolver.state import FileStore
        from resolver.serving import LivePolicy
        policy, folder = Path(sys.argv[1]), Path(sys.argv[2])
        def held(table):
            if (folder / "hold").exists():
                (folder / "proving").touch()
                while not (folder / "go").exists():
                    time.sleep(0.01)
            return prove(table)
        live = LivePolicy(policy, prover=held)
        with Resolver(live, FileStore(live)) as resolver:
            resolver.record_failure("layout", "worker_a")
            (folder / "ready").touch()
            while not (folder / "hold").exists():
                time.sleep(0.01)
            said = [resolver.record_failure("layout", "worker_a").strikes]  # it notices, and begins to prove
            while not (folder / "proving").exists():
                time.sleep(0.01)
            said.append(str(resolver.record_failure("layout", "worker_a").effect))
            (folder / "reported").touch()
            assert live.settle(30)
            print(*said, resolver.resolve("layout", "nobody").tier, resolver.resolve("layout", "worker_a").tier,
                  resolver.resolve("layout", "worker_b").tier)
    """
    done = []
    thread = threading.Thread(target=lambda: done.append(python(program, str(policy), str(tmp_path))))
    with Resolver.open(policy) as here:
        thread.start()
        _wait_for(tmp_path / "ready")
        edit(policy / "precedence.yaml", "tier: general", "tier: fast")
        (tmp_path / "hold").touch()
        _wait_for(tmp_path / "reported")
        assert fail(here, "worker_b", times=3)[-1].effect == "escalate"
        (tmp_path / "go").touch()
        thread.join(SECONDS)
        assert done[0].stdout.split() == ["2", "escalate", "fast", "reasoning", "reasoning"], done[0].stderr
        settled(here)
        assert here.resolve("layout", "worker_a").tier == "reasoning"


def test_entries_of_a_database_are_laid_over(policy: Path, tmp_path: Path) -> None:
    """What a host learned while another one proved is in force there before and after the policy is taken over."""
    state = f"sqlite:///{tmp_path / 'state.db'}"
    migrate_state(state)
    prover = HeldProver()
    with opened(policy, prover, state) as resolver, Resolver.open(policy, state=state) as other:
        rewrite(policy)
        with prover.held(resolver):
            fail(other, times=3)
            fail(resolver, "worker_b", times=3)
            resolver.escalations()
            assert [resolver.resolve("layout", role).tier for role in ("worker_a", "worker_b")] == ["reasoning"] * 2
            assert resolver.resolve("layout", "orchestrator").tier == "reasoning"
        assert [resolver.resolve("layout", role).tier for role in ("worker_a", "worker_b")] == ["reasoning"] * 2
        assert resolver.resolve("layout", "orchestrator").tier == "general"


def test_entries_of_others_do_not_wait_for_a_proof(policy: Path) -> None:
    """A file in which only entries are new means what was proven: they are in force before it is proven again."""
    prover = HeldProver()
    with opened(policy, prover) as resolver:
        settled(resolver)
        assert python(ESCALATE, str(policy)).returncode == 0
        with prover.held(resolver):
            assert resolver.resolve("layout", "worker_b").tier == "reasoning"


def test_bad_edit_is_refused_in_the_background(policy: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged once, also when it comes while a good one is proven; taken back, it is forgotten."""
    prover = HeldProver()
    with opened(policy, prover) as resolver:
        rewrite(policy)
        with prover.held(resolver):
            edit(policy / "precedence.yaml", "$m: role_default", "$m: role_defalt")
            resolver._live.next_poll = 0
            assert resolver.resolve("layout", "orchestrator").tier == "reasoning"
        assert resolver._live.refused
        assert resolver.resolve("layout", "orchestrator").tier == "general", "the good edit is in force"
        fail(resolver, times=3)
        settled(resolver)
        assert [("role_defalt" in said) for said in errors(caplog)] == [True]
        with pytest.raises(PolicyError):
            resolver.reload()
        edit(policy / "precedence.yaml", "$m: role_defalt", "$m: role_default")
        settled(resolver)
        assert not resolver._live.refused
        assert resolver.resolve("layout", "orchestrator").tier == "general"
        assert resolver.resolve("layout", "worker_a").tier == "reasoning"
    assert len(errors(caplog)) == 1


def test_defect_of_the_prover_is_said_once(policy: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An exception that nobody expects ends no thread without a word, and is not met again each second."""

    class Defective(HeldProver):
        def __call__(self, table: object) -> object:  # type: ignore[override]
            if self.is_held:
                raise ZeroDivisionError("a defect")
            return super().__call__(table)  # type: ignore[arg-type]

    prover = Defective()
    with opened(policy, prover) as resolver:
        prover.is_held = True
        rewrite(policy)
        for _ in range(3):
            settled(resolver)
            assert resolver.resolve("layout", "orchestrator").tier == "reasoning"
    assert len(errors(caplog)) == 1
    assert "ZeroDivisionError" in caplog.text


def _wait_for(file: Path) -> None:
    end = time.monotonic() + SECONDS
    while not file.exists():
        assert time.monotonic() < end, f"{file.name} never came"
        time.sleep(0.01)
