"""A policy that is being proven when its resolver is closed, its program ends, or its process forks."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from resolver import ResolverError
from resolver.prover import Proof
from resolver.table import DecisionTable
from tests.processes import python
from tests.serving.held import SECONDS, HeldProver, edit, opened
from tests.state.own import STATE, fail, own_policy, settled


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return own_policy(tmp_path)


class TestClose:
    """Whatever is being proven, `close` and the end of the program wait for nothing."""

    @pytest.mark.parametrize("verdict", ["good", "bad"])
    def test_nothing_happens_after_close(
        self, verdict: str, policy: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was being proven is not put in force, not logged and opens no file; a later look loads it again."""
        prover = HeldProver()
        resolver = opened(policy, prover)
        fail(resolver, times=3)
        settled(resolver)
        edit(policy / STATE, "orchestrator: reasoning", "orchestrator: general")
        before, prover.is_held = resolver.table, True
        resolver._live.check_files()
        assert prover.begun.wait(SECONDS)
        resolver.close()
        caplog.clear()
        prover.is_held = False
        with monkeypatch.context() as patched:
            if verdict == "bad":
                patched.setattr("tests.serving.held.prove", _refusing)
            prover.released.set()
            thread = resolver._live._thread
            assert thread is not None
            thread.join(SECONDS)
        assert resolver.table is before
        assert caplog.records == []
        assert resolver._store._journal._file._connection is None  # type: ignore[attr-defined]
        settled(resolver)
        assert resolver.resolve("layout", "orchestrator").tier == "general"
        resolver.close()

    @pytest.mark.parametrize("proof", ["while True: pass", "while True: real(table)", "raise ResolverError('no')"])
    @pytest.mark.parametrize("end", ["", "resolver.close()", "sys.exit(0)"])
    def test_program_ends_at_once(self, proof: str, end: str, policy: Path) -> None:
        """In the midst of Python, of the rules engine, or of a line of the log."""
        program = f"""
            import logging, sys, time
            from pathlib import Path
            from resolver import Resolver, ResolverError
            from resolver.prover import prove as real
            from resolver.state import FileStore
            from resolver.serving import LivePolicy
            from resolver.table import compile_table
            logging.basicConfig(format="%(message)s")
            edited = begun = False
            def prover(table):
                global begun
                if edited:
                    begun = True
                    {proof}
                return real(table)
            live = LivePolicy(Path(sys.argv[1]), prover=prover)
            resolver = Resolver(live, FileStore(live))
            resolver.record_failure("layout", "worker_a")
            file = Path(sys.argv[1], "model_tiers.yaml")
            file.write_text(file.read_text().replace("orchestrator: reasoning", "orchestrator: general"))
            edited = True
            live.check_files()
            while not begun:
                time.sleep(0.001)
            print("end", flush=True)
            {end}
        """
        started = time.monotonic()
        done = python(program, str(policy))
        assert (done.returncode, done.stdout) == (0, "end\n"), done.stderr
        assert "Traceback" not in done.stderr
        assert "Fatal" not in done.stderr
        assert time.monotonic() - started < SECONDS


def _refusing(_table: DecisionTable) -> Proof:
    raise ResolverError("no")


@pytest.mark.slow
def test_fork_while_a_policy_is_proven(policy: Path) -> None:
    """The child has no thread that proves, and starts its own; the parent goes on with the one that it has."""
    program = """
        import os, sys, threading, time
        from pathlib import Path
        from resolver import Resolver
        from resolver.prover import prove
        from resolver.state import FileStore
        from resolver.serving import LivePolicy
        held = threading.Event()
        begun, released = threading.Event(), threading.Event()
        def prover(table):
            if held.is_set():
                begun.set()
                released.wait(30)
            return prove(table)
        live = LivePolicy(Path(sys.argv[1]), prover=prover)
        resolver = Resolver(live, FileStore(live))
        resolver.record_failure("layout", "worker_a")
        file = Path(sys.argv[1], "model_tiers.yaml")
        file.write_text(file.read_text().replace("orchestrator: reasoning", "orchestrator: general"))
        held.set()
        live.check_files()
        begun.wait(30)
        child = os.fork()
        if not child:
            code = 1
            try:
                held.clear()
                said = [resolver.resolve("layout", "orchestrator").tier]
                said.append(resolver.record_failure("layout", "worker_a").strikes)
                live.next_poll = 0
                resolver.resolve("layout", "orchestrator")  # notices that nobody is at it
                assert live.settle(30)
                said.append(resolver.resolve("layout", "orchestrator").tier)
                code = 0 if said == ["reasoning", 2, "general"] else 2
            finally:
                os._exit(code)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said = [status, resolver.resolve("layout", "orchestrator").tier]
        held.clear()
        released.set()
        assert live.settle(30)
        said.append(resolver.resolve("layout", "orchestrator").tier)
        print(*said, resolver.record_failure("layout", "worker_a").effect)
    """
    done = python(program, str(policy))
    assert done.stdout.split() == ["0", "reasoning", "general", "escalate"], done.stderr


def test_fork_while_a_policy_is_read(policy: Path) -> None:
    """Reading keeps Python from collecting garbage; not so the child of a fork, whatever the parent's thread is at."""
    program = """
        import gc, os, sys, threading
        from pathlib import Path
        from resolver.loader import policy as module
        reading, over = threading.Event(), threading.Event()
        load = module._load
        def slow(*arguments):
            reading.set()
            over.wait(30)
            return load(*arguments)
        module._load = slow
        thread = threading.Thread(target=module.load_policy, args=(Path(sys.argv[1]),))
        thread.start()
        reading.wait(30)
        child = os.fork()
        if not child:
            os._exit(10 + gc.isenabled())
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        before = gc.isenabled()
        over.set()
        thread.join()
        print(status, before, gc.isenabled())
    """
    assert python(program, str(policy)).stdout.split() == ["11", "False", "True"]
