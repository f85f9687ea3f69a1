"""CLIPS: rows are facts, rules match them to the request, and `salience` says which rule fires first."""

from __future__ import annotations

from clips import Environment

from benchmarks.bare import Decide
from benchmarks.rows import Rows

_CONSTRUCTS = (
    "(deftemplate role-default (slot role) (slot tier))",
    "(deftemplate phase-override (slot phase) (slot role) (slot tier))",
    "(deftemplate escalation (slot triad) (slot role) (slot tier))",
    "(deftemplate request (slot triad) (slot role) (slot phase))",
    "(defglobal ?*tier* = nil)",
    """(defrule code-execution (declare (salience 50))
         ?request <- (request (role "code_execution"))
         => (retract ?request) (bind ?*tier* "fast"))""",
    """(defrule escalation (declare (salience 40))
         ?request <- (request (triad ?triad) (role ?role))
         (escalation (triad ?triad) (role ?role) (tier ?tier))
         => (retract ?request) (bind ?*tier* ?tier))""",
    """(defrule phase-override (declare (salience 30))
         ?request <- (request (role ?role) (phase ?phase))
         (phase-override (phase ?phase) (role ?role) (tier ?tier))
         => (retract ?request) (bind ?*tier* ?tier))""",
    """(defrule role-default (declare (salience 20))
         ?request <- (request (role ?role))
         (role-default (role ?role) (tier ?tier))
         => (retract ?request) (bind ?*tier* ?tier))""",
    """(defrule unlisted-role (declare (salience 10))
         ?request <- (request)
         => (retract ?request) (bind ?*tier* "general"))""",
)


def load(rows: Rows) -> Decide:
    """Build the rules and assert a fact for each row."""
    environment = Environment()
    for construct in _CONSTRUCTS:
        environment.build(construct)
    defaults, overrides, escalations, requests = map(
        environment.find_template, ("role-default", "phase-override", "escalation", "request")
    )
    for role, tier in rows.defaults.items():
        defaults.assert_fact(role=role, tier=tier)
    for phase, tiers in rows.overrides.items():
        for role, tier in tiers.items():
            overrides.assert_fact(phase=phase, role=role, tier=tier)
    for (triad, role), tier in rows.escalated.items():
        escalations.assert_fact(triad=triad, role=role, tier=tier)
    answer = environment.find_global("tier")

    def decide(triad: str, role: str, *, phase: str | None = None) -> str:
        requests.assert_fact(triad=triad, role=role, phase=phase or "")
        environment.run()
        tier: str = answer.value
        return tier

    return decide
