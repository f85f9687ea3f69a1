"""Answers with which a provider fails, and how often each one is asked for again."""

from __future__ import annotations

from examples.loopback import Answer, Dropped, Failure, Garbage, Slow

REFUSALS: dict[str, tuple[Answer, int]] = {
    "rate limit": (Failure(429), 2),
    "busy": (Failure(429, "m is temporarily rate-limited upstream. Please retry shortly."), 1),
    "no credit": (Failure(402), 2),
    "wrong key": (Failure(401), 2),
    "forbidden": (Failure(403), 2),
    "internal error": (Failure(500), 1),
    "unavailable": (Failure(503), 1),
    "time-out of a gateway": (Failure(408), 1),
    "not found": (Failure(404), 1),
    "model not found": (Failure(400, "The model `x` does not exist", "model_not_found"), 1),
    "refused form": (Failure(400), 1),
    "dropped": (Dropped(), 1),
    "garbage": (Garbage(), 1),
    "slow": (Slow(5), 1),
}
"""What is the provider's fault, and how often a provider with two keys is asked before it is given up."""
