"""The application that serves a resolver: all routes, behind the gate."""

from __future__ import annotations

from asyncio import to_thread

from fastapi import FastAPI, Response
from fastapi.telemetry import TelemetryConfig

from resolver.facade import EventFeed, Resolver
from resolver.json_forms.schemas import ERRORS, with_schemas
from resolver.server.decisions import decision_routes
from resolver.server.events import event_routes
from resolver.server.gate import Gate
from resolver.server.learning import learning_routes
from resolver.server.policies import policy_routes
from resolver.server.problems import ProblemError, answer_errors
from resolver.server.settings import Settings
from resolver.serving.calls import Calls
from resolver.serving.exposition import CONTENT_TYPE, exposition

_ABOUT = """
Decides on which model tier each agent runs, and learns from the outcomes that are reported.

Every error is a problem document (RFC 9457). 4xx: correct the request. 503: try again, with the same `Idempotency-Key`.
Some servers need a token: `Authorization: Bearer TOKEN`.
"""
_OFF: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}  # requests would take twice as long


def make_app(resolver: Resolver, settings: Settings) -> FastAPI:
    """Return the application that serves `resolver` to those whom `settings` allow; `state.feed` has its events."""
    app = FastAPI(title="resolver", description=_ABOUT, version="1", docs_url=None, redoc_url=None, telemetry=_OFF)
    feed = app.state.feed = EventFeed(resolver, calls := Calls())
    app.router.redirect_slashes = False  # to a URL with the scheme that a proxy uses here
    app.router.generate_unique_id_function, describe = (lambda route: route.name), app.openapi
    app.openapi = lambda: with_schemas(describe())  # type: ignore[method-assign]  # as FastAPI documents
    answer_errors(app)
    for router in (
        decision_routes(app, resolver, calls),
        learning_routes(resolver, calls, feed),
        policy_routes(resolver, calls),
        event_routes(feed),
    ):
        app.include_router(router, responses=ERRORS)

    @app.get("/healthz", tags=["probes"])
    async def healthz() -> dict[str, str]:
        """Answer if the process works at all."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["probes"])
    async def readyz() -> dict[str, str]:
        """Answer whether requests should come here: a policy is in force, and the server does not stop."""
        if feed.is_closed:
            raise ProblemError(503, "the server stops")
        return {"status": "ready"}

    @app.get("/metrics", tags=["probes"], response_class=Response)
    async def metrics() -> Response:
        """Show the metrics of the resolver and of the process in Prometheus's text form."""
        return Response(await to_thread(exposition), media_type=CONTENT_TYPE)

    app.add_middleware(Gate, settings=settings)
    return app
