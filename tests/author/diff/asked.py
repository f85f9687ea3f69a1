"""What is asked of two policies, and a few of their rules; differences are held against it."""

from __future__ import annotations

import tempfile
from itertools import product
from pathlib import Path
from typing import Any

from hypothesis import assume

from resolver.author import RequestGroup
from resolver.diagnostics import PolicyError
from resolver.loader import load_policy
from resolver.serving import load_and_prove
from resolver.table import ANY_OTHER, DecisionTable, compile_table
from resolver.testing.strategies import Json
from tests import oracle
from tests.prover.brute import values_of
from tests.small_policies import written

TRIADS, ROLES, PHASES = ("t", "another triad"), ("a", "b", "another role"), (None, "p", "q", "another phase")
KINDS = (None, "capacity", "tool", "another kind")
SIZE: Json = {"values": ["s", "l"]}


def table_of(policy: Json, *, proven: bool = False) -> DecisionTable:
    """The decision table of a policy; a policy that the prover refuses, if it is asked, is not looked at."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            if proven:
                return load_and_prove(written(Path(folder), policy))
            return compile_table(load_policy(written(Path(folder), policy)))
        except PolicyError:
            assume(False)
            raise


def extras(old: Json, new: Json) -> list[dict[str, Any]]:
    """Every combination of the extra facts that both policies know."""
    shared = [name for name in (old["facts"] or {}) if name in (new["facts"] or {})]
    values = [[None, *_both(old, new, name)] for name in shared]
    return [
        {name: value for name, value in zip(shared, chosen, strict=True) if value is not None}
        for chosen in product(*values)
    ]


def _both(old: Json, new: Json, name: str) -> list[Any]:
    """The texts that both policies know, or the numbers that either of them tells apart."""
    before, after = values_of(old, name), values_of(new, name)
    numbers = ["integer" in policy["facts"][name] for policy in (old, new)]
    if all(numbers):
        return sorted({*before, *after})
    return [] if any(numbers) else [value for value in before if value in after]


def is_in(who: RequestGroup, asked: Any, entry: str | None, listed: str) -> bool:
    """Whether a request is one of those; what is `listed` in a policy is no other name."""
    names_of = (who.triads, who.roles, who.phases)
    return entry in who.entries and all(
        name in names or (ANY_OTHER in names and name is not None and f'"{name}"' not in listed)
        for names, name in zip(names_of, asked[:3], strict=True)
    )


def tier_of(policy: Json, *asked: Any, escalated: Any) -> str | None:
    """The tier of a request, or None."""
    found = oracle.tier(policy, *asked, escalated=escalated)
    return found and found[0]


def entries_of(old: Json, new: Json) -> list[str | None]:
    """The entries that subjects of both policies can have."""
    return [None, *(tier for tier in oracle.ladder(old) if tier in oracle.ladder(new))]


PINNED: Json = {"pri": 1, "all": [{"m": {"$nex": {"size": 1}}}], "run": {"tier": "fast"}}
ENTRY: Json = {"pri": 5, "all": [{"m": {"$ex": {"escalated_tier": 1}}}], "run": {"tier": {"$m": "escalated_tier"}}}
ALWAYS: Json = {"pri": 9, "all": [{"m": {"$ex": {"role": 1}}}], "run": {"tier": "general"}}


def third(run: Any) -> Json:
    """A ruleset in which a third failure does this."""
    failed = {"result": "failure"}
    return {
        "third": {"pri": 1, "all": [{"m": {"$and": [failed, {"$gte": {"strikes": 3}}]}}], "run": run},
        "failure": {"pri": 2, "all": [{"m": failed}], "run": "count"},
        "success": {"pri": 3, "all": [{"m": {"result": "success"}}], "run": "reset"},
    }
