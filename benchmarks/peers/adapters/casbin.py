"""Casbin: a policy line for each row in the order of precedence; the first line that matches names the tier."""

from __future__ import annotations

from casbin import Enforcer
from casbin.persist.adapters.string_adapter import StringAdapter

from benchmarks.bare import Decide
from benchmarks.rows import Rows

_MODEL = """
[request_definition]
r = triad, role, phase

[policy_definition]
p = triad, role, phase, tier, eft

[policy_effect]
e = priority(p.eft) || deny

[matchers]
m = {} && {} && {}
""".format(*(f'(p.{name} == "*" || r.{name} == p.{name})' for name in ("role", "phase", "triad")))


def load(rows: Rows) -> Decide:
    """Load the lines; Casbin says allow or deny, and `enforce_ex` also by which line."""
    enforcer = Enforcer(Enforcer.new_model(text=_MODEL), StringAdapter("\n".join(_lines(rows))))

    def decide(triad: str, role: str, *, phase: str | None = None) -> str:
        _, line = enforcer.enforce_ex(triad, role, phase or "")
        tier: str = line[3]
        return tier

    return decide


def _lines(rows: Rows) -> list[str]:
    lines = [("*", "code_execution", "*", "fast")]
    lines += [(triad, role, "*", tier) for (triad, role), tier in rows.escalated.items()]
    lines += [("*", role, phase, tier) for phase, tiers in rows.overrides.items() for role, tier in tiers.items()]
    lines += [("*", role, "*", tier) for role, tier in rows.defaults.items()]
    lines.append(("*", "*", "*", "general"))
    return [", ".join(("p", *line, "allow")) for line in lines]
