"""The health of a resolver as JSON."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from resolver.domain import Health


class StoreJson(TypedDict):
    """The health of the store of what was learned."""

    kind: str
    where: str
    reachable: bool | None
    reason: str
    since: str | None
    revision: int | None
    server_revision: int | None
    lag: int | None
    spool: str
    queued: int
    put_aside: int
    put_aside_reason: str
    delivered: int
    dropped: int
    last_refresh: str | None
    refresh_age: float | None
    connections: int
    most_connections: int
    started_on_last_known: bool


class PolicyHealthJson(TypedDict):
    """The health of the policy in force."""

    path: str
    revision: str
    refused: bool
    warnings: int
    read_only: bool


class HealthJson(TypedDict):
    """The health of a resolver; `ok` is false if a person should look."""

    ok: bool
    state: StoreJson
    policy: PolicyHealthJson


def health_json(health: Health) -> HealthJson:
    """Return the health as JSON; docs/operations.md names every key, and keys are only added."""
    store, policy = health.store, health.policy
    return {
        "ok": health.ok,
        "state": {
            "kind": store.kind,
            "where": store.where,
            "reachable": store.reachable,
            "reason": store.reason,
            "since": _iso(store.since),
            "revision": store.revision,
            "server_revision": store.server_revision,
            "lag": store.lag,
            "spool": store.spool,
            "queued": store.queued,
            "put_aside": store.put_aside,
            "put_aside_reason": store.put_aside_reason,
            "delivered": store.delivered,
            "dropped": store.dropped,
            "last_refresh": _iso(store.last_refresh),
            "refresh_age": store.refresh_age,
            "connections": store.connections,
            "most_connections": store.most_connections,
            "started_on_last_known": store.started_on_last_known,
        },
        "policy": {
            "path": policy.path,
            "revision": policy.revision,
            "refused": policy.refused,
            "warnings": policy.warnings,
            "read_only": policy.read_only,
        },
    }


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()
