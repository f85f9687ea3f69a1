"""Run a hierarchical triad: an agno Team of three agents, each on the model that the policy gives its role.

    python examples/triad.py --offline                # against a server on 127.0.0.1 that answers for all providers
    NUM_GROQ=1 GROQ_API_KEY_1=... python examples/triad.py --policies policies

The worker that writes code does so with a tool that runs on the model of `code_execution`, which is always fast. Each
agent is built once, and changes its model with the phase.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

from agno.agent import Agent
from agno.models.message import Message
from agno.run.team import TeamRunOutput
from agno.team import Team
from loopback import Loopback, Text, ToolCalls

from resolver import Resolver
from resolver.loader import shipped_policy

TRIAD = "layout"
TASK = "Write a function that adds two numbers, and review it."


def build(resolver: Resolver) -> Team:
    """Return the triad; nothing here says on which model anyone runs."""

    def generate_code(task: str) -> str:
        """Write Python code for a task."""
        with resolver.attempt(TRIAD, "code_execution") as model:
            answer = model.response([Message(role="user", content=f"Only code, please: {task}")])
        print(f"    code_execution runs on {model.provider} {model.id}")
        return str(answer.content)

    def agent(role: str, task: str, *tools: Callable[[str], str]) -> Agent:
        model = resolver.model(TRIAD, role)
        return Agent(name=role, id=role, role=task, model=model, tools=list(tools), telemetry=False)

    return Team(
        name=TRIAD,
        model=resolver.model(TRIAD, "orchestrator"),
        members=[
            agent("orchestrator", "Checks that the parts fit together."),
            agent("worker_a", "Writes code.", generate_code),
            agent("worker_b", "Reviews code."),
        ],
        instructions="Delegate the writing to worker_a and the review to worker_b, then sum up.",
        store_member_responses=True,
        telemetry=False,
    )


def show(run: TeamRunOutput) -> None:
    """Print who ran on which model, and what came of it."""
    for member in run.member_responses:
        print(f"    {getattr(member, 'agent_name', None)} ran on {member.model_provider} {member.model}")
    print(f"    the team ran on {run.model_provider} {run.model}: {getattr(run.status, 'value', run.status)}")
    print(f"    {run.content}")


@contextmanager
def offline() -> Iterator[Loopback]:
    """Answer for every provider on 127.0.0.1: the leader delegates, worker_a uses its tool, the others just talk."""
    with Loopback() as server:
        os.environ.update(server.plain_environment())  # for agno's own classes: openrouter's needs no further SDK
        os.environ["OPENROUTER_BASE_URL"] = server.base_url("openrouter")
        if find_spec("keycycle") is not None:
            os.environ.update(server.environment(keys=4))  # keycycle gives a key only so many calls a minute
        ask_a = ToolCalls((("delegate_task_to_member", {"member_id": "worker_a", "task": "Write it."}),))
        ask_b = ToolCalls((("delegate_task_to_member", {"member_id": "worker_b", "task": "Review it."}),))
        leader = (ask_a, ask_b, Text("Done: written and reviewed."))
        writer = (ToolCalls((("generate_code", {"task": "add two numbers"}),)), Text("def add(a, b): return a + b"))
        reviewer = Text("It adds.")
        code = Text("def add(a, b): return a + b")
        general, fast, reasoning = "llama-3.3-70b", "zai-glm-4.7", "qwen-3-235b-a22b-instruct-2507"
        server.answer(*leader, *leader, model=reasoning)
        server.answer(*writer, reviewer, model=general)
        server.answer(code, writer[0], code, writer[1], reviewer, model=fast)
        yield server


def main() -> int:
    """Run the triad twice, and say who ran on what."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--offline", action="store_true", help="against a server on 127.0.0.1, without any key")
    parser.add_argument("--policies", type=Path, help="a policy directory that learns from the run")
    given = parser.parse_args()
    with ExitStack() as stack:
        if given.offline:
            stack.enter_context(offline())
            scratch = stack.enter_context(tempfile.TemporaryDirectory())
            given.policies = given.policies or Path(shutil.copytree(shipped_policy(), Path(scratch) / "policies"))
        resolver = stack.enter_context(Resolver.open(given.policies))
        team = build(resolver)
        print("deliberation")
        show(team.run(TASK))
        print("execution")
        with resolver.in_phase("execution"):
            run = team.run(TASK)
        show(run)
        return 0 if getattr(run.status, "value", run.status) == "COMPLETED" else 1


if __name__ == "__main__":
    sys.exit(main())
