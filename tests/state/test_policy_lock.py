"""Threads, processes and forks share one lock, and requests never wait for it."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from filelock import FileLock

from resolver import Resolver, ResolverError
from resolver.domain import Subject
from resolver.state import file_store as file_module
from tests.state.own import STATE, fail, own_policy, settled, take_out, whats

KEY = Subject("layout", "worker_a")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return own_policy(tmp_path)


class TestOneLock:
    def test_sixteen_threads(self, policy: Path) -> None:
        """Each third failure escalates, or is held, whoever reports it; none is lost, none counts twice."""
        outcomes: list[str] = []
        with Resolver.open(policy) as resolver:

            def work(number: int) -> None:
                for _ in range(15):
                    outcomes.append(str(resolver.record_failure("layout", f"role_{number % 4}").effect))
                    resolver.resolve("layout", f"role_{number % 4}")

            threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert set(resolver.escalations().values()) == {"reasoning"}
            assert whats(resolver).count("escalate") == 4
        counts = {effect: outcomes.count(effect) for effect in set(outcomes)}
        assert counts == {"count": 160, "escalate": 4, "hold": 76}

    def test_lock_that_is_not_free_in_time(self, policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(file_module, "_LOCK_SECONDS", 0.1)
        with Resolver.open(policy) as resolver, FileLock(policy / ".resolver.lock"):
            with pytest.raises(ResolverError, match="another process has held"):
                fail(resolver)
            start = time.monotonic()
            assert resolver.resolve("layout", "worker_a").tier == "general"
            assert time.monotonic() - start < 0.05

    def test_resolve_never_waits_for_the_lock(self, policy: Path) -> None:
        """Although another process holds the lock, what changed is taken over, and requests are answered at once."""
        with Resolver.open(policy) as resolver:
            fail(resolver, times=3)
            with FileLock(policy / ".resolver.lock"):
                take_out(policy)
                resolver._live.next_poll = 0
                start = time.monotonic()
                assert resolver.resolve("layout", "worker_a").tier in ("reasoning", "general")
                assert time.monotonic() - start < 1
                settled(resolver)
                assert resolver.resolve("layout", "worker_a").tier == "general"
            assert KEY in resolver.removed_entries()

    @pytest.mark.slow
    def test_looking_and_recording_do_not_lock_each_other_out(self, policy: Path) -> None:
        """Requests that look at the files, outcomes and people's edits at once come to an end."""
        state = policy / STATE
        with Resolver.open(policy) as resolver:
            stop = threading.Event()

            def ask() -> None:
                while not stop.is_set():
                    resolver._live.next_poll = 0
                    resolver.explain("layout", "worker_a")

            def edit() -> None:
                for number in range(20):
                    state.write_text(f"# {number}\n" + state.read_text()) if number % 2 else resolver.reload()

            threads = [threading.Thread(target=ask) for _ in range(3)]
            writers = [threading.Thread(target=edit), threading.Thread(target=lambda: fail(resolver, "peer_1", 30))]
            for thread in (*threads, *writers[1:]):
                thread.start()
            writers[1].join(60)
            stop.set()
            for thread in threads:
                thread.join(60)
            assert not any(thread.is_alive() for thread in (*threads, *writers[1:]))

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
    @pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
    def test_after_a_fork_parent_and_child_go_on(self, policy: Path) -> None:
        with Resolver.open(policy) as resolver:
            fail(resolver, times=1)
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    code = 0 if fail(resolver)[0].strikes == 2 else 2
                finally:
                    os._exit(code)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            assert fail(resolver)[0].effect == "escalate"
            assert whats(resolver) == ["escalate"]
