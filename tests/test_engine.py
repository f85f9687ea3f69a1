import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from resolver.compiler import engine_rules
from resolver.compiler.definitions import engine_rule
from resolver.diagnostics import InternalError
from resolver.domain import Absent, And, Condition, Equal, Or, Present, SameAs
from resolver.engine import Judge
from tests.processes import python


def judge(*conditions: Condition) -> Judge:
    return Judge([rule for condition in conditions for rule in engine_rules(condition)])


def test_the_first_rule_that_matches_wins() -> None:
    """Rules are given in the order of their priority, and of those that match the first one wins."""
    with judge(Equal("role", ("critic",)), Present("phase"), Present("role")) as engine:
        assert engine.ask({"role": "critic", "phase": "plan"}) == 0
        assert engine.ask({"role": "worker", "phase": "plan"}) == 1
        assert engine.ask({"role": "worker"}) == 2


def test_no_rule_is_an_answer() -> None:
    """Where no rule matches, the answer is None, and the next event is judged as if nothing had been."""
    with judge(Present("phase")) as engine:
        assert [engine.ask({}), engine.ask({"phase": "plan"}), engine.ask({})] == [None, 0, None]


def test_rules_made_of_absences_match_events_alone() -> None:
    """`otherwise rules made of $nex also match the engine's own state and the post never returns`."""
    with judge(And((Absent("role"), Absent("phase")))) as engine:
        assert [engine.ask({}), engine.ask({"role": "critic"})] == [0, None]


def test_facts_that_no_rule_reads_are_not_sent() -> None:
    """A fact that no rule reads cannot break the engine, whatever it is called and however long it is."""
    with judge(Present("role")) as engine:
        assert engine.ask({"sid": "other", "id": "x", "long": "x" * 100_000, "role": "critic"}) == 0


@pytest.mark.parametrize("value", ["", "\\", '"', "'", "\n", "\x01", "\u2028", "\x7f", "é", "\U0001f600", "x" * 1023])
def test_text_is_compared_as_it_is(value: str) -> None:
    """Quotes, backslashes, controls and characters of any plane are themselves and nothing else."""
    with judge(Equal("role", (value,)), Present("role")) as engine:
        assert [engine.ask({"role": value}), engine.ask({"role": value + "x"})] == [0, 1]


NAMES = [
    "m",
    "or",
    "and",
    "ex",
    "pri",
    "all",
    "any",
    "run",
    "count",
    "cap",
    "rest",
    "0",
    "name",
    "s",
    "K",
    '"',
    "\\",
    "é",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_fact_may_be_called_like_anything(name: str) -> None:
    """A fact that is called as the event is, as a key of a rule, or as a rule, is a fact like any other."""
    same = And((Present(name), SameAs("role", name, equal=True)))
    with judge(same, Equal(name, ("a",)), Present(name), Absent(name)) as engine:
        assert [engine.ask(event) for event in ({name: "a", "role": "a"}, {name: "a"}, {name: "b"}, {})] == [0, 1, 2, 3]


def test_leaving_lets_go_of_the_ruleset() -> None:
    """A judge that was left answers nothing."""
    with judge(Present("role")) as engine:
        engine.ask({})
    with pytest.raises(InternalError, match="failed on the event"):
        engine.ask({"role": "critic"})


def test_leaving_with_an_error_lets_go_of_the_lock() -> None:
    """An error inside comes out as it is, and the next user is served."""
    with pytest.raises(ZeroDivisionError), judge(Present("role")):
        raise ZeroDivisionError
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(answers, 1).result() == [0]


def test_rules_that_the_engine_does_not_take_are_an_internal_error() -> None:
    """`The engine's errors are numbers`: they come out as ours, and the lock is free again."""
    too_large = engine_rule(Or(tuple(And((Equal("a", (str(at),)), Present("b"))) for at in range(40))))
    with pytest.raises(InternalError, match=r"does not take the rules: .*error code"), Judge([too_large]):
        pass
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(answers, 1).result() == [0]


def answers(count: int) -> list[int | None]:
    with judge(Equal("role", ("0",)), *(Equal("role", (str(at),)) for at in range(1, count))) as engine:
        return [engine.ask({"role": str(at)}) for at in range(count)]


def test_threads_take_turns() -> None:
    """`One at a time`: 8 threads with a judge each get every answer right."""
    with ThreadPoolExecutor(8) as pool:
        assert {*map(tuple, pool.map(answers, [10] * 80))} == {tuple(range(10))}


def test_whoever_asks_holds_the_lock() -> None:
    """Between entering and leaving a judge no other thread has the engine, and the same thread may nest."""
    entered = threading.Event()

    def wait() -> None:
        with judge(Present("role")):
            entered.set()

    with judge(Present("role")) as outer, judge(Absent("role")) as inner:
        thread = threading.Thread(target=wait)
        thread.start()
        assert not entered.wait(0.05)
        assert [outer.ask({"role": "x"}), inner.ask({"role": "x"})] == [0, None]
    thread.join()
    assert entered.is_set()


def test_a_child_process_does_not_wait_for_its_parents_thread() -> None:
    """After a fork the child has a lock of its own, even if a thread of its parent held the old one."""
    done = python("""
        import os, threading
        from resolver.compiler import engine_rules
        from resolver.domain import Present
        from resolver.engine import Judge

        held, over = threading.Event(), threading.Event()
        def hold():
            with Judge(engine_rules(Present("phase"))):
                held.set()
                over.wait()
        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        child = os.fork()
        if not child:
            with Judge(engine_rules(Present("role"))) as engine:
                os._exit(40 + engine.ask({"role": "critic"}))
        _, status = os.waitpid(child, 0)
        over.set()
        thread.join()
        print(os.waitstatus_to_exitcode(status))
    """)
    assert done.stdout == "40\n", done.stderr
