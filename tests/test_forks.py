"""Objects that go on working around forks, whichever threads fork."""

from __future__ import annotations

import gc
from pathlib import Path

from resolver.forks import _FORKED, prepare_for_forks
from tests.processes import python
from tests.state.own import own_policy


class Noted:
    """An object that is prepared for forks."""

    def before_fork(self) -> None:
        """Do nothing."""

    def after_fork_in_parent(self) -> None:
        """Do nothing."""

    def after_fork_in_child(self) -> None:
        """Do nothing."""


def test_objects_are_prepared_for_as_long_as_they_exist() -> None:
    """The last one first; a collected object is forgotten."""
    kept = [Noted() for _ in range(3)]
    for each in kept:
        prepare_for_forks(each)
    assert [each for each in (ref() for ref in _FORKED.valuerefs()) if isinstance(each, Noted)] == kept
    kept.pop()
    del each
    gc.collect()
    assert [each for each in (ref() for ref in _FORKED.valuerefs()) if isinstance(each, Noted)] == kept


def test_threads_may_fork_at_once_while_outcomes_are_recorded(tmp_path: Path) -> None:
    """No lock stays held: a fork of one thread once took over what another thread had prepared."""
    program = """
        import os, sys, threading, warnings
        warnings.simplefilter("ignore")
        from resolver import Resolver
        with Resolver.open(sys.argv[1]) as resolver:
            resolver.record_failure("t", "worker_a")
            def run(name):
                for _ in range(25):
                    child = os.fork()
                    if child == 0:
                        os._exit(0)
                    os.waitpid(child, 0)
                    resolver.record_success("t", name)
            threads = [threading.Thread(target=run, args=(f"role_{n}",)) for n in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            resolver.record_failure("t", "worker_a")
        print("fine")
    """
    done = python(program, str(own_policy(tmp_path)))
    assert done.stdout == "fine\n", done.stderr


def test_children_use_a_state_in_sqlite_while_other_threads_of_the_parent_do(tmp_path: Path) -> None:
    """A fork once copied SQLite's own locks while another thread held them, and the child waited without end."""
    program = """
        import os, signal, sys, threading, warnings
        warnings.simplefilter("ignore")
        from resolver import Resolver
        from resolver.facade.opening import migrate_state
        migrate_state(sys.argv[2])
        with Resolver.open(sys.argv[1], state=sys.argv[2]) as resolver:
            ended = threading.Event()
            def use(name):
                while not ended.is_set():
                    resolver.escalations()
                    resolver.record_failure(name, "worker_a")
            threads = [threading.Thread(target=use, args=(f"t{n}",)) for n in range(3)]
            for thread in threads:
                thread.start()
            for _ in range(25):
                child = os.fork()
                if child == 0:
                    signal.alarm(20)
                    resolver.record_success("t", "worker_b")
                    os._exit(0)
                assert os.waitpid(child, 0)[1] == 0
            ended.set()
            for thread in threads:
                thread.join()
        print("fine")
    """
    done = python(program, str(own_policy(tmp_path)), f"sqlite:///{tmp_path / 'state.db'}")
    assert done.stdout == "fine\n", done.stderr
