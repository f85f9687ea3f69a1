"""Rego: an `else` chain over the rows as data, compiled into a bundle."""

from __future__ import annotations

from regopy import Interpreter

from benchmarks.bare import Decide
from benchmarks.rows import Rows

_MODULE = """
package policy

import rego.v1

tier := "fast" if input.role == "code_execution"
else := data.escalated[input.triad][input.role]
else := data.overrides[input.phase][input.role]
else := data.defaults[input.role]
else := "general"
"""


def load(rows: Rows) -> Decide:
    """Compile the module with its data."""
    escalated: dict[str, dict[str, str]] = {}
    for (triad, role), tier in rows.escalated.items():
        escalated.setdefault(triad, {})[role] = tier
    rego = Interpreter()
    rego.add_module("policy", _MODULE)
    rego.add_data({"escalated": escalated, "overrides": rows.overrides, "defaults": rows.defaults})
    bundle = rego.build(None, ["policy/tier"])

    def decide(triad: str, role: str, *, phase: str | None = None) -> str:
        rego.set_input({"triad": triad, "role": role, "phase": phase or ""})
        tier: str = rego.query_bundle_entrypoint(bundle, "policy/tier").results[0].expressions[0]
        return tier

    return decide
