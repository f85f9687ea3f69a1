"""Tools that answer failures as text fail if the application's `tool_failed` says so."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from agno.models.message import Message
from agno.run.agent import RunOutput
from agno.run.base import RunStatus
from agno.tools.python import PythonTools

from examples.loopback import Loopback, Text, ToolCalls
from resolver import Resolver, ResolverError
from resolver.agents import ToolFailed
from resolver.hfs import tool_failed
from tests.agents.agents import WAYS, Listening, agent_of, ran

every_way = pytest.mark.parametrize("way", WAYS)


def of_python(tool_name: str, result: str) -> bool:
    """Return whether agno's Python tools have failed."""
    return tool_name == "run_python_code" and result.startswith("Error running python code")


def opened(policy: Path, judge: ToolFailed | None) -> Listening:
    """Open a resolver that judges results of tools."""
    return Listening.open(policy, tool_failed=judge)


@every_way
@pytest.mark.parametrize("judge", [None, of_python])
def test_an_error_in_text_is_a_failure_for_who_knows_it(
    server: Loopback, policy: Path, tmp_path: Path, judge: ToolFailed | None, way: str
) -> None:
    """Agno's Python tools answer with the text of the error; without `tool_failed` that is an answer."""
    server.answer(ToolCalls((("run_python_code", {"code": "1/0"}),)), Text("It failed"))
    with opened(policy, judge) as resolver:
        ran(agent_of(resolver, tools=[PythonTools(base_dir=tmp_path)]), way)
        assert resolver.kinds() == ["success" if judge is None else "tool"]


@every_way
def test_a_later_success_of_the_tool_makes_up_for_it(server: Loopback, policy: Path, tmp_path: Path, way: str) -> None:
    """As with a tool that raises."""
    bad, good = (ToolCalls((("run_python_code", {"code": code}),)) for code in ("1/0", "x = 1"))
    server.answer(bad, good, Text("It works"))
    with opened(policy, of_python) as resolver:
        ran(agent_of(resolver, tools=[PythonTools(base_dir=tmp_path)]), way)
        assert resolver.kinds() == ["success"]


def test_a_run_is_judged_in_the_same_way(policy: Path) -> None:
    """Messages of a run that no model has observed are read as well."""
    text = "Error running python code: division by zero"
    message = Message(role="tool", tool_call_id="1", tool_name="run_python_code", tool_call_error=False, content=text)
    run = RunOutput(run_id="1", messages=[message], status=RunStatus.completed)
    with Resolver.open(policy, tool_failed=of_python) as resolver:
        assert str(resolver.record_run("layout", "worker_a", run)["worker_a"].effect) == "count"


@every_way
def test_a_judge_that_fails_itself_breaks_nothing(
    server: Loopback, policy: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    """Its error is logged, and the tool counts as one that has not failed."""

    def broken(tool_name: str, result: str) -> bool:
        raise KeyError(tool_name)

    server.answer(ToolCalls((("run_python_code", {"code": "1/0"}),)), Text("It failed"))
    with opened(policy, broken) as resolver:
        assert ran(agent_of(resolver, tools=[PythonTools(base_dir=tmp_path)]), way).status == "completed"
        assert resolver.kinds() == ["success"]
    errors = [record for record in caplog.records if record.name == "resolver" and record.levelno == logging.ERROR]
    assert "`tool_failed` cannot judge a result of the tool `run_python_code`" in errors[0].getMessage()


async def _later(tool_name: str, result: str) -> bool:
    return False


@pytest.mark.parametrize("given", ["run_python_code", 7, {}, ["x"], _later])
def test_what_is_no_function_is_refused(policy: Path, given: Any) -> None:
    """The mistake shows when the policy is opened, not when a tool answers."""
    with pytest.raises(ResolverError, match="`tool_failed` is a function of a tool's name and its result"):
        Listening.open(policy, tool_failed=given)


@pytest.mark.parametrize(
    ("result", "failed"),
    [
        ('{"success": false, "error": "no plan"}', True),
        ('{"error": "no plan", "success": false}', True),
        (' \n{"success": false}\n', True),
        ("{'success': False, 'error': \"it's broken\"}", True),
        ('{"success": true}', False),
        ("{'success': True}", False),
        ("{'success': False, 'path': PosixPath('/home/x')}", True),
        ("{'at': datetime(2026, 11, 27), 'success': False}", True),
        ("{'success': True, 'path': PosixPath('/home/x')}", False),
        ("{'data': {'success': False}, 'path': PosixPath('/home/x')}", False),
        ('{"success": "false"}', False),
        ('{"success": 0}', False),
        ('{"result": {"success": false}}', False),
        ("success: false", False),
        ("", False),
        ("{", False),
        ("{[" * 10_000, False),
        ('["success", false]', False),
        ("false", False),
    ],
)
def test_the_form_of_hfs(result: str, failed: bool) -> None:
    """A mapping in which `success` is false, as JSON or as Python shows it."""
    assert tool_failed("any", result) is failed
