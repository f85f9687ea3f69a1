"""Routes that decide and explain, and show the table."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request, Response
from pydantic_core import to_json

from resolver.author import nearest
from resolver.facade import Resolver
from resolver.facade.written_facts import checked_facts
from resolver.json_forms.bodies import OneOrMany, RequestBody
from resolver.json_forms.decision_json import DecisionJson, decision_json
from resolver.json_forms.explanation_json import explanation_json
from resolver.json_forms.table_json import LineJson, lines_json
from resolver.server.connections import gone
from resolver.server.settings import MOST_DECISIONS
from resolver.serving.calls import Calls
from resolver.table import deciding_rows

_REQUESTS = OneOrMany(RequestBody, MOST_DECISIONS)
_DECIDED: dict[int | str, dict[str, Any]] = {200: {"model": DecisionJson | list[DecisionJson]}}
_Name = str | None
_Facts = Annotated[list[str], Query(alias="fact", description="A fact that the policy declares, as NAME=VALUE.")]


def decision_routes(app: FastAPI, resolver: Resolver, calls: Calls) -> APIRouter:
    """Return the routes that decide, explain, and show the table."""
    router = APIRouter(tags=["decisions"])

    def decided(body: RequestBody) -> DecisionJson:
        return decision_json(resolver.resolve(body.triad, body.role, phase=body.phase, facts=body.facts))

    @router.post("/v1/decide", responses=_DECIDED, openapi_extra=_REQUESTS.openapi)
    async def decide(request: Request) -> Response:
        """Decide on one request, or on each of a list, in its order."""
        bodies = _REQUESTS.read(await request.body())
        answer = [decided(each) for each in bodies] if isinstance(bodies, list) else decided(bodies)
        return Response(to_json(answer), media_type="application/json")

    app.add_route("/v1/decide", decide, ["POST"])  # takes less time than FastAPI's own route, which only documents it

    @router.get("/v1/explain")
    async def explain(triad: str, role: str, phase: _Name = None, facts: _Facts = []) -> dict[str, Any]:
        """Explain the decision: the result of every rule, the rows that decide, and what would change it."""

        def explained() -> dict[str, Any]:
            while True:
                table = resolver.table
                given = checked_facts(table, facts)
                explanation = resolver.explain(triad, role, phase=phase, facts=given)
                if table is resolver.table:  # no other one was put in force meanwhile
                    break
            streak = resolver.streaks().get(explanation.subject)
            rows = deciding_rows(table, explanation.subject, explanation.phase, explanation.values)
            return explanation_json(explanation, rows, nearest(table, explanation, given, streak))

        return await calls.run(explained)

    @router.get("/v1/table")
    async def table(request: Request, role: _Name = None, phase: _Name = None, facts: _Facts = []) -> list[LineJson]:
        """Show all decisions, or those of a role or a phase; requests with the same decisions are one line."""
        in_force = resolver.table
        given = checked_facts(in_force, facts)
        return await calls.prove(gone(request), lines_json, in_force, role, phase, given)

    return router
