"""Let one agent fail three times, and see it run on a stronger model from then on.

    resolver init mine
    python examples/learning.py mine

No key and no internet is needed: a server on 127.0.0.1 plays both models. The weaker one forgets the title of a page,
and the tool that the agent uses refuses such a page.
"""

from __future__ import annotations

import logging
import os
import sys

from agno.agent import Agent
from loopback import Loopback, Text, ToolCalls

from resolver import Resolver
from resolver.agents import Providers

WEAK = (ToolCalls((("publish", {"title": "", "body": "Hello."}),)), Text("I could not publish it."))
STRONG = (ToolCalls((("publish", {"title": "Welcome", "body": "Hello."}),)), Text("Published."))


def publish(title: str, body: str) -> str:
    """Publish a page."""
    if not title:
        raise ValueError("a page needs a title")
    return f"published {title}: {body}"


def main(policies: str) -> None:
    """Run the agent four times on the policy in `policies`, which learns from the runs."""
    logging.getLogger("agno").disabled = True  # it prints a traceback for each tool that fails
    with Loopback() as server:
        os.environ.update(OPENROUTER_API_KEY="none", OPENROUTER_BASE_URL=server.base_url("openrouter"))
        server.answer(*WEAK * 3, model="meta-llama/llama-3.3-70b-instruct:free")
        server.answer(*STRONG, model="anthropic/claude-sonnet-4")
        with Resolver.open(policies, providers=Providers.from_env(["openrouter"])) as resolver:
            model = resolver.model("layout", "worker_a")
            agent = Agent(name="worker_a", model=model, tools=[publish], telemetry=False)
            for number in range(1, 5):
                tier = resolver.resolve("layout", "worker_a").tier
                run = agent.run("Publish the page.")
                print(f"run {number} on {tier}, {run.model}: {run.content}")


if __name__ == "__main__":
    main(*sys.argv[1:])
