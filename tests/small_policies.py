"""Policies as plain data, small enough to be read where they are tested, and the way from there to the program."""

from math import inf
from pathlib import Path
from random import Random
from typing import Any, cast

from resolver import PolicyError, Resolver
from resolver.domain import Policy
from resolver.loader import load_policy
from resolver.serving import LivePolicy
from resolver.state import FileStore
from resolver.table import compile_table
from resolver.testing.strategies import LADDER, Json, yaml_text

ALWAYS = {"$ex": {"role": 1}}
OUTCOME = {"any": {"pri": 1, "all": [{"m": ALWAYS}], "run": "ignore"}}


def rules(*conditions: Json, run: Any = None) -> Json:
    """The rules r0, r1, …, one for each condition in the order of `pri`, that all give the lowest tier."""
    run = run or {"tier": LADDER[0]}
    return {f"r{at}": {"pri": at, "all": [{"m": each}], "run": run} for at, each in enumerate(conditions)}


def policy_data(tier: Json, outcome: Json | None = None, facts: Json | None = None, **tables: Any) -> Json:
    """A policy with these rules, and with the three tiers that need no `ladder`."""
    tiers = {name: {"providers": {"local": name}} for name in tables.get("ladder") or LADDER}
    rulesets = {"tier": tier, "outcome": outcome or OUTCOME}
    return {"model_tiers": {"tiers": tiers, **tables}, "facts": facts, "rulesets": rulesets}


def written(folder: Path, policy: Json) -> Path:
    """The folder, with the policy as its only file."""
    (folder / "policy.yaml").write_text(yaml_text(policy), encoding="utf-8")
    return folder


def two_tiers(folder: Path, moods: tuple[str, str]) -> Path:
    """A policy of two tiers with facts of its own, a rule about a triad, and an escalation after two failures."""

    def rule(pri: int, condition: Json, run: Any) -> Json:
        return {"pri": pri, "all": [{"m": condition}], "run": run}

    failure = {"result": "failure"}
    tier = {
        "entry": rule(5, {"$ex": {"escalated_tier": 1}}, {"tier": {"$m": "escalated_tier"}}),
        "dear": rule(7, {"$and": [{"triad": "dear"}, {"$gte": {"size": 3}}]}, {"tier": "top"}),
        "wish": rule(8, {"mood": moods[0]}, {"tier": "top"}),
        "rest": rule(9, ALWAYS, {"tier": "low"}),
    }
    outcome = {
        "good": rule(1, {"result": "success"}, "reset"),
        "full": rule(2, {"$and": [failure, {"$nex": {"raised_tier": 1}}]}, "hold"),
        "up": rule(3, {"$and": [failure, {"$gte": {"strikes": 2}}]}, {"escalate_to": {"$m": "raised_tier"}}),
        "bad": rule(4, failure, "count"),
    }
    facts = {"size": {"integer": True}, "mood": {"values": [*moods]}}
    return written(folder, policy_data(tier, outcome, facts, ladder=["low", "top"]))


def loaded(folder: Path, policy: Json) -> Policy:
    """The policy as the program reads it."""
    return load_policy(written(folder, policy))


class Unproven:
    """A policy as it is, whatever the prover says of it; no application can open such a one."""

    next_poll = inf

    def __init__(self, policy: Policy) -> None:
        self.table = compile_table(policy)

    def refresh_places(self) -> None:
        """There is nothing that moved."""


def opened(folder: Path, policy: Json) -> Resolver:
    """A resolver for requests, also of a policy that the prover refuses; it need not be closed."""
    try:
        return Resolver.open(written(folder, policy))
    except PolicyError:
        return Resolver(cast("LivePolicy", Unproven(loaded(folder, policy))), cast("FileStore", None))


def some_conditions(pick: Random, count: int) -> list[Json]:
    """Conditions on 20 roles, 10 phases, 3 triads and whether there is an escalation."""
    return [
        {
            "$and": [
                {"role": [f"role{at}" for at in pick.sample(range(20), 3)]},
                {"phase": f"phase{pick.randrange(10)}"},
                pick.choice([{"triad": f"t{pick.randrange(3)}"}, {"$ex": {"escalated_tier": 1}}, ALWAYS]),
            ]
        }
        for _ in range(count)
    ]
