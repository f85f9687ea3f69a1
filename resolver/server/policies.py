"""Routes that show the policy in force, and that check and compare texts."""

from __future__ import annotations

from asyncio import to_thread
from typing import Any

from fastapi import APIRouter, Request

from resolver.author import Side, compare
from resolver.diagnostics import PolicyError
from resolver.facade import Resolver
from resolver.json_forms.bodies import ComparisonBody, PolicyBody
from resolver.json_forms.difference_json import difference_json
from resolver.json_forms.policy_json import CheckJson, PolicyJson, check_json, policy_json
from resolver.server.connections import gone
from resolver.serving import load_and_prove
from resolver.serving.calls import Calls


def policy_routes(resolver: Resolver, calls: Calls) -> APIRouter:
    """Return the routes of the policy in force, and of texts that may become one."""
    router = APIRouter(tags=["policies"])

    @router.get("/v1/policy")
    async def policy() -> PolicyJson:
        """Show the policy in force: its revision, its tiers with their models, its names, and its health."""
        return await to_thread(lambda: policy_json(resolver.policy, resolver.health()))  # waits for nothing

    @router.post("/v1/check")
    async def check(body: PolicyBody, request: Request) -> CheckJson:
        """Check texts as `resolver check` checks files; nothing is put in force."""
        try:
            table = await calls.prove(gone(request), load_and_prove, body.source())
        except PolicyError as error:
            return check_json(error.diagnostics, None)
        return check_json(table.policy.warnings, table.policy.revision)

    @router.post("/v1/diff")
    async def diff(body: ComparisonBody, request: Request) -> dict[str, Any]:
        """Compare two policies by their decisions; a policy that is not given is the one in force."""

        def side(name: str, texts: PolicyBody | None) -> Side:
            return Side("in force", resolver.table) if texts is None else Side(name, load_and_prove(texts.source()))

        def difference() -> dict[str, Any]:
            old, new = side("old", body.old), side("new", body.new)
            return difference_json(old, new, compare(old.table, new.table))

        return await calls.prove(gone(request), difference)

    return router
