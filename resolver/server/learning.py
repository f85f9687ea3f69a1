"""Routes that record outcomes, and that show and change what was learned."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic_core import to_json

from resolver.facade import EventFeed, Resolver
from resolver.json_forms.bodies import LowerBody, OneOrMany, ReportBody, SubjectBody
from resolver.json_forms.event_json import EventJson, event_json
from resolver.json_forms.outcome_json import OutcomeJson, outcome_json
from resolver.json_forms.state_json import EntryJson, StateJson, state_json
from resolver.server.settings import MOST_EVENTS, MOST_OUTCOMES
from resolver.serving.calls import Calls

_REPORTS = OneOrMany(ReportBody, MOST_OUTCOMES)
_RECORDED: dict[int | str, dict[str, Any]] = {200: {"model": OutcomeJson | list[OutcomeJson]}}
Time = datetime | None
Most = Annotated[int, Query(ge=1, le=MOST_EVENTS)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


def learning_routes(resolver: Resolver, calls: Calls, feed: EventFeed) -> APIRouter:
    """Return the routes of outcomes, of the state and of its history."""
    router = APIRouter(tags=["learning"])

    def recorded(report: ReportBody, key: str | None) -> OutcomeJson:
        failure = partial(resolver.record_failure, kind=report.kind, error=report.error)
        record = failure if report.failed else resolver.record_success
        triad, role, phase, facts = report.triad, report.role, report.phase, report.facts
        return outcome_json(record(triad, role, phase=phase, facts=facts, ran_on=report.ran_on_decision, key=key))

    @router.post("/v1/outcomes", responses=_RECORDED, openapi_extra=_REPORTS.openapi)
    async def outcomes(request: Request, key: Key = None) -> Response:
        """Record one outcome, or each of a list, in its order; when this answers, they are safe on the disk.

        With an `Idempotency-Key`, the same request can be sent again after any failure, and nothing counts twice.
        """
        reports = _REPORTS.read(await request.body())

        def answered() -> OutcomeJson | list[OutcomeJson]:
            if not isinstance(reports, list):
                return recorded(reports, key)
            # No header has this character, so that no other report has such a key.
            return [recorded(each, key and f"{key}\N{BULLET}{index}") for index, each in enumerate(reports)]

        answer = await calls.run(answered)
        feed.wake()
        return Response(to_json(answer), media_type="application/json")

    @router.get("/v1/state")
    async def state(triad: str | None = None) -> StateJson:
        """Show the entries in force, the running streaks, and the entries that people removed or lowered."""
        return await calls.run(
            lambda: state_json(resolver.escalations(), resolver.streaks(), resolver.removed_entries(), triad)
        )

    @router.get("/v1/history")
    async def history(since: Time = None, triad: str | None = None, most: Most = MOST_EVENTS) -> list[EventJson]:
        """Show the newest escalations and holds, and what people did about them, oldest first."""
        return await calls.run(lambda: [event_json(event) for event in resolver.history(since, triad, most)])

    @router.post("/v1/lower")
    async def lower(body: LowerBody) -> EntryJson | None:
        """Lower the entry of a subject, or remove it: a person's decision. Answers the entry that is left."""
        triad, role, tier = body.triad, body.role, body.tier
        await calls.run(resolver.lower, triad, role, tier, reason=body.reason)
        feed.wake()
        return None if tier is None else {"triad": triad, "role": role, "tier": tier}

    @router.post("/v1/restore")
    async def restore(body: SubjectBody) -> EntryJson:
        """Bring back an entry that a person removed from the policy file or lowered in it."""
        tier = await calls.run(resolver.restore, body.triad, body.role)
        feed.wake()
        return {"triad": body.triad, "role": body.role, "tier": tier}

    return router
