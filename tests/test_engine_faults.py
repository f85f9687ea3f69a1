"""What happens where the engine is broken: it does not import, or a fake of it answers what it should not."""

import json
from pathlib import Path
from textwrap import dedent

import pytest

from tests.processes import python


def test_a_broken_build_says_how_to_build_it(tmp_path: Path) -> None:
    """`importing us on a broken build must say exactly this`: the variable, the package, and no cached wheel."""
    problem = "undefined symbol: PyEval_CallObject"
    (tmp_path / "durable_rules_engine.py").write_text(f"raise ImportError({problem!r})")
    done = python("from resolver import Resolver", first=tmp_path)
    assert done.returncode == 1
    assert f"`durable_rules_engine` does not import ({problem})" in done.stderr
    assert "CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject pip install" in done.stderr
    assert "--no-cache-dir --no-binary durable-rules durable-rules" in done.stderr


FAKE = '''
    """Answers like durable-rules, that the first rule wins, but for one `fault`."""

    class error(Exception):
        pass

    fault, calls = "", []

    def broken(name, answer):
        calls.append(name)
        if fault == f"{name} raises":
            raise error(f"{name}, error code: 1")
        return answer

    def create_ruleset(name, definition):
        return broken("create", 7)

    def assert_event(handle, event):
        answers = {"event unhandled": (1, 0), "event no pair": None}
        return broken("event", answers.get(fault, (0, 1)) if "role" in event else (0, 1))

    def start_action_for_state(handle, offset):
        answers = {"start no name": "{}", "start unknown": '{"9":{}}', "start no text": None}
        return broken("start", ("", answers.get(fault, '{"0":{}}')))

    def complete_and_start_action(handle, offset):
        return broken("complete", ("", "{}") if fault == "complete more" else None)

    def delete_state(handle, sid):
        broken("delete_state", None)

    def delete_ruleset(handle):
        broken("delete_ruleset", None)
'''


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, list[str]]]:
    """What is said, and what was called, for each fault of the fake."""
    folder = tmp_path_factory.mktemp("fake")
    (folder / "durable_rules_engine.py").write_text(dedent(FAKE))
    done = python(
        """
        import json, sys
        import durable_rules_engine as fake
        from resolver.compiler import engine_rules
        from resolver.diagnostics import InternalError
        from resolver.domain import Present
        from resolver.engine import Judge

        said = {}
        for fake.fault in json.loads(sys.argv[1]):
            fake.calls.clear()
            try:
                with Judge(engine_rules(Present("role"))) as engine:
                    answer = str(engine.ask({"role": "critic"}))
            except InternalError as error:
                answer = str(error)
            said[fake.fault] = (answer, fake.calls[:])
        print(json.dumps(said))
        """,
        json.dumps(FAULTS),
        first=folder,
    )
    said: dict[str, tuple[str, list[str]]] = json.loads(done.stdout or done.stderr)
    return said


FAULTS = {
    "": "0",
    "create raises": "durable-rules does not take the rules: create, error code: 1",
    "event raises": "error code: 1",
    "event unhandled": "durable-rules answered 1 to the event {'k': 1, 'role': 'critic'}",
    "event no pair": "durable-rules failed on the event {'k': 1, 'role': 'critic'}",
    "start raises": "error code: 1",
    "start no name": "durable-rules failed on the event",
    "start unknown": "durable-rules named the unknown rule 9 for the event",
    "start no text": "durable-rules failed on the event",
    "complete raises": "error code: 1",
    "complete more": "durable-rules kept ('', '{}') after the event",
    "delete_state raises": "durable-rules does not let go of the rules: delete_state, error code: 1",
    "delete_ruleset raises": "durable-rules does not let go of the rules: delete_ruleset, error code: 1",
}


@pytest.mark.parametrize(("fault", "said"), FAULTS.items(), ids=[*FAULTS])
def test_an_answer_that_should_not_be_is_an_internal_error(
    faults: dict[str, tuple[str, list[str]]], fault: str, said: str
) -> None:
    """`Anything unexpected: throw the ruleset away`, and say what it was."""
    assert said in faults[fault][0]
    assert ("delete_ruleset" in faults[fault][1]) == (fault not in ("create raises", "delete_state raises"))


@pytest.mark.parametrize("fault", ["event unhandled", "start unknown", "complete more"])
def test_a_state_is_freed_once_an_event_has_been_through(faults: dict[str, tuple[str, list[str]]], fault: str) -> None:
    """`delete_state […] only after at least one completed action`: without, it frees what was never allocated."""
    assert ("delete_state" in faults[fault][1]) == (fault == "event unhandled")
