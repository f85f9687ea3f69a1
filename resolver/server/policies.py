"""Routes that show the policy in force, and that check and compare texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter

from resolver.author import Side, compare
from resolver.diagnostics import PolicyError
from resolver.facade import Resolver
from resolver.json_forms.bodies import Compared, Texts
from resolver.json_forms.difference_json import difference_json
from resolver.json_forms.policy_json import CheckJson, PolicyJson, check_json, policy_json
from resolver.loader import MemorySource
from resolver.server.calls import Calls
from resolver.serving.proving import load_and_prove
from resolver.table import DecisionTable


def policy_routes(resolver: Resolver, calls: Calls) -> APIRouter:
    """Return the routes of the policy in force, and of texts that may become one."""
    router = APIRouter(tags=["policies"])

    @router.get("/v1/policy")
    async def policy() -> PolicyJson:
        """Show the policy in force: its revision, its tiers with their models, its names, and its health."""
        return await calls.run(lambda: policy_json(resolver.policy, resolver.health()))

    @router.post("/v1/check")
    async def check(texts: Texts) -> CheckJson:
        """Check texts as `resolver check` checks files; nothing is put in force."""
        try:
            table = await calls.prove(_proven, texts)
        except PolicyError as error:
            return check_json(error.diagnostics, None)
        return check_json(table.policy.warnings, table.policy.revision)

    @router.post("/v1/diff")
    async def diff(compared: Compared) -> dict[str, Any]:
        """Compare two policies by their decisions; a policy that is not given is the one in force."""

        def difference() -> dict[str, Any]:
            old, new = (
                Side("in force", resolver.table) if texts is None else Side(name, _proven(texts))
                for name, texts in (("old", compared.old), ("new", compared.new))
            )
            return difference_json(old, new, compare(old.table, new.table))

        return await calls.prove(difference)

    return router


def _proven(texts: Texts) -> DecisionTable:
    """Return the decision table of texts; PolicyError with all problems if they do not load."""
    files = {name: text.encode("utf-8", "surrogatepass") for name, text in texts.files.items()}
    if texts.single:
        name, content = next(iter(files.items()))
        return load_and_prove(MemorySource(Path(name), {Path(name): content}, is_directory=False))
    folder = Path("policies")
    contents = {folder / name: content for name, content in files.items()}
    return load_and_prove(MemorySource(folder, contents, is_directory=True))
