"""No request and no report waits for a changed policy, which is loaded and proven in the background."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from resolver import PolicyError, Resolver, ResolverError
from resolver.domain import Subject
from resolver.facade.opening import migrate_state
from resolver.serving import PolicyText, stamp_of
from resolver.state import file_store as file_module
from resolver.state.journal import Journal
from tests.processes import python
from tests.serving.held import SECONDS, HeldProver, edit, opened
from tests.state.own import STATE, fail, own_policy, patience, settled, take_out

KEY = Subject("layout", "worker_a")
ESCALATE = """
import sys
from resolver import Resolver
with Resolver.open(sys.argv[1]) as resolver:
    for _ in range(3):
        resolver.record_failure("layout", "worker_b")
"""


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(file_module, "_VIEW_SECONDS", 0.2)
    return own_policy(tmp_path)


def rewrite(policy: Path) -> None:
    """An edit that has to be proven: a role gets another tier."""
    edit(policy / STATE, "orchestrator: reasoning", "orchestrator: general")


def tiers(resolver: Resolver) -> list[str]:
    return [
        resolver.resolve("layout", role, phase=phase).tier
        for role in ("worker_a", "worker_b", "orchestrator", "code_execution", "nobody")
        for phase in (None, "execution", "planning")
    ]


def refused(resolver: Resolver, role: str = "worker_a", triad: str = "layout") -> None:
    """A failure that would escalate into a file that has not been proven."""
    match = "has not been proven yet; the entry was not written: try again"
    with patience(0.8), pytest.raises(ResolverError, match=match):
        fail(resolver, role, triad=triad)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


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


def can_write(resolver: Resolver, policy: Path) -> bool:
    """Whether the file that holds the entries is the one in force, or was written by the program."""
    return not edited_by_hand(policy) or resolver._live.catch_up(PolicyText.read(policy / STATE))


def edited_by_hand(policy: Path) -> bool:
    written = Journal(policy / ".resolver.db").looked()[1]
    return written != str(stamp_of(policy / STATE))


def escalate_here(resolver: Resolver, policy: Path) -> None:
    fail(resolver, times=2)
    if can_write(resolver, policy):
        assert fail(resolver)[0].effect == "escalate"
    else:
        refused(resolver)


def escalate_elsewhere(_resolver: Resolver, policy: Path) -> None:
    assert python(ESCALATE, str(policy)).returncode == 0


def escalate_both(resolver: Resolver, policy: Path) -> None:
    escalate_elsewhere(resolver, policy)
    escalate_here(resolver, policy)
    assert resolver.resolve("layout", "worker_b").tier == "reasoning", "a report sees what others have learned"


def lower_here(resolver: Resolver, policy: Path) -> None:
    if can_write(resolver, policy):
        resolver.lower("known", "worker_a")
    else:
        with patience(0.8), pytest.raises(ResolverError, match="has not been proven yet"):
            resolver.lower("known", "worker_a")


def raise_by_hand(_resolver: Resolver, policy: Path) -> None:
    edit(policy / STATE, "escalation_state:\n", 'escalation_state:\n    "layout:nobody": reasoning\n')


def take_out_by_hand(_resolver: Resolver, policy: Path) -> None:
    take_out(policy, "known:worker_a")


def edit_and_escalate(resolver: Resolver, policy: Path) -> None:
    """The entry would go into a file that says something which is not even loaded yet."""
    edit(policy / STATE, "worker_b: general", "worker_b: reasoning")
    escalate_here(resolver, policy)


def change_again(_resolver: Resolver, policy: Path) -> None:
    edit(policy / STATE, "orchestrator: general", "orchestrator: fast")


def take_back(_resolver: Resolver, policy: Path) -> None:
    edit(policy / STATE, "orchestrator: general", "orchestrator: reasoning")


MEANWHILE = [escalate_here, escalate_elsewhere, escalate_both, lower_here, raise_by_hand, take_out_by_hand,
             edit_and_escalate, change_again, take_back]  # fmt: skip


@pytest.mark.parametrize("happens", MEANWHILE, ids=lambda each: each.__name__)
@pytest.mark.parametrize("of", ["the entries' file", "another file"])
def test_what_happens_meanwhile_is_in_force_afterwards(happens: Callable[..., None], of: str, policy: Path) -> None:
    """Whatever is learned, written or edited while a policy is proven, in the end all is as if it were opened anew."""
    prover = HeldProver()
    with opened(policy, prover) as resolver:
        fail(resolver, times=3, triad="known")
        settled(resolver)
        rewrite(policy)
        if of == "another file":
            settled(resolver)
            edit(policy / "precedence.yaml", "tier: general", "tier: reasoning")
        with prover.held(resolver):
            happens(resolver, policy)
        with Resolver.open(policy) as fresh:
            assert tiers(resolver) == tiers(fresh)
            assert resolver.policy.revision == fresh.policy.revision
            states = [
                (each.escalations(), each.streaks(), each.removed_entries().keys(), each.history())
                for each in (resolver, fresh)
            ]
            assert states[0] == states[1]
            assert resolver.table.policy.model_tiers.escalation_state == fresh.escalations()
            assert ("known:worker_a" in {str(subject) for subject in fresh.removed_entries()}) == (
                happens is take_out_by_hand
            )


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
